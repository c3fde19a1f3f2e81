import type { EdgePlacement, PlacementSummary } from '@kubestellar/api';
import { assert, suite } from '@kubestellar/testing';
import { placementStatusOf, refusalProblem } from './placement-status.ts';
import { reportedRemovals } from './removals.ts';

const test = suite('status of EdgePlacements');
const NOW = new Date('2026-01-02T03:04:05.678Z');
const DENIED = { reason: 'Forbidden', message: 'forbidden: no' };

function conditions(summary: PlacementSummary, told?: EdgePlacement['status']) {
  const placement: EdgePlacement = {
    apiVersion: 'edge.kubestellar.io/v2alpha1',
    kind: 'EdgePlacement',
    metadata: { name: 'p', generation: 7 },
    ...(told ? { status: told } : {}),
  };
  return placementStatusOf(placement, summary, NOW).conditions.map(
    ({ type, status, reason, message, lastTransitionTime }) => ({
      type,
      status,
      reason,
      message,
      lastTransitionTime,
    }),
  );
}

test('the conditions tell what holds, and if not, what to look at', () => {
  const counts = { objects: 2, wanted: 4, applied: 4, failing: 0, available: 3 };
  const [applied, available] = conditions(counts);
  assert.equal([applied?.status, applied?.reason, applied?.message], ['True', 'AllApplied', '']);
  assert.equal([available?.status, available?.reason], ['False', 'NotAllAvailable']);
  assert.match(available?.message ?? '', /^1 of 2 object\(s\)/);
  const failures = [{ ...DENIED, count: 1, clusters: ['edge1'], objects: ['configmaps n/a'] }];
  const [failing] = conditions({ ...counts, applied: 3, failing: 1, failures });
  assert.equal(
    [failing?.status, failing?.reason, failing?.message],
    ['False', 'Failing', '1 of 4 (configmaps n/a on edge1): forbidden: no'],
  );
  assert.is(conditions({ ...counts, applied: 2 })[0]?.reason, 'OnTheWay');
  const nothing = conditions({ objects: 0, wanted: 0, applied: 0, failing: 0, available: 0 });
  assert.equal(
    nothing.map(({ status, reason }) => [status, reason]),
    [
      ['True', 'NothingToApply'],
      ['True', 'NothingToApply'],
    ],
  );
});

test('of clusters that have fallen silent nothing is known, and nothing is said but that', () => {
  const summary = {
    objects: 2,
    wanted: 4,
    applied: 2,
    failing: 0,
    available: 2,
    unknown: 2,
    silent: ['edge2'],
  };
  for (const told of conditions(summary)) {
    assert.equal([told.status, told.reason], ['Unknown', 'ClustersSilent']);
    assert.match(told.message ?? '', /^of 2 of 2 object\(s\) .* no heartbeat from edge2$/);
  }
  const [onTheWay, lacking] = conditions({ ...summary, applied: 1, available: 1 });
  assert.equal([onTheWay?.status, lacking?.status], ['False', 'False']);
  const failures = [{ ...DENIED, count: 1, clusters: ['edge1'], objects: ['configmaps n/a'] }];
  assert.is(conditions({ ...summary, applied: 1, failing: 1, failures })[0]?.reason, 'Failing');
});

test('the time of a condition is that of its last change', () => {
  const counts = { objects: 1, wanted: 1, applied: 1, failing: 0, available: 0 };
  const before = { status: 'True' as const, lastTransitionTime: '2025-01-01T00:00:00Z' };
  const told = {
    conditions: [
      { ...before, type: 'Applied' },
      { ...before, type: 'Available' },
    ],
  };
  assert.equal(
    conditions(counts, told).map(({ lastTransitionTime }) => lastTransitionTime),
    ['2025-01-01T00:00:00Z', '2026-01-02T03:04:05Z'],
  );
});

test('destinations that are refused make Applied False, whatever else holds', () => {
  const destination = { cluster: 'c', locationName: 'l', syncTargetName: 's', syncTargetUID: 'u' };
  const refused = refusalProblem([
    { destination, problem: 'there is no Location "l" of the workspace c', since: 0 },
    { destination, problem: 'nor another one', since: 0 },
  ]);
  const placement = { apiVersion: 'a/b', kind: 'EdgePlacement', metadata: { name: 'p', generation: 1 } };
  const nothing = { objects: 0, wanted: 0, applied: 0, failing: 0, available: 0 };
  const [applied, available] = placementStatusOf(placement, nothing, NOW, { refused }).conditions;
  assert.equal([applied?.status, applied?.reason], ['False', 'DestinationsRefused']);
  assert.match(applied?.message ?? '', /\(and 1 more\): there is no Location "l" of the workspace c\./);
  assert.is(available?.reason, 'NothingToApply');
  assert.is(refusalProblem([]), undefined);
});

test('removals that await approval make Applied False, say how many they are, and how they are approved', () => {
  const placement = { apiVersion: 'a/b', kind: 'EdgePlacement', metadata: { name: 'p', generation: 1 } };
  const nothing = { objects: 0, wanted: 0, applied: 0, failing: 0, available: 0 };
  const since = '2026-01-01T00:00:00Z';
  const some = { clusters: ['edge1'], objects: ['configmaps ns/a', 'configmaps ns/b', 'configmaps ns/c'] };
  const statusOf = (more: { since?: string; isPermitted?: boolean }) => {
    const removals = reportedRemovals(
      'p',
      { count: 60, since: undefined, isPermitted: false, ...more },
      some,
    );
    return placementStatusOf(placement, nothing, NOW, { removals });
  };
  const awaited = statusOf({ since });
  const [applied] = awaited.conditions;
  assert.equal([applied?.status, applied?.reason], ['False', 'RemovalsAwaitApproval']);
  assert.match(applied?.message ?? '', /^60 removal.*"kubectl kubestellar approve edgeplacement\/p"/);
  assert.match(applied?.message ?? '', /configmaps ns\/a, configmaps ns\/b, … on edge1$/);
  assert.equal(awaited.removals, { count: 60, since, ...some });
  assert.is(statusOf({}).conditions[0]?.reason, 'OnTheWay');
  assert.is(statusOf({}).removals, undefined);
  assert.is(statusOf({ since, isPermitted: true }).conditions[0]?.reason, 'OnTheWay');
  assert.ok(statusOf({ since, isPermitted: true }).removals, 'until all are made');
});

test.run();
