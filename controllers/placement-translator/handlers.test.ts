import {
  type ClusterRole,
  CONFIG_MAPS,
  CUSTOM_RESOURCE_DEFINITIONS,
  type EdgePlacement,
  type EdgePlacementSpec,
  type KubeObject,
  NAMESPACES,
  type Resource,
  type SyncerConfig,
} from '@kubestellar/api';
import type { InformerHandler, WorkQueue } from '@kubestellar/kube';
import { problem } from '@kubestellar/rules';
import { assert, suite } from '@kubestellar/testing';
import type { ObjectWatch } from './cache/object-informers.ts';
import { BOUND_CRDS } from './cache/served-resources.ts';
import { Desired } from './desired/desired-state.ts';
import type { Unproven } from './desired/proof.ts';
import { OURS, objectOf, placementOf, resolvedOf } from './fixtures.ts';
import { ChangeHandlers, type HandlerParts, type Queues } from './handlers.ts';
import {
  copyKey,
  formatObjectKey,
  localObject,
  type Source,
  sourceKey,
  sourceKeyOf,
  type WatchedType,
} from './keys.ts';

const test = suite('which keys go into which queue when something has changed');

const typeOf = (resource: Resource): WatchedType => ({ resource, identity: '' });
const type = typeOf(CONFIG_MAPS);
const source = (name: string): Source => ({ type, key: `w/ns/${name}` });
const configMap = (cluster: string, name: string, metadata: object = {}) =>
  objectOf(CONFIG_MAPS, cluster, name, { namespace: 'ns', ...metadata });
const NAMES: (keyof Queues)[] = [
  ...(['types', 'sources', 'workspaces', 'apis', 'copies'] as const),
  ...(['customized', 'configs', 'returns', 'reports', 'removals', 'customizers'] as const),
];

/** A workspace `w`, and a mailbox workspace `m` (cluster `c`), where some ConfigMaps of `w` are wanted. */
function world(
  wanted: string[] = [],
  more: { spec?: Partial<EdgePlacementSpec>; wantReturn?: boolean } = {},
) {
  const log = new Set<string>();
  const queue = (name: string) => {
    const add = (key: string) => void log.add(`${name} ${key}`);
    return { add, addAfter: add } as unknown as WorkQueue;
  };
  const desired = new Desired();
  for (const name of wanted) {
    const want = { source: source(name), destinations: [], wantReturn: more.wantReturn ?? false };
    desired.set(source(name), 'w', localObject(type, configMap('w', name)), new Map([['m', want]]));
  }
  const handlersOf: { [of: string]: InformerHandler<KubeObject> } = {};
  let served = (_cluster: string) => {};
  const problems = new Set<string>();
  const brake = new Set<string>();
  const listeners = { annotated: (_: EdgePlacement) => {}, gone: (_: string) => {} };
  const objects: [Resource, KubeObject][] = [];
  const placements = [resolvedOf(placementOf('w', 'p', more.spec ?? {}), ['m'])];
  const parts = {
    catalog: {
      onChange: (listener: typeof served) => {
        served = listener;
      },
      definerIn: (_: string, name: string) => ({
        type: typeOf(CUSTOM_RESOURCE_DEFINITIONS),
        key: `w//${name}`,
      }),
    },
    placements: {
      in: (cluster: string) => (cluster === 'w' ? placements : []),
      onAnnotated: (listener: (typeof listeners)['annotated']) => {
        listeners.annotated = listener;
      },
    },
    mailboxes: {
      names: () => ['m'],
      nameOf: (cluster: string) => (cluster === 'c' ? 'm' : undefined),
      onGone: (listener: (typeof listeners)['gone']) => {
        listeners.gone = listener;
      },
    },
    brake: {
      sourceChanged: (object: string) => void brake.add(`source ${object}`),
      placementsChanged: () => void brake.add('placements'),
      forgetMailbox: (mailbox: string) => void brake.add(`gone ${mailbox}`),
    },
    watches: {
      *inCluster() {
        for (const [resource, object] of objects)
          yield { watch: { type: typeOf(resource) } as ObjectWatch, object };
      },
    },
    desired,
    customized: { problemOf: (key: string) => (problems.has(key) ? problem('OverBudget', 'no') : undefined) },
    syncerConfigs: { addHandler: (handler: InformerHandler<KubeObject>) => (handlersOf.configs = handler) },
    upsyncRoles: { addHandler: (handler: InformerHandler<KubeObject>) => (handlersOf.roles = handler) },
  } as unknown as HandlerParts;
  const status = {
    changed: (key: string) => void log.add(`status ${key}`),
    placementsChanged: (cluster: string) => void log.add(`status of placements in ${cluster}`),
    mailboxReady: (cluster: string) => void log.add(`status of mailbox ${cluster}`),
  };
  const queues = Object.fromEntries(NAMES.map((name) => [name, queue(name)])) as unknown as Queues;
  const handlers = new ChangeHandlers(parts, queues, status);
  handlers.listen();
  /** @returns what was enqueued since the last call */
  const enqueued = () => {
    const lines = [...log].sort();
    log.clear();
    return lines;
  };
  return {
    handlers,
    enqueued,
    desired,
    handlersOf,
    problems,
    objects,
    placements,
    brake,
    listeners,
    served: (cluster: string) => served(cluster),
  };
}

