/** Objects of the edge API: placements, upsync sets with wildcards, slices by hand, popular Locations, others' configs. */
import {
  EDGE_PLACEMENTS,
  LOCATIONS,
  SINGLE_PLACEMENT_SLICES,
  SYNC_TARGETS,
  SYNCER_CONFIGS,
} from '@kubestellar/api';
import fc from 'fast-check';
import {
  actingAs,
  applied,
  asked,
  below,
  type Move,
  OWN_NAMESPACES,
  POWERFUL,
  pathOf,
  type Scene,
} from '../move.ts';

const name = fc.constantFrom('p-0', 'p-1', 'p-2', 'constructor');
const LABELS: readonly Record<string, string>[] = [
  { env: 'demo' },
  { name: 'edge1' },
  { name: 'edge2' },
  Object.fromEntries([['constructor', 'x']]),
];

/** What objects of our own API can be written. */
export function edgeMoves(scene: Scene): [weight: number, fc.Arbitrary<Move>][] {
  const base = below(scene.own, '');
  const destinations = fc.subarray([
    ...scene.destinations,
    { cluster: scene.victim.cluster, locationName: '__proto__', syncTargetName: 'x', syncTargetUID: 'x' },
  ]);
  const somebody = fc.option(fc.constantFrom(...POWERFUL), { nil: undefined });
  const slice = fc
    .record({ name, destinations, somebody })
    .map(({ name: called, destinations: places, somebody: who }): Move => {
      const step = applied(base, SINGLE_PLACEMENT_SLICES, { name: called }, { destinations: places });
      return {
        kind: 'write a slice by hand',
        forbidden: 'a tenant has written a SinglePlacementSlice',
        steps: [who ? actingAs(step, who) : step],
      };
    });
  const location = fc.record({ name, labels: fc.constantFrom(...LABELS) }).map(
    ({ name: called, labels }): Move => ({
      kind: 'write a popular Location',
      steps: [applied(base, LOCATIONS, { name: called, labels }, { spec: locationSpec() })],
    }),
  );
  // One only: each SyncTarget costs a workspace.
  const target = fc.constant({
    kind: 'write a SyncTarget',
    steps: [
      applied(base, SYNC_TARGETS, { name: 'edge1', labels: { id: 'edge1', env: 'demo' } }, { spec: {} }),
    ],
  });
  const config = fc.constantFrom('the-one', 'the-one-1', 'mine').map(
    (called): Move => ({
      kind: 'write a SyncerConfig in the own workspace',
      steps: [applied(base, SYNCER_CONFIGS, { name: called }, { spec: { upsync: [everything()] } })],
    }),
  );
  return [
    [
      5,
      fc
        .record({ name, sets: upsyncSets(scene) })
        .map(({ name: called, sets }) => upsyncing(scene, called, sets)),
    ],
    [
      4,
      fc
        .record({ name, groups: groups(scene) })
        .map(({ name: called, groups: of }) => taking(scene, called, of)),
    ],
    [2, slice],
    [2, location],
    [1, target],
    [1, config],
    [
      2,
      name.map((called) => ({
        kind: 'delete a placement',
        steps: [asked('DELETE', `${base}${pathOf(EDGE_PLACEMENTS, undefined, called)}`)],
      })),
    ],
  ];
}

function groups({ victim }: Scene): fc.Arbitrary<string[]> {
  return fc.subarray(['', 'apps', 'hostile.test', 'apis.kcp.io', 'apiextensions.k8s.io', victim.group, '*'], {
    minLength: 1,
  });
}

/** Everything of some groups, within the tenant's own Namespaces, goes everywhere. */
function taking({ own }: Scene, called: string, of: readonly string[]): Move {
  const downsync = of.map((apiGroup) => ({ apiGroup, resources: ['*'], statusCollectors: ['c-0', 'c-1'] }));
  const spec = { locationSelectors: [{ matchLabels: { env: 'demo' } }], downsync };
  return {
    kind: 'place everything',
    steps: [applied(below(own, ''), EDGE_PLACEMENTS, { name: called }, { spec })],
  };
}

function upsyncSets({ victim }: Scene): fc.Arbitrary<object[]> {
  const some = (...values: string[]) => fc.subarray(values, { minLength: 1 });
  const set = fc.record({
    apiGroup: fc.constantFrom(
      ...['', '*', 'apps', 'rbac.authorization.k8s.io', 'apis.kcp.io', 'edge.kubestellar.io'],
      ...['apiextensions.k8s.io', 'admissionregistration.k8s.io', 'coordination.k8s.io', victim.group],
    ),
    resources: some(
      ...['*', '*', 'secrets', 'serviceaccounts/token', 'clusterrolebindings', 'apibindings', '*/*'],
      ...['syncerconfigs', 'customresourcedefinitions', 'leases', 'namespaces', 'pods/exec', '__proto__'],
    ),
    namespaces: some('*', ...OWN_NAMESPACES),
    names: some('*', 'a', 'constructor'),
  });
  return fc.array(set, { minLength: 1, maxLength: 3 });
}

function upsyncing({ own }: Scene, called: string, sets: readonly object[]): Move {
  const spec = { locationSelectors: [{ matchLabels: { env: 'demo' } }], upsync: sets };
  return {
    kind: 'write upsync sets with wildcards',
    steps: [applied(below(own, ''), EDGE_PLACEMENTS, { name: called }, { spec })],
  };
}

function everything(): object {
  return { apiGroup: '*', resources: ['*'], namespaces: ['*'], names: ['*'] };
}

function locationSpec(): object {
  const { group, version, plural } = SYNC_TARGETS;
  return { resource: { group, version, resource: plural }, instanceSelector: {} };
}
