import type { EdgePlacement, SyncTarget } from '@kubestellar/api';
import { assert, suite } from '@kubestellar/testing';
import { renderStatus } from './render.ts';
import { locationLine, placementLine } from './report.ts';

const test = suite('status');
const NOW = Date.parse('2026-01-01T00:01:00Z');
const apiVersion = 'edge.kubestellar.io/v2alpha1';

function target(status: SyncTarget['status']): SyncTarget {
  return { apiVersion, kind: 'SyncTarget', metadata: { name: 'a' }, spec: {}, ...(status ? { status } : {}) };
}
function placement(status: EdgePlacement['status']): EdgePlacement {
  const metadata = { name: 'p', generation: 2 };
  return { apiVersion, kind: 'EdgePlacement', metadata, spec: {}, ...(status ? { status } : {}) };
}
const condition = (type: string, value: 'True' | 'False', message = '') => ({
  type,
  status: value,
  reason: 'Because',
  message,
  lastTransitionTime: '2026-01-01T00:00:00Z',
});

test('a location with an active syncer has its heartbeat age and no problem', () => {
  const live = target({
    lastSyncerHeartbeatTime: '2026-01-01T00:00:50Z',
    conditions: [condition('Ready', 'True')],
  });
  assert.equal(locationLine('root:imw1', live, NOW), { workspace: 'root:imw1', name: 'a', heartbeatAge: 10 });
});

test('a problem of a location is reported with what to do', () => {
  const problemOf = (status: SyncTarget['status']) => locationLine('w', target(status), NOW).trouble ?? '';
  assert.match(problemOf(undefined), 'kubectl kubestellar prep-for-syncer a');
  const seen = '2026-01-01T00:00:50Z';
  const failing = [condition('Ready', 'True'), condition('SyncerReady', 'False', 'token expired')];
  assert.is(problemOf({ lastSyncerHeartbeatTime: seen, conditions: failing }), 'token expired');
  assert.is(
    problemOf({ lastSyncerHeartbeatTime: seen, conditions: [condition('Ready', 'False')] }),
    'Because',
  );
  assert.match(problemOf({ lastSyncerHeartbeatTime: '2025-12-31T23:57:00Z' }), 'mailbox-controller');
});

test('a placement reports its matches, and a problem when it is unresolved or matches nothing', () => {
  const line = (status: EdgePlacement['status']) => placementLine('w', placement(status));
  const resolved = { specGeneration: 2, conditions: [condition('Resolved', 'True')] };
  assert.equal(line({ ...resolved, matchingLocationCount: 3 }), { workspace: 'w', name: 'p', locations: 3 });
  const summary = { objects: 2, wanted: 6, applied: 5, failing: 1, available: 4, unknown: 0 };
  assert.equal(line({ ...resolved, matchingLocationCount: 3, summary }), {
    workspace: 'w',
    name: 'p',
    locations: 3,
    wanted: 6,
    applied: 5,
  });
  assert.match(line({ ...resolved, matchingLocationCount: 0 }).trouble ?? '', 'match no Location');
  assert.match(line({ ...resolved, specGeneration: 1 }).trouble ?? '', 'where-resolver');
  assert.match(line(undefined).trouble ?? '', 'where-resolver');
});

test('the status counts the problems and aligns columns', () => {
  const screen = renderStatus({
    server: 'https://h',
    controllers: [{ name: 'c', state: 'ready' }],
    locations: [
      { workspace: 'root:imw1', name: 'short', heartbeatAge: 3 },
      { workspace: 'root:imw1', name: 'a-longer-one', trouble: 'unreachable' },
    ],
    placements: [{ workspace: 'root:wmw1', name: 'p', locations: 3, wanted: 6, applied: 5 }],
  });
  assert.is(screen[0], 'Core at https://h: 1 problem(s)');
  assert.ok(screen.includes('short         root:imw1  3 s ago    ok'), screen.join('\n'));
  assert.ok(screen.includes('a-longer-one  root:imw1  never      unreachable'));
  assert.is(screen.at(-1), 'p          root:wmw1  3          5/6      ok');
  const empty = renderStatus({ server: 'https://h', controllers: [], locations: [], placements: [] });
  assert.is(empty.at(-1), '(none)');
});

test.run();