const KEY = sourceKey(source('x'));

test('an object of a workspace is evaluated, whether it is there or gone', () => {
  const { handlers, enqueued } = world();
  for (const gone of [false, true]) {
    handlers.objectChanged(type, configMap('w', 'x'), gone);
    assert.equal(enqueued(), [`sources ${KEY}`]);
  }
});

test('that an object is gone is known until it is back, whatever is watched meanwhile', () => {
  const { handlers } = world();
  handlers.objectChanged(type, configMap('w', 'x'), true);
  assert.equal([...handlers.gone], [KEY]);
  handlers.objectChanged(type, configMap('w', 'x'), false);
  assert.equal([...handlers.gone], []);
  handlers.objectChanged(type, configMap('c', 'x'), true);
  assert.equal([...handlers.gone], [], 'a copy is no source');
});

test('a copy is looked at if it is ours or wanted, together with its status', () => {
  const { handlers, enqueued } = world(['x']);
  handlers.objectChanged(type, configMap('c', 'x'), false);
  assert.equal(enqueued(), ['copies m/configmaps/ns/x', `status ${KEY}`]);
  handlers.objectChanged(type, configMap('c', 'other', OURS), false);
  assert.equal(enqueued(), ['copies m/configmaps/ns/other']);
  handlers.objectChanged(type, configMap('c', 'other'), false);
  assert.equal(enqueued(), []);
});

test('a copy whose state is returned has it returned when it changes', () => {
  const { handlers, enqueued } = world(['x'], { wantReturn: true });
  handlers.objectChanged(type, configMap('c', 'x'), false);
  assert.ok(enqueued().includes(`returns ${KEY}`));
});

test('when the last copy of what nobody wants is gone, SyncerConfig and kinds are looked at', () => {
  const { handlers, enqueued } = world();
  handlers.objectChanged(type, configMap('c', 'x', OURS), true);
  assert.equal(enqueued(), ['apis m', 'configs m', 'copies m/configmaps/ns/x']);
});

test('when what had the place of a wanted copy is gone, the SyncerConfig may name the copy', () => {
  const { handlers, enqueued } = world(['x']);
  handlers.objectChanged(type, configMap('c', 'x'), true);
  assert.equal(enqueued(), ['configs m', 'copies m/configmaps/ns/x', `status ${KEY}`]);
});

test('when a Namespace of a mailbox workspace is gone, what should be in it is looked at', () => {
  const { handlers, enqueued } = world(['x', 'y']);
  handlers.objectChanged(typeOf(NAMESPACES), objectOf(NAMESPACES, 'c', 'ns'), true);
  const lines = enqueued();
  for (const name of ['x', 'y']) assert.ok(lines.includes(`copies m/configmaps/ns/${name}`));
  handlers.objectChanged(typeOf(NAMESPACES), objectOf(NAMESPACES, 'c', 'other'), true);
  assert.not(enqueued().some((line) => line.startsWith('copies')));
});

test('the labels of a Namespace count where some EdgePlacement asks for them', () => {
  const namespace = objectOf(NAMESPACES, 'w', 'ns');
  const plain = world();
  plain.handlers.objectChanged(typeOf(NAMESPACES), namespace, false);
  assert.equal(plain.enqueued(), [`sources ${sourceKeyOf(typeOf(NAMESPACES), namespace)}`]);
  const downsync = [{ apiGroup: '', namespaceSelectors: [{ matchLabels: { a: 'b' } }] }];
  const selecting = world([], { spec: { downsync } });
  selecting.handlers.objectChanged(typeOf(NAMESPACES), namespace, false);
  assert.ok(selecting.enqueued().includes('workspaces w/ns'));
});

