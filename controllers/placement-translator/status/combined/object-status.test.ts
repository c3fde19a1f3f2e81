import type { CombinedStatus, KubeObject } from '@kubestellar/api';
import { DEPLOYMENTS } from '@kubestellar/api';
import { assert, suite } from '@kubestellar/testing';
import { reportedBy } from './availability.ts';
import { combinedStatusOf, digestOf, forCache } from './combined-status.ts';
import { type ClusterFact, tallyOf } from './object-status.ts';
import { Totals } from './placement-summary.ts';

const test = suite('sums over clusters');
const DENIED = { reason: 'Forbidden', message: 'forbidden: no' };

const fact = (n: number, rest: Partial<ClusterFact> = {}): ClusterFact => ({
  mailbox: `m${n}`,
  location: `edge${n}`,
  labels: {},
  state: 'applied',
  ...rest,
});
const object = (rest: object = {}): KubeObject => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web', namespace: 'n', uid: 'u' },
  ...rest,
});
const deployment = (spec: object, status?: object) =>
  reportedBy(DEPLOYMENTS, object({ spec, ...(status ? { status } : {}) }));

test('each state counts once, and what has no status is available where it is applied', () => {
  const { failures, silent, ...counts } = tallyOf([
    fact(1),
    fact(2, { state: 'pending' }),
    fact(3, { state: DENIED }),
    fact(4, { available: false }),
    fact(5, { state: DENIED, available: true }),
    fact(6, { state: 'unknown', available: true, replicas: { ready: 3 } }),
  ]);
  assert.equal(counts, { wanted: 6, applied: 2, failing: 2, available: 2, unknown: 1 });
  assert.equal(silent, ['edge6']);
  assert.equal([...failures.values()], [{ problem: DENIED, locations: ['edge3', 'edge5'] }]);
});

test('replicas are summed, each count where there is one', () => {
  const first = deployment(
    { replicas: 3 },
    { replicas: 3, readyReplicas: 2, availableReplicas: 1, updatedReplicas: 3 },
  );
  const second = deployment(
    {},
    { conditions: [{ type: 'Available', status: 'True' }], replicas: 1, readyReplicas: 1 },
  );
  const tally = tallyOf([
    fact(1, first),
    fact(2, second),
    fact(3, { state: 'pending' }),
    fact(4, { ...first, state: 'unknown' }),
  ]);
  assert.equal(tally.replicas, { desired: 4, current: 4, updated: 3, ready: 3, available: 1 });
  assert.is(tally.available, 1);
});

test('availability follows the status of each kind', () => {
  const of = (group: string, plural: string, status?: object, spec: object = {}) =>
    reportedBy({ group, plural }, object({ spec, ...(status ? { status } : {}) })).available;
  assert.is(of('apps', 'deployments'), false);
  assert.is(of('apps', 'statefulsets', { replicas: 2, availableReplicas: 1 }, { replicas: 2 }), false);
  assert.is(of('apps', 'statefulsets', { replicas: 2, availableReplicas: 2 }, { replicas: 2 }), true);
  assert.is(of('apps', 'replicasets', { replicas: 0 }, { replicas: 0 }), true);
  assert.is(of('apps', 'daemonsets', { desiredNumberScheduled: 2, numberAvailable: 2 }), true);
  assert.is(of('apps', 'daemonsets', {}), false);
  assert.is(of('batch', 'jobs', { conditions: [{ type: 'Complete', status: 'True' }] }), true);
  assert.is(of('', 'pods', { phase: 'Succeeded' }), true);
  assert.is(of('', 'pods', { phase: 'Running' }), false);
  assert.is(of('', 'configmaps'), undefined);
  assert.is(of('x.test', 'widgets', { conditions: [{ type: 'Ready', status: 'False' }] }), false);
  assert.is(of('x.test', 'widgets', { conditions: [{ type: 'Synced', status: 'False' }] }), undefined);
});

test('a CombinedStatus stays small whatever the number of clusters and messages', () => {
  const facts = Array.from({ length: 5000 }, (_, n) =>
    fact(n, {
      location: `a-location-with-a-long-name-${n}`,
      state: { reason: 'Invalid', message: `${'m'.repeat(399)}${n % 100}` },
    }),
  );
  const status = combinedStatusOf(DEPLOYMENTS, object(), tallyOf(facts));
  assert.is(status.clusters.failing, 5000);
  assert.is(
    status.failures?.reduce((sum, { count }) => sum + count, 0),
    5000,
  );
  assert.ok(JSON.stringify(status).length < 8000, `${JSON.stringify(status).length} bytes`);
});

test('what a server returns compares equal with what was written', () => {
  const facts = [fact(1, deployment({ replicas: 1 }, { replicas: 1 })), fact(2, { state: DENIED })];
  const status = combinedStatusOf(DEPLOYMENTS, object(), tallyOf(facts));
  const reversed = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(reversed);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(
      Object.entries(value)
        .reverse()
        .map(([name, member]) => [name, reversed(member)]),
    );
  };
  const stored = reversed(status) as CombinedStatus;
  stored.metadata.labels = { ...stored.metadata.labels, mine: 'x' };
  const cached = forCache(stored);
  assert.is(cached.digest, digestOf(status));
  assert.equal(cached.problems, ['Forbidden|forbidden: no']);
  const healthy = combinedStatusOf(DEPLOYMENTS, object(), tallyOf([fact(1), fact(2)]));
  assert.is.not(cached.digest, digestOf(healthy));
});

test('the sums of an EdgePlacement follow its objects', () => {
  const totals = new Totals();
  const one = tallyOf([fact(1), fact(2, { state: DENIED })]);
  assert.equal(totals.set('s1', 'configmaps n/a', new Map([['p', one]])), ['p']);
  assert.equal(totals.set('s1', 'configmaps n/a', new Map([['p', one]])), [], 'nothing new');
  totals.set('s2', 'configmaps n/b', new Map([['p', one]]));
  assert.equal(totals.of('p'), {
    objects: 2,
    wanted: 4,
    applied: 2,
    failing: 2,
    available: 2,
    unknown: 0,
    failures: [{ ...DENIED, count: 2, clusters: ['edge2'], objects: ['configmaps n/a', 'configmaps n/b'] }],
  });
  assert.equal(totals.set('s1', 'configmaps n/a', new Map([['q', tallyOf([fact(1)])]])), ['p', 'q']);
  totals.set('s2', '', new Map());
  const none = { objects: 0, wanted: 0, applied: 0, failing: 0, available: 0, unknown: 0 };
  assert.equal(totals.of('p'), none);
  const alone = { ...none, objects: 1, wanted: 1, applied: 1, available: 1 };
  assert.equal(totals.of('q'), alone);
  const silent = [fact(3, { state: 'unknown' }), fact(2, { state: 'unknown' })];
  totals.set('s1', 'configmaps n/a', new Map([['q', tallyOf([fact(1), ...silent])]]));
  assert.equal(totals.of('q'), { ...alone, wanted: 3, unknown: 2, silent: ['edge2', 'edge3'] });
  totals.set('s1', 'configmaps n/a', new Map([['q', tallyOf([fact(1)])]]));
  assert.equal(totals.of('q'), alone);
});

test.run();
