import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  apiVersionOf,
  EDGE_PLACEMENTS,
  groupResourceOf,
  type KubeObject,
  NAMESPACES,
  type PolicyRule,
  parseApiVersion,
  type Resource,
  type Subject,
} from '@kubestellar/api';
import { discover, isNotFound, KubeClient, type ServedResource } from '@kubestellar/kube';
import { assert, suite } from '@kubestellar/testing';
import { provideTools } from '@kubestellar/toolchain';
import { parseAllDocuments } from 'yaml';
import { defaulted, essenceOf } from '../support/essence.ts';
import { eventually } from '../support/eventually.ts';
import { LocalHome } from '../support/local.ts';
import { manifestsOf, WORKLOADS, type Workload } from '../support/workloads/workloads.ts';

/** Workloads that nobody here wrote, from a WMW to two clusters, complete (semantics 7.1; docs/denaturing.md). */
const test = suite('real workloads', { timeout: 300_000 });

const USER = { fieldManager: 'user' };
const CLUSTERS = ['edge1', 'edge2'] as const;
const home = await LocalHome.create();
const view = join(home.path, 'e2e-view.kubeconfig');
let helm: string;
let wmw: KubeClient;
let wecs: KubeClient[];
let served: readonly ServedResource[];

/** One object of a workload, what the clusters make of it, and where it is. */
interface Piece {
  resource: Resource;
  object: KubeObject;
  expected: KubeObject;
}
const pieces = new Map<string, Piece[]>();

test.before(async () => {
  ({ helm } = await provideTools(['helm'], { log: console.log }));
  await home.start();
  const kubeconfig = `${home.path}/admin.kubeconfig`;
  await home.must(`
    cp ${kubeconfig} $KUBECONFIG && kubectl config use-context root && kubectl kubestellar ensure wmw real
    cp ${home.path}/view.kubeconfig ${view} && KUBECONFIG=${view} kubectl ws :root:real`);
  const root = await KubeClient.fromKubeconfig({ kubeconfig, context: 'root' });
  wmw = root.workspace('root:real');
  wecs = await Promise.all(CLUSTERS.map((name) => KubeClient.fromKubeconfig({ kubeconfig: home.wec(name) })));
  served = await discover(wecs[0] as KubeClient);
});

test.after(() => home.dispose());

for (const workload of WORKLOADS) {
  const { name, namespace, version } = workload;
  const file = join(home.path, `${name}.yaml`);
  const kubectl = `kubectl --kubeconfig ${view}`;

  test(`${name} ${version} is taken by the workspace as it is`, async () => {
    await writeFile(file, await manifestsOf(workload, home, helm));
    pieces.set(name, await piecesOf(workload, await home.must(`cat ${file}`)));
    for (const each of namespacesOf(workload)) {
      const object = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: each } };
      await wmw.apply(NAMESPACES, object, USER);
    }
    // By the flag, kubectl would refuse objects that name another.
    await home.must(`${kubectl} config set-context --current --namespace ${namespace}`);
    await home.must(`${kubectl} apply --server-side -f ${file}`);
    await wmw.create(EDGE_PLACEMENTS, placementOf(workload), USER);
  });

  test(`${name} reaches both clusters complete, each object equal after defaulting`, async () => {
    const all = pieces.get(name) ?? [];
    assert.ok(all.length > 0);
    for (const wec of wecs)
      for (const piece of all) assert.equal(essenceOf(await arrives(wec, piece)), essenceOf(piece.expected));
    console.log(`    ${all.length} objects`);
  });

  test(`${name}: kubectl diff against what was applied is empty`, async () => {
    // Else a status that changes between the two reads of kubectl would be a difference.
    await home.must(
      `${kubectl} wait --for condition=Established customresourcedefinitions --all --timeout 60s`,
    );
    await home.must(`${kubectl} diff --server-side -f ${file}`);
  });

  test(`${name}: its RBAC grants nothing in the workspace, and in the clusters what it says`, async () => {
    for (const { user, attributes } of grantsOf(pieces.get(name) ?? [])) {
      for (const wec of wecs)
        await eventually(`${user} to be allowed`, () => isAllowed(wec, user, attributes), Boolean);
      assert.not(await isAllowed(wmw, user, attributes), `${user} in the workspace`);
    }
  });
}

test('webhooks of cert-manager are asked in the clusters, not in the workspace', async () => {
  const issuer = `kubectl --kubeconfig KUBECONFIG create --dry-run=server -n cert-manager -f - <<'YAML'
apiVersion: cert-manager.io/v1
kind: Issuer
metadata: {name: own}
spec: {selfSigned: {}}
YAML`;
  await home.must(issuer.replace('KUBECONFIG', view));
  for (const name of CLUSTERS) {
    const { code, stderr } = await home.sh(issuer.replace('KUBECONFIG', home.wec(name)));
    assert.is(code, 1);
    assert.match(stderr, /failed calling webhook "webhook.cert-manager.io"/);
  }
});