test('where an object is wanted has changed: copies, SyncerConfigs, kinds and returns follow', () => {
  const { handlers, enqueued } = world(['x'], { wantReturn: true });
  const change = {
    ...{ key: KEY, source: source('x'), cluster: 'w', object: localObject(type, configMap('w', 'x')) },
    ...{ mailboxes: new Set(['m', 'n']), turned: new Set(['n']), apis: new Set(['m']) },
    ...{ resources: new Set(['things.test']), isLastOfType: false },
  };
  handlers.wantsChanged(change);
  const definer = sourceKey({ type: typeOf(CUSTOM_RESOURCE_DEFINITIONS), key: 'w//things.test' });
  assert.equal(enqueued(), [
    'apis m',
    'configs n',
    'copies m/configmaps/ns/x',
    'copies n/configmaps/ns/x',
    `returns ${KEY}`,
    `sources ${definer}`,
    `status ${KEY}`,
  ]);
  handlers.wantsChanged({ ...change, isLastOfType: true });
  assert.ok(enqueued().includes('types all'));
});

test('a CRD that is newly wanted for itself claims its kind', () => {
  const { handlers, enqueued } = world();
  const object = {
    groupResource: 'customresourcedefinitions.apiextensions.k8s.io',
    namespace: '',
    name: 'things.test',
  };
  const none = new Set<string>();
  handlers.wantsChanged({
    key: KEY,
    source: source('x'),
    cluster: 'w',
    object,
    mailboxes: none,
    turned: new Set(['n']),
    apis: none,
    resources: none,
    isLastOfType: false,
  });
  assert.ok(enqueued().includes('apis n'));
});

test('EdgePlacements have changed: types, their workspace and its status; upsync where it leads or led', () => {
  const upsync = [{ resources: ['things'], names: ['*'] }];
  const { handlers, enqueued, placements } = world([], { spec: { upsync } });
  handlers.placementsChanged('w');
  assert.equal(enqueued(), ['configs m', 'status of placements in w', 'types all', 'workspaces w']);
  placements.splice(0);
  handlers.placementsChanged('w');
  assert.ok(enqueued().includes('configs m'), 'its sets leave the mailbox');
  handlers.placementsChanged('w');
  assert.not(enqueued().includes('configs m'));
});

test('a mailbox workspace that is ready gets all that is wanted, and what it has of ours is looked at', () => {
  const { handlers, enqueued, objects } = world(['x']);
  objects.push([CONFIG_MAPS, configMap('c', 'old', OURS)], [CONFIG_MAPS, configMap('c', 'foreign')]);
  handlers.mailboxReady({ name: 'm', cluster: 'c' });
  assert.equal(enqueued(), [
    'apis m',
    'configs m',
    'copies m/configmaps/ns/old',
    'copies m/configmaps/ns/x',
    'status of mailbox c',
  ]);
});

test('what a workspace serves has changed: its objects, or as a mailbox all that it should have', () => {
  const { served, enqueued } = world(['x']);
  served('w');
  assert.equal(enqueued(), ['apis m', 'types all', 'workspaces w']);
  served('c');
  assert.equal(enqueued(), ['apis m', 'configs m', 'copies m/configmaps/ns/x', 'types all']);
  served(BOUND_CRDS);
  assert.equal(enqueued(), ['apis m', 'configs m', 'types all']);
  served('elsewhere');
  assert.equal(enqueued(), ['types all']);
});

test('the API of a kind has changed: its objects and its CRD are looked at, with their status', () => {
  const { handlers, enqueued } = world(['x']);
  handlers.apisChanged('m', new Set(['configmaps']));
  assert.equal(enqueued(), ['configs m', 'copies m/configmaps/ns/x', `status ${KEY}`]);
  handlers.apisChanged('m', new Set(['things.test']));
  assert.equal(enqueued(), ['configs m']);
});

