import { CONFIG_MAPS } from '@kubestellar/api';
import { assert, suite } from '@kubestellar/testing';
import type { LocalObject, Source } from '../../keys.ts';
import {
  type CachedSource,
  type CauseDependencies,
  type CopyRecord,
  type Definer,
  findCause,
} from './cause.ts';

const test = suite('the brake: causes of removals');

const local: LocalObject = { groupResource: 'configmaps', namespace: 'ns', name: 'x' };
const source: Source = { type: { resource: CONFIG_MAPS, identity: '' }, key: 'w//binding' };
const binding: Definer = { source, uid: 'uid-binding' };
const record = (more: Partial<CopyRecord> = {}): CopyRecord => ({
  placedBy: ['p'],
  definedBy: [],
  isProtected: false,
  isOrphaned: false,
  ...more,
});

/** Workspaces with EdgePlacements, and what each has of the source. */
function world(
  workspaces: { [cluster: string]: { placements: string[]; source: CachedSource } },
  isDefinerGone = false,
) {
  const asked: string[] = [];
  const deps: CauseDependencies = {
    findWorkspace: (uid) =>
      Object.keys(workspaces).find((name) => workspaces[name]?.placements.includes(uid)),
    listWorkspaces: () =>
      Object.entries(workspaces).map(([cluster, { placements }]) => ({ cluster, placements })),
    getSource: (cluster) => workspaces[cluster]?.source ?? { state: 'unserved' },
    isDefinerGone: async ({ uid }) => {
      asked.push(uid);
      return isDefinerGone;
    },
  };
  return { asked, causeOf: (more: Partial<CopyRecord> = {}) => findCause(deps, local, record(more)) };
}
const DIRECT = { placements: [], isProtected: false };
const THERE: CachedSource = { state: 'there' };
const DELETED: CachedSource = { state: 'deleted', definers: [] };

test('the end of the EdgePlacement is direct, whatever is left of the source, and of others in its workspace', async () => {
  assert.equal(await world({}).causeOf(), DIRECT);
  assert.equal(await world({ w: { placements: ['other'], source: THERE } }).causeOf(), DIRECT);
});

test('a source that is there, and selected by none of those who led it here, is indirect', async () => {
  const { causeOf } = world({ w: { placements: ['p', 'q', 'other'], source: THERE } });
  assert.equal(await causeOf(), { placements: ['p'], isProtected: false });
  assert.equal(
    (await causeOf({ placedBy: ['p', 'q', 'gone'] })).placements,
    ['p', 'q'],
    'those that still exist',
  );
});

test('a source that its user has deleted is direct', async () => {
  assert.equal(await world({ w: { placements: ['p'], source: DELETED } }).causeOf(), DIRECT);
});

test('a source whose kind is not served any more, or of which nothing is known, is indirect', async () => {
  for (const state of ['unserved', 'unknown'] as const) {
    const { causeOf } = world({ w: { placements: ['p'], source: { state } } });
    assert.equal((await causeOf()).placements, ['p'], state);
  }
});

test('a source that ends with its definition is indirect, although the caches do not say so yet', async () => {
  const source: CachedSource = { state: 'deleted', definers: [binding] };
  const ending = world({ w: { placements: ['p'], source } }, true);
  assert.equal((await ending.causeOf()).placements, ['p']);
  assert.equal(ending.asked, [binding.uid]);
  assert.equal(await world({ w: { placements: ['p'], source } }).causeOf(), DIRECT);
});

test('of sources in several workspaces the one that is still there counts', async () => {
  const { causeOf } = world({
    v: { placements: ['p'], source: DELETED },
    w: { placements: ['q'], source: THERE },
  });
  assert.equal((await causeOf({ placedBy: ['p', 'q'] })).placements, ['q']);
});

test('of a copy that an older release has written, all whose workspaces have the source decide', async () => {
  const { causeOf } = world({
    v: { placements: ['a', 'b'], source: THERE },
    w: { placements: ['c'], source: DELETED },
  });
  assert.equal((await causeOf({ placedBy: undefined })).placements, ['a', 'b']);
});

test('what only went along with others, or stays in the cluster anyway, is direct', async () => {
  const { causeOf } = world({ w: { placements: ['p'], source: THERE } });
  assert.equal(await causeOf({ placedBy: [] }), DIRECT);
  assert.equal(await causeOf({ isOrphaned: true, isProtected: true }), DIRECT);
});

test('a protected object stays whoever deletes it, and its EdgePlacement decides as long as there is one', async () => {
  const deleted = world({ w: { placements: ['p'], source: DELETED } });
  assert.equal(await deleted.causeOf({ isProtected: true }), { placements: ['p'], isProtected: true });
  assert.equal(await world({}).causeOf({ isProtected: true }), { placements: [], isProtected: true });
});

test.run();
