import {
  type ClusterRole,
  CONFIG_MAPS,
  type EdgePlacement,
  type PolicyRule,
  type Resource,
  SECRETS,
  type UpsyncSet,
} from '@kubestellar/api';
import { assert, suite } from '@kubestellar/testing';
import { mailboxOf, placementOf } from '../fixtures.ts';
import type { WatchedType } from '../keys.ts';
import { type RoleDependencies, UpsyncRoleReconciler } from './upsync-role.ts';
import { upsyncRules } from './upsync-rules.ts';

const test = suite('the role of the syncers of a mailbox workspace');

const things: Resource = {
  group: 'b.test',
  version: 'v1',
  plural: 'things',
  kind: 'Thing',
  namespaced: true,
};
const set = (resource: Resource): UpsyncSet => ({
  apiGroup: resource.group,
  resources: [resource.plural],
  names: ['*'],
});

interface World {
  sets?: UpsyncSet[];
  placements?: EdgePlacement[];
  /** What the role permits already. */
  permitted?: Resource[];
  /** Of these it is known whether copies are left. */
  copies?: Map<Resource, boolean>;
  isUnresolved?: boolean;
  named?: string[];
}

/** A mailbox workspace that serves ConfigMaps, Secrets and `things`, which have their status within. */
function world({
  sets = [],
  placements,
  permitted,
  copies = new Map(),
  isUnresolved = false,
  named = [],
}: World) {
  const types: WatchedType[] = [
    { resource: CONFIG_MAPS, identity: '' },
    { resource: SECRETS, identity: '' },
    { resource: things, identity: 'crd', statusWithin: true },
  ];
  const applied: (readonly PolicyRule[])[] = [];
  const followed: string[][] = [];
  const events: string[] = [];
  const live =
    permitted &&
    ({ metadata: { name: 'r' }, rules: upsyncRules(permitted, [], []) } as unknown as ClusterRole);
  const deps: RoleDependencies = {
    getMailbox: (name) => (name === 'm' ? mailboxOf('m') : undefined),
    getRole: () => live,
    listPlacements: () => placements ?? [placementOf('w', 'p', { upsync: sets })],
    hasUnresolvedUpsync: () => isUnresolved,
    listTypes: () => types,
    listNamed: () => named,
    copies: {
      watchedIn: () => types.filter(({ resource }) => copies.has(resource)),
      follow: (_, all) => void followed.push(all.map(({ resource }) => resource.plural)),
      has: (_, { resource }) => copies.get(resource),
    },
    apply: async (_, { rules = [] }) => void applied.push(rules),
  };
  const record = async (_: unknown, { reason }: { reason: string }) => void events.push(reason);
  const roles = new UpsyncRoleReconciler(deps, { record });
  return { run: (name = 'm') => roles.reconcile(name), applied, followed, events };
}

test('where nothing is upsynced there is no role', async () => {
  const { run, applied } = world({});
  assert.is(await run(), 'done');
  assert.equal(applied, []);
  const unknown = world({ sets: [set(things)] });
  await unknown.run('other');
  assert.equal(unknown.applied, []);
});

test('what sets ask for is permitted, and nothing else', async () => {
  const { run, applied } = world({ sets: [set(CONFIG_MAPS)] });
  assert.is(await run(), 'done');
  assert.equal(applied, [upsyncRules([CONFIG_MAPS], [], [])]);
});

test('a right leaves with its set when no copy is left', async () => {
  const { run, applied, followed } = world({
    permitted: [CONFIG_MAPS, SECRETS],
    sets: [set(SECRETS)],
    copies: new Map([[CONFIG_MAPS, false]]),
  });
  assert.is(await run(), 'done');
  assert.equal(applied, [upsyncRules([SECRETS], [], [])]);
  assert.equal(followed, [['configmaps']], 'what no set asks for is watched');
});

test('the right to delete stays as long as copies are left, or that is not known; the right to write does not', async () => {
  for (const copies of [new Map([[CONFIG_MAPS, true]]), new Map<Resource, boolean>()]) {
    const { run, applied } = world({ permitted: [CONFIG_MAPS], copies });
    assert.is(await run(), 'done');
    assert.equal(applied, [upsyncRules([], [CONFIG_MAPS], [])]);
  }
});

test('while it is unknown where some sets lead, rights stay, and the answer says so', async () => {
  const { run, applied } = world({
    permitted: [CONFIG_MAPS],
    copies: new Map([[CONFIG_MAPS, false]]),
    isUnresolved: true,
  });
  assert.equal(await run(), { isProven: false, outdated: [] });
  assert.equal(applied, [upsyncRules([CONFIG_MAPS], [], [])]);
  const fresh = world({ sets: [set(SECRETS)], isUnresolved: true });
  assert.is(await fresh.run(), 'done', 'there was no right to keep');
});

test('the status within objects may be written where the SyncerConfigs name their kind', async () => {
  const { run, applied } = world({ named: ['things.b.test', 'configmaps'] });
  await run();
  assert.equal(applied, [upsyncRules([], [], [things])]);
});

test('EdgePlacements whose sets are left out get an Event, once', async () => {
  const greedy = Array.from({ length: 20 }, (_, n) =>
    placementOf('w', `p${n}`, {
      upsync: [{ resources: ['configmaps'], names: [`${n}`.padEnd(20_000, '-')] }],
    }),
  );
  const { run, events } = world({ placements: greedy });
  await run();
  const recorded = events.length;
  assert.ok(recorded > 0 && recorded < 20);
  await run();
  assert.is(events.length, recorded);
});

test.run();
