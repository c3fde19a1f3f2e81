import { EDGE_PLACEMENTS, type EdgePlacementStatus, type PlacementSummary } from '@kubestellar/api';
import { assert, suite } from '@kubestellar/testing';
import { FakeServer } from '@kubestellar/testing/fake-server';
import type { ResolvedPlacement } from '../../cache/placements.ts';
import { loggerOf, placementOf, resolvedOf } from '../../fixtures.ts';
import { tellPlacement } from './placement-writer.ts';
import { type ReportedRemovals, reportedRemovals } from './removals.ts';

const test = suite('the status of EdgePlacements');

const summaryOf = (more: Partial<PlacementSummary>): PlacementSummary => ({
  ...{ objects: 1, wanted: 2, applied: 2, failing: 0, available: 2, unknown: 0 },
  ...more,
});
const FAILURES = [
  { reason: 'Forbidden', message: 'no', count: 1, clusters: ['edge1'], objects: ['configmaps ns/x'] },
];
const REFUSAL = {
  destination: { cluster: 'imw', locationName: 'l', syncTargetName: 's', syncTargetUID: 'u' },
  problem: 'there is no Location',
};

/** An EdgePlacement whose status has this summary, and what is to be told now. */
function world(summary: PlacementSummary, before?: PlacementSummary, refusedFor?: number) {
  const server = new FakeServer();
  const placement = placementOf('w', 'p', {});
  if (before)
    placement.status = { ...placement.status, summary: before } as NonNullable<typeof placement.status>;
  const refused = refusedFor === undefined ? [] : [{ ...REFUSAL, since: Date.now() - refusedFor }];
  server.put('w', EDGE_PLACEMENTS, placement);
  const events: string[] = [];
  const lines: unknown[] = [];
  const known: { found: ResolvedPlacement[]; removals?: ReportedRemovals } = {
    found: [resolvedOf(placement, ['m'], { refused })],
  };
  const tell = () =>
    tellPlacement('w//p', {
      placements: { in: () => known.found },
      totals: { of: () => summary },
      getRemovals: () => known.removals,
      everywhere: server.client,
      events: { record: async (_, { reason, message }) => void events.push(`${reason}: ${message}`) },
      logger: loggerOf(lines),
    });
  return { tell, server, events, lines, known, placement };
}

test('the sums are written, and nothing else is told while all is well', async () => {
  const { tell, server, events } = world(summaryOf({}));
  assert.is(await tell(), undefined);
  assert.is(server.log.length, 1);
  assert.equal(events, []);
});

test('one that is gone, or whose destinations are not known, is left alone', async () => {
  const { tell, server, known, placement } = world(summaryOf({}));
  known.found = [resolvedOf(placement, undefined)];
  await tell();
  known.found = [];
  await tell();
  assert.equal(server.log, []);
});

test('a failure is an Event when it is new, and so is the end of all failures', async () => {
  const failing = summaryOf({ applied: 1, failing: 1, failures: FAILURES });
  const fresh = world(failing);
  await fresh.tell();
  assert.equal(fresh.events, ['NotApplied: 1 of 2 (configmaps ns/x on edge1): no']);
  const known = world({ ...failing, applied: 0 }, failing);
  await known.tell();
  assert.equal(known.events, []);
  const over = world(summaryOf({}), failing);
  await over.tell();
  assert.equal(over.events, ['Applied: all 2 applied']);
  const underWay = world(summaryOf({ applied: 1 }), failing);
  await underWay.tell();
  assert.equal(underWay.events, []);
});

test('a refused destination is told when it lasts, and looked at again before', async () => {
  const young = world(summaryOf({}), undefined, 0);
  assert.ok(await young.tell());
  assert.equal(young.events, []);
  const old = world(summaryOf({}), undefined, 10_000);
  assert.is(await old.tell(), undefined);
  assert.match(old.events[0] ?? '', /^DestinationsRefused: .*there is no Location/);
  assert.is(old.lines.length, 1);
});

test('removals that await approval are an Event when there are more of them, not when there are fewer', async () => {
  const { tell, server, events, lines, known, placement } = world(summaryOf({}));
  const since = '2026-01-01T00:00:00Z';
  const isPermitted = false;
  known.removals = reportedRemovals(
    'p',
    { count: 60, since, isPermitted },
    { objects: ['x'], clusters: ['edge1'] },
  );
  await tell();
  assert.is(events.length, 1);
  assert.match(events[0] ?? '', /^RemovalsAwaitApproval: 60 /);
  assert.is(lines.length, 1);
  const { removals } = (server.bodies[0] as { status: EdgePlacementStatus }).status;
  assert.is(removals?.count, 60);
  placement.status = { removals } as NonNullable<typeof placement.status>;
  known.removals = reportedRemovals('p', { count: 7, since, isPermitted: true }, {});
  await tell();
  assert.is(events.length, 1);
});

test.run();
