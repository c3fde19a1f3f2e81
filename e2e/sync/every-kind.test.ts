import {
  apiVersionOf,
  denaturedResource,
  EDGE_PLACEMENTS,
  groupResourceOf,
  type KubeObject,
  NAMESPACES,
  type Resource,
} from '@kubestellar/api';
import { discover, isNotFound, KubeClient, type ServedResource } from '@kubestellar/kube';
import { reachOf } from '@kubestellar/rules';
import { assert, suite } from '@kubestellar/testing';
import { defaulted, essenceOf } from '../support/essence.ts';
import { eventually } from '../support/eventually.ts';
import { LocalHome } from '../support/local.ts';
import { EXAMPLES } from '../support/sync/examples.ts';

/** Every kind that a real kube-apiserver serves goes from a WMW to a cluster (semantics 4.1; docs/kinds.md). */
const test = suite('every kind', { timeout: 300_000 });

const USER = { fieldManager: 'user' };
const NAMESPACE = 'walk';
const LABELS = { walk: 'yes' };
const home = await LocalHome.create();
let wmw: KubeClient;
let wec: KubeClient;
/** What the cluster serves that can be created, listed and watched, by `<plural>.<group>`. */
let served: Map<string, ServedResource>;
/** What the cluster makes of each example. */
const expected = new Map<string, KubeObject>();

test.before(async () => {
  await home.start(1);
  const kubeconfig = `${home.path}/admin.kubeconfig`;
  await home.must(
    `cp ${kubeconfig} $KUBECONFIG && kubectl config use-context root && kubectl kubestellar ensure wmw walk`,
  );
  const root = await KubeClient.fromKubeconfig({ kubeconfig, context: 'root' });
  wmw = root.workspace('root:walk');
  wec = await KubeClient.fromKubeconfig({ kubeconfig: home.wec('edge1') });
  const verbs = ['create', 'list', 'watch'];
  const all = await discover(wec);
  served = new Map(
    all
      .filter((each) => verbs.every((verb) => each.verbs.includes(verb)))
      .map((each) => [groupResourceOf(each), each]),
  );
  await wmw.create(NAMESPACES, exampleOf(NAMESPACES), USER);
});

test.after(() => home.dispose());

test('semantics 4.1a: every kind has an example here, or is an exception', () => {
  const open = [...served.values()].filter((each) => reachOf(each.group, each.plural) === 'edge');
  assert.equal(open.map(groupResourceOf).sort(), Object.keys(EXAMPLES).sort());
});

test('every exception is one that the cluster serves for itself', () => {
  const exceptions = [...served.values()].filter((each) => reachOf(each.group, each.plural) !== 'edge');
  assert.equal(exceptions.map(groupResourceOf).sort(), [
    'certificatesigningrequests.certificates.k8s.io',
    'controllerrevisions.apps',
    'events',
    'events.events.k8s.io',
    'leases.coordination.k8s.io',
    'nodes',
  ]);
});

test('a workload management workspace takes an object of each kind', async () => {
  const failures: string[] = [];
  for (const [id, natural] of open()) {
    try {
      const example = exampleOf(natural);
      expected.set(id, await defaulted(wec, natural, example));
      const resource = inWorkspace(natural);
      if (id !== 'namespaces')
        await wmw.create(resource, { ...example, apiVersion: apiVersionOf(resource) }, USER);
    } catch (error) {
      failures.push(`${id}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  assert.equal(failures, []);
  const groups = [...new Set([...open().values()].map(({ group }) => group))];
  const downsync = groups.map((apiGroup) => ({ apiGroup, labelSelectors: [{ matchLabels: LABELS }] }));
  const placement: KubeObject = {
    apiVersion: apiVersionOf(EDGE_PLACEMENTS),
    kind: EDGE_PLACEMENTS.kind,
    metadata: { name: 'walk' },
    spec: { locationSelectors: [{ matchLabels: { env: 'demo' } }], downsync },
  };
  await wmw.create(EDGE_PLACEMENTS, placement, USER);
});

for (const id of Object.keys(EXAMPLES)) {
  test(`${id} arrives as it is`, async () => {
    const natural = served.get(id);
    assert.ok(natural, 'the cluster does not serve it');
    const copy = await inCluster(natural, (object) => object !== undefined, 90);
    const wanted = expected.get(id);
    assert.ok(copy && wanted);
    assert.equal(essenceOf(copy), essenceOf(wanted));
  });
}

test('what is deleted in the workspace goes away, whatever its kind', async () => {
  const last = (id: string) => (id === 'namespaces' ? 1 : 0);
  const all = [...open()].sort(([a], [b]) => last(a) - last(b));
  for (const [, natural] of all) await wmw.delete(inWorkspace(natural), exampleOf(natural).metadata);
  for (const [, natural] of all) await inCluster(natural, (object) => object === undefined, 60);
});

function open(): Map<string, ServedResource> {
  return new Map([...served].filter(([id]) => id in EXAMPLES));
}

/** Kinds of groups that would act in the workspace are written as their twins. */
function inWorkspace(natural: Resource): Resource {
  return natural.group === '' ? natural : denaturedResource(natural);
}

function exampleOf(resource: Resource): KubeObject {
  const { name = 'walk', content } = EXAMPLES[groupResourceOf(resource)] ?? { content: {} };
  return {
    apiVersion: apiVersionOf(resource),
    kind: resource.kind,
    metadata: { name, labels: LABELS, ...(resource.namespaced ? { namespace: NAMESPACE } : {}) },
    ...content,
  };
}

async function inCluster(
  resource: Resource,
  accept: (object: KubeObject | undefined) => boolean,
  seconds?: number,
): Promise<KubeObject | undefined> {
  const { name, namespace } = exampleOf(resource).metadata;
  const read = async () => {
    try {
      return await wec.get(resource, { name, namespace });
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw error;
    }
  };
  return eventually(`${resource.kind} ${name} in the cluster`, read, accept, seconds);
}

test.run();
