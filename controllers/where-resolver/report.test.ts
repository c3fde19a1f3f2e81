import type { KubeObject, Resource } from '@kubestellar/api';
import type { KubeClient } from '@kubestellar/kube';
import { assert, suite } from '@kubestellar/testing';
import { placement } from './fixtures.ts';
import { isReported, report, statusOf, validationErrors } from './report.ts';

const test = suite('where-resolver: report');
const now = new Date('2026-03-04T05:06:07.890Z');
const later = new Date('2026-03-04T06:00:00.000Z');
const resolution = (problems: string[] = []) => ({
  destinations: [],
  undecided: new Set<string>(),
  matchingLocations: 3,
  problems,
});

test('the status reports generation, count and condition', () => {
  const status = statusOf(placement('p'), resolution(), now);
  assert.is(status.specGeneration, 1);
  assert.is(status.matchingLocationCount, 3);
  assert.equal(
    status.conditions?.map(({ type, status }) => [type, status]),
    [['Resolved', 'True']],
  );
  assert.is(status.conditions?.[0]?.lastTransitionTime, '2026-03-04T05:06:07Z');
});

test('a status that is already reported needs no write, whatever others add to it', () => {
  const wanted = statusOf(placement('p'), resolution(), now);
  const other = { type: 'Other', status: 'True' as const, lastTransitionTime: '' };
  assert.ok(isReported({ ...wanted, conditions: [other, ...(wanted.conditions ?? [])] }, wanted));
  assert.not(isReported(undefined, wanted));
  assert.not(isReported({ ...wanted, matchingLocationCount: 2 }, wanted));
  assert.not(isReported(wanted, statusOf(placement('p'), resolution(['bad']), now)));
});

test('the transition time changes only with the status of the condition', () => {
  const p = placement('p');
  p.status = statusOf(p, resolution(['bad']), now);
  const same = statusOf(p, resolution(['worse']), later);
  assert.is(same.conditions?.[0]?.lastTransitionTime, '2026-03-04T05:06:07Z');
  assert.match(same.conditions?.[0]?.message ?? '', 'worse');
  assert.is(statusOf(p, resolution(), later).conditions?.[0]?.lastTransitionTime, '2026-03-04T06:00:00Z');
});

test('each problem becomes an annotation up to a limit', () => {
  assert.equal(validationErrors(['x', 'y']), {
    'validation-error.kubestellar.io/0': 'x',
    'validation-error.kubestellar.io/1': 'y',
  });
  const many = Object.values(validationErrors(Array.from({ length: 5000 }, (_, n) => `problem ${n}`)));
  assert.is(many.length, 11);
  assert.match(many[10] ?? '', '4990 more');
});

test('a refused upsync set is written to the EdgePlacement like an invalid selector', async () => {
  const applied: KubeObject[] = [];
  const client = {
    async apply(_: Resource, object: KubeObject, { subresource }: { subresource?: string }) {
      if (!subresource) applied.push(object);
    },
  } as unknown as KubeClient;
  const upsync = [{ apiGroup: '*', resources: ['*'] }, { resources: ['configmaps'] }];
  const p = placement('p');
  await report(client, { ...p, spec: { ...p.spec, upsync } }, resolution(['bad']));
  assert.equal(Object.values(applied[0]?.metadata.annotations ?? {}), [
    'bad',
    'upsync[0]: a set names one API group; "*" is none',
  ]);
});

test.run();
