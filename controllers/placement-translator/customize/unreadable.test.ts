import { CUSTOMIZERS, type Customizer, EXPAND_PARAMETERS, LOCATIONS, type Location } from '@kubestellar/api';
import { assert, suite } from '@kubestellar/testing';
import type { Evaluator } from '../evaluation/evaluator.ts';
import type { Job } from '../evaluation/jobs.ts';
import { objectOf } from '../fixtures.ts';
import { unreadable } from './unreadable.ts';

const test = suite('replacements that cannot be read');

type Read = Extract<Job, { kind: 'read-customizer' }>;

function customizerOf(isExpanding: boolean, ...paths: string[]): Customizer {
  const annotations: { [key: string]: string } = isExpanding ? { [EXPAND_PARAMETERS]: 'true' } : {};
  return objectOf(
    CUSTOMIZERS,
    'w',
    'c',
    { namespace: 'ns', annotations },
    {
      replacements: paths.map((path) => ({ path, value: '1' })),
    },
  ) as Customizer;
}

const locationOf = (name: string) => objectOf(LOCATIONS, 'imw', name, { labels: { name } }) as Location;

/** Workers to which every path is unreadable that has an exclamation mark, for each of the Locations. */
function world(over?: string) {
  const jobs: Read[] = [];
  const evaluate = async (workspace: string, job: Read) => {
    assert.is(workspace, 'w');
    jobs.push(job);
    if (over !== undefined) return { over };
    const bad = job.replacements.filter(({ path }) => path.includes('!')).map(({ path }) => `${path} is bad`);
    return { result: { problems: job.parameters.map(() => bad) } };
  };
  return { jobs, evaluator: { evaluate } as unknown as Evaluator };
}

test('all replacements of a Customizer without parameters are read, once', async () => {
  const { evaluator, jobs } = world();
  const found = await unreadable(evaluator, customizerOf(false, '$.a', '$.%(x)', '!'), [locationOf('edge1')]);
  assert.equal(found, ['! is bad']);
  assert.equal(
    jobs.map(({ parameters }) => parameters),
    [[null]],
  );
  assert.is(jobs[0]?.replacements.length, 3);
});

test('before there are Locations, what parameters would change is not judged', async () => {
  const { evaluator, jobs } = world();
  assert.equal(await unreadable(evaluator, customizerOf(true, '!', '!%(x)'), []), ['! is bad']);
  assert.equal(await unreadable(evaluator, customizerOf(true, '!%(x)'), []), []);
  assert.is(jobs.length, 1, 'and where nothing is left to judge, nobody is asked');
});

test('with parameters each Location is judged, twenty at a time, and named', async () => {
  const { evaluator, jobs } = world();
  const locations = Array.from({ length: 21 }, (_, n) => locationOf(`edge${n}`));
  const found = await unreadable(evaluator, customizerOf(true, '!'), locations);
  assert.equal(
    jobs.map(({ parameters }) => parameters.length),
    [20, 1],
  );
  assert.equal(jobs[1]?.parameters, [
    [
      ['kcp.io/cluster', 'imw'],
      ['name', 'edge20'],
    ],
  ]);
  assert.is(found.length, 21);
  assert.ok(found.includes('at Location edge20: ! is bad'));
});

test('reading that takes too much is a problem by itself', async () => {
  const { evaluator } = world('too many steps');
  assert.equal(await unreadable(evaluator, customizerOf(false, '$.a'), []), [
    'reading the replacements takes more than it may: too many steps',
  ]);
});

test.run();