async function piecesOf({ namespace }: Workload, text: string): Promise<Piece[]> {
  const documents = parseAllDocuments(text).map((document) => document.toJS() as KubeObject | null);
  const objects = documents.filter((object): object is KubeObject => Boolean(object?.kind));
  return Promise.all(
    objects.map(async (object) => {
      const { group, version } = parseApiVersion(object.apiVersion);
      const found = served.find((each) => each.group === group && each.kind === object.kind);
      assert.ok(found, `the clusters serve ${object.apiVersion} ${object.kind}`);
      const resource = { ...(found as Resource), version };
      const metadata = found?.namespaced ? { namespace, ...object.metadata } : object.metadata;
      const placed = { ...object, metadata };
      return { resource, object: placed, expected: await defaulted(wecs[0] as KubeClient, resource, placed) };
    }),
  );
}

function namespacesOf({ name, namespace }: Workload): Set<string> {
  const named = (pieces.get(name) ?? []).flatMap(({ object }) => object.metadata.namespace ?? []);
  return new Set([namespace, ...named]);
}

/** Selects exactly the objects of a workload: the workspace has RBAC of its own, which is none of it. */
function placementOf({ name, namespace }: Workload): KubeObject {
  const names = new Map<string, { resource: Resource; objectNames: Set<string> }>();
  const select = (resource: Resource, objectName: string) => {
    const id = groupResourceOf(resource);
    const entry = names.get(id) ?? { resource, objectNames: new Set() };
    names.set(id, entry);
    entry.objectNames.add(objectName);
  };
  for (const { resource, object } of pieces.get(name) ?? []) select(resource, object.metadata.name);
  if (namespace !== 'default') select(NAMESPACES, namespace);
  return {
    apiVersion: apiVersionOf(EDGE_PLACEMENTS),
    kind: EDGE_PLACEMENTS.kind,
    metadata: { name },
    spec: {
      locationSelectors: [{ matchLabels: { env: 'demo' } }],
      downsync: [...names.values()].map(({ resource, objectNames }) => ({
        apiGroup: resource.group,
        resources: [resource.plural],
        objectNames: [...objectNames],
      })),
    },
  };
}

async function arrives(wec: KubeClient, { resource, object, expected }: Piece): Promise<KubeObject> {
  const { name, namespace } = object.metadata;
  const wanted = JSON.stringify(essenceOf(expected));
  const ask = () =>
    wec.get(resource, { name, namespace }).catch((error: unknown) => {
      if (isNotFound(error)) return undefined;
      throw error;
    });
  // Controllers of the cluster may still be at work on it.
  const settled = (found: KubeObject | undefined) =>
    found !== undefined && JSON.stringify(essenceOf(found)) === wanted;
  const what = `${resource.kind} ${name} in ${wec.connection.server}`;
  const found = await eventually(what, ask, settled, 60).catch(() => ask());
  assert.ok(found, what);
  return found as KubeObject;
}

/** What the ClusterRoleBindings of a workload let its ServiceAccounts do, one right for each. */
function grantsOf(all: readonly Piece[]): { user: string; attributes: object }[] {
  const rulesOf = (name: string) => {
    const role = all.find(({ object }) => object.kind === 'ClusterRole' && object.metadata.name === name);
    return (role?.object as { rules?: PolicyRule[] } | undefined)?.rules ?? [];
  };
  return all.flatMap(({ object }) => {
    if (object.kind !== 'ClusterRoleBinding') return [];
    const { roleRef, subjects = [] } = object as KubeObject & {
      roleRef: { name: string };
      subjects?: Subject[];
    };
    const account = subjects.find(({ kind }) => kind === 'ServiceAccount');
    const rule = rulesOf(roleRef.name).find(
      ({ resources = [], resourceNames }) => resources.length > 0 && !resourceNames,
    );
    if (!account || !rule) return [];
    const [group = '', resource = '', verb = ''] = [rule.apiGroups?.[0], rule.resources?.[0], rule.verbs[0]];
    const [plural, subresource] = resource.split('/');
    const attributes = { group, resource: plural, verb, ...(subresource ? { subresource } : {}) };
    return { user: `system:serviceaccount:${account.namespace}:${account.name}`, attributes };
  });
}

async function isAllowed(server: KubeClient, user: string, resourceAttributes: object): Promise<boolean> {
  const body = {
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SubjectAccessReview',
    spec: { user, groups: ['system:authenticated', 'system:serviceaccounts'], resourceAttributes },
  };
  const path = '/apis/authorization.k8s.io/v1/subjectaccessreviews';
  const answer = await server.request<KubeObject<unknown, { allowed: boolean }>>('POST', path, { body });
  return answer.status?.allowed ?? false;
}

test.run();