test('a SyncerConfig is looked at when its spec changes, not when the syncer writes its status', () => {
  const { handlersOf, enqueued } = world();
  const config = (cluster: string, generation: number, name = 'the-one') =>
    objectOf(CONFIG_MAPS, cluster, name, { generation }) as SyncerConfig;
  handlersOf.configs?.onAdd?.(config('c', 1));
  assert.equal(enqueued(), ['configs m', 'types all']);
  handlersOf.configs?.onUpdate?.(config('c', 1), config('c', 1));
  assert.equal(enqueued(), []);
  handlersOf.configs?.onUpdate?.(config('c', 2), config('c', 1));
  assert.equal(enqueued(), ['configs m', 'types all']);
  handlersOf.configs?.onDelete?.(config('c', 2, 'of-people'));
  assert.equal(enqueued(), ['types all']);
  const role = (cluster: string) => objectOf(CONFIG_MAPS, cluster, 'r') as ClusterRole;
  handlersOf.roles?.onUpdate?.(role('c'), role('c'));
  handlersOf.roles?.onDelete?.(role('elsewhere'));
  assert.equal(enqueued(), ['configs m']);
});

test('what customizes copies has changed: the copies, and in quarantine the whole source', () => {
  const { handlers, enqueued, problems } = world();
  const copies = ['m/configmaps/ns/x'] as unknown as Parameters<typeof handlers.copiesOutdated>[1];
  handlers.copiesOutdated(KEY, copies);
  assert.equal(enqueued(), ['copies m/configmaps/ns/x', `reports ${KEY}`]);
  problems.add(KEY);
  handlers.copiesOutdated(KEY, copies);
  assert.equal(enqueued(), ['copies m/configmaps/ns/x', `reports ${KEY}`, `sources ${KEY}`]);
  handlers.sourceOutdated(KEY);
  handlers.customizationChanged(KEY);
  handlers.customizerChanged('w/ns/c');
  assert.equal(enqueued(), ['customizers w/ns/c', `reports ${KEY}`, `sources ${KEY}`, `status ${KEY}`]);
});

test('what is not proven waits until more is known, and what it lacks is evaluated', async () => {
  const { handlers, enqueued } = world();
  const unproven: Unproven = { isProven: false, outdated: [source('x')] };
  const hold = (answer: 'done' | Unproven) =>
    handlers.hold(handlers.unproven.configs, 'm', async () => answer);
  assert.is(await hold('done'), 'done');
  handlers.retryUnproven();
  assert.equal(enqueued(), []);
  assert.is(await hold(unproven), 'unproven');
  assert.equal(enqueued(), [`sources ${KEY}`]);
  handlers.retryUnproven();
  assert.equal(enqueued(), ['configs m']);
});

test('what became known while a key was reconciled brings it back at once', async () => {
  const { handlers, enqueued } = world();
  const key = 'm/configmaps/ns/x' as Parameters<typeof handlers.unproven.copies.add>[0];
  await handlers.hold(handlers.unproven.copies, key, async () => {
    handlers.retryUnproven();
    return { isProven: false, outdated: [] } satisfies Unproven;
  });
  assert.equal(enqueued(), [`copies ${key}`]);
});

test('an approval is looked at, and the brake knows of sources, EdgePlacements and mailbox workspaces', () => {
  const { handlers, enqueued, brake, listeners, placements } = world();
  const [resolved] = placements;
  if (resolved) listeners.annotated(resolved.placement);
  assert.equal(enqueued(), ['removals uid-p']);
  handlers.objectChanged(type, configMap('w', 'x'), true);
  handlers.placementsChanged('w');
  listeners.gone('m');
  assert.equal([...brake], ['source configmaps/ns/x', 'placements', 'gone m']);
  brake.clear();
  handlers.objectChanged(type, configMap('c', 'x'), true);
  assert.equal([...brake], [], 'a copy is no source');
});

test('the end of a copy has the CRD looked at that defines it, and the Namespace, if it was protected', () => {
  const { handlers, enqueued } = world();
  const things = { ...CONFIG_MAPS, group: 'a.test', plural: 'things' };
  handlers.objectChanged({ resource: things, identity: 'crd' }, configMap('c', 'x'), true);
  assert.ok(enqueued().includes('copies m/customresourcedefinitions.apiextensions.k8s.io//things.a.test'));
  const annotations = { 'edge.kubestellar.io/protect': 'true' };
  handlers.objectChanged(type, configMap('c', 'x', { annotations }), true);
  assert.ok(enqueued().includes('copies m/namespaces//ns'));
});

test('a copy that may leave by now is looked at, and with it the SyncerConfig', () => {
  const { handlers, enqueued } = world();
  handlers.removalChanged(
    copyKey('m', formatObjectKey({ groupResource: 'configmaps', namespace: 'ns', name: 'x' })),
  );
  assert.equal(enqueued(), ['configs m', 'copies m/configmaps/ns/x']);
});

test.run();
