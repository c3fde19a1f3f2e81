import { ApiError, ConnectionError } from '@kubestellar/kube';
import { isDefinite, type Problem, problem, problemOf } from '@kubestellar/rules';
import { assert, suite } from '@kubestellar/testing';
import { Wanted, type WantedResource } from '../config/wanted.ts';
import { Problems } from './problems.ts';
import { type Findings, reportOf } from './report.ts';

const test = suite('report of the syncer');

const DENIED: Problem = { reason: 'Forbidden', message: 'forbidden: no' };

function wantedConfigMaps(...names: string[]): Wanted {
  const resource: WantedResource = {
    group: '',
    version: 'v1',
    plural: 'configmaps',
    names: new Map([['n', new Set(names)]]),
  };
  return new Wanted(new Map([['configmaps', resource]]));
}

function report(findings: Partial<Findings>) {
  return reportOf({
    generation: 3,
    parts: [],
    wanted: wantedConfigMaps('a', 'b', 'c'),
    problems: [],
    isBrought: () => true,
    room: 10_000,
    ...findings,
  });
}

test('all is well: the generation, and nothing else', () => {
  assert.equal(report({}), { report: { observedGeneration: 3, failing: 0 }, pending: 0 });
});

test('of several SyncerConfigs the generations of all are told', () => {
  const told = { observedGeneration: 3, observedParts: [7, 1], failing: 0 };
  assert.equal(report({ parts: [7, 1] }).report, told);
});

test('what is failing is grouped by message, what is on its way is named', () => {
  const problems: [string, Problem][] = [
    ['configmaps|n|b', DENIED],
    ['configmaps|n|a', DENIED],
  ];
  assert.equal(report({ problems, isBrought: () => false }), {
    report: {
      observedGeneration: 3,
      failing: 2,
      failures: [
        { ...DENIED, count: 2, objects: [{ resource: 'configmaps', namespace: 'n', names: ['a', 'b'] }] },
      ],
      pending: [{ resource: 'configmaps', namespace: 'n', names: ['c'] }],
    },
    pending: 1,
  });
});

test('all of many objects are told by a star, so that a missing kind costs nothing', () => {
  const names = Array.from({ length: 1000 }, (_, n) => `object-${n}`);
  const problems = names.map((name): [string, Problem] => [`configmaps|n|${name}`, DENIED]);
  const { failures, incomplete } = report({ wanted: wantedConfigMaps(...names), problems, room: 500 }).report;
  assert.equal(failures?.[0], {
    ...DENIED,
    count: 1000,
    objects: [{ resource: 'configmaps', namespace: 'n', names: ['*'] }],
  });
  assert.is(incomplete, undefined);
});

test('however many objects and messages there are, the report is small and its counts are right', () => {
  const names = Array.from({ length: 30_000 }, (_, n) => `an-object-with-a-long-name-${n}`);
  const messages = Array.from({ length: 999 }, (_, n) => problem('Invalid', `${'x'.repeat(1000)}${n}`));
  const problems = names.slice(1).map((name, n): [string, Problem] => [
    `configmaps|n|${name}`,
    messages[n % 999] as Problem, // n % 999 is an index of the list
  ]);
  const found = report({ wanted: wantedConfigMaps(...names), problems, room: 128_000 }).report;
  assert.ok(JSON.stringify(found).length < 200_000, `${JSON.stringify(found).length} bytes`);
  assert.is(found.failing, 29_999);
  assert.is(
    found.failures?.reduce((sum, { count }) => sum + count, 0),
    29_999,
  );
  assert.is(found.incomplete, true);
});

test('a message leaves out the name of its object, and what it was asked for', () => {
  const status = { reason: 'Invalid', message: 'Deployment.apps "web" is invalid: spec.replicas: -1' };
  assert.equal(problemOf(new ApiError('PATCH /apis/…/web', 422, status), 'web'), {
    reason: 'Invalid',
    message: 'invalid: spec.replicas: -1',
  });
  const unreachable = new ConnectionError('GET /api/v1/x', 'https://wec', new Error('refused'));
  assert.equal(problemOf(unreachable, 'x'), {
    reason: 'Unreachable',
    message: 'cannot reach https://wec: refused',
  });
});

test('a definite problem is told at once and once, one that may pass when it stays', () => {
  let changes = 0;
  const problems = new Problems(() => changes++);
  const shown = () => [...problems.shown()].map(([key]) => key);
  problems.set('a', DENIED, true);
  problems.set('a', { ...DENIED }, true);
  assert.is(changes, 1);
  for (const expected of [1, 1, 2]) {
    problems.set('b', { reason: 'Conflict', message: 'm' }, false);
    assert.is(changes, expected);
  }
  assert.equal(shown(), ['a', 'b']);
  problems.delete('a');
  problems.delete('a');
  assert.is(changes, 3);
  assert.equal(shown(), ['b']);
});

test('only refusals of the object or of our rights are definite', () => {
  const is = (code: number) => isDefinite(new ApiError('PATCH', code, {}));
  assert.equal([400, 403, 404, 409, 422, 429, 500, 503].filter(is), [400, 403, 422]);
});

test.run();
