import {
  CLUSTER_ROLES,
  CONFIG_MAPS,
  EDGE_PLACEMENTS,
  type KubeObject,
  mailboxWorkspacePath,
  NAMESPACES,
  PODS,
  type Resource,
  SYNC_TARGETS,
  twinGroupOf,
} from '@kubestellar/api';
import { KubeClient } from '@kubestellar/kube';
import { assert, suite } from '@kubestellar/testing';
import { eventually } from '../support/eventually.ts';
import { LocalHome } from '../support/local.ts';

/**
 * Objects that would act where they are kept: without effect in the WMW and in the mailbox workspace, with effect in
 * the cluster, each shown by what the servers do (semantics 7.1; docs/denaturing.md).
 */
const test = suite('denaturing', { timeout: 300_000 });

type Content = { [field: string]: unknown };
// biome-ignore lint/suspicious/noExplicitAny: what a server returns is looked at field by field
type Read = KubeObject & { spec: any };

const USER = { fieldManager: 'user' };
const NAMESPACE = 'quiet';
const LABELS = { part: 'denaturing' };
const RBAC = 'rbac.authorization.k8s.io';
const ADMISSION = 'admissionregistration.k8s.io';
const MATCHING_CONFIG_MAPS = {
  apiGroups: [''],
  apiVersions: ['v1'],
  operations: ['CREATE'],
  resources: ['configmaps'],
};
const home = await LocalHome.create();
let wmw: KubeClient;
let mailbox: KubeClient;
let wec: KubeClient;

test.before(async () => {
  const started = await home.npm('start', '--wecs', '1').done;
  assert.is(started.code, 0, `${started.stdout}${started.stderr}`);
  const kubeconfig = `${home.path}/admin.kubeconfig`;
  await home.must(
    `cp ${kubeconfig} $KUBECONFIG && kubectl config use-context root && kubectl kubestellar ensure wmw quiet`,
  );
  const root = await KubeClient.fromKubeconfig({ kubeconfig, context: 'root' });
  wmw = root.workspace('root:quiet');
  wec = await KubeClient.fromKubeconfig({ kubeconfig: home.wec('edge1') });
  const target = await root.workspace('root:imw1').get(SYNC_TARGETS, { name: 'edge1' });
  const cluster = target?.metadata.annotations?.['kcp.io/cluster'] ?? '';
  mailbox = root.workspace(mailboxWorkspacePath(cluster, target?.metadata.uid ?? ''));
  await wmw.create(
    NAMESPACES,
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE, labels: LABELS } },
    USER,
  );
  for (const workspace of [wmw, mailbox]) await letEverybodyEnter(workspace);
  const groups = [
    '',
    RBAC,
    ADMISSION,
    'apiregistration.k8s.io',
    'flowcontrol.apiserver.k8s.io',
    'networking.k8s.io',
    'node.k8s.io',
    'scheduling.k8s.io',
    'storage.k8s.io',
  ];
  const placement: KubeObject = {
    apiVersion: `${EDGE_PLACEMENTS.group}/${EDGE_PLACEMENTS.version}`,
    kind: EDGE_PLACEMENTS.kind,
    metadata: { name: 'quiet' },
    spec: {
      locationSelectors: [{ matchLabels: { env: 'demo' } }],
      downsync: groups.map((apiGroup) => ({ apiGroup, labelSelectors: [{ matchLabels: LABELS }] })),
    },
  };
  await wmw.create(EDGE_PLACEMENTS, placement, USER);
});

test.after(() => home.dispose());

test('ResourceQuota: limits nothing in the workspaces, and the cluster', async () => {
  const quotas = core('resourcequotas', 'ResourceQuota');
  await create(quotas, 'none', { spec: { hard: { 'count/secrets': '0' } } });
  await arrives(quotas, 'none');
  const refused = await eventually(
    'the quota to be enforced',
    () => refusal(wec, core('secrets', 'Secret'), 'one'),
    (message) => message !== undefined,
  );
  assert.match(refused ?? '', /exceeded quota: none/);
  for (const workspace of [wmw, mailbox])
    assert.is(await refusal(workspace, core('secrets', 'Secret'), 'one'), undefined);
  await remove(quotas, 'none');
});

test('LimitRange: adds nothing to Pods in the workspace, and its defaults in the cluster', async () => {
  const ranges = core('limitranges', 'LimitRange');
  await create(ranges, 'small', { spec: { limits: [{ type: 'Container', default: { cpu: '123m' } }] } });
  await arrives(ranges, 'small');
  const limits = ({ spec }: Read) => spec.containers[0].resources?.limits?.cpu;
  assert.equal(await podOnBoth('limited', {}, limits), [undefined, '123m']);
  await remove(ranges, 'small');
});

test('PriorityClass: gives Pods no priority in the workspace, and one in the cluster', async () => {
  const classes = clusterScoped('scheduling.k8s.io', 'priorityclasses', 'PriorityClass');
  await create(classes, 'usual', { value: 77, globalDefault: true });
  await arrives(classes, 'usual');
  assert.equal(await podOnBoth('preferred', {}, ({ spec }) => spec.priority), [undefined, 77]);
  await remove(classes, 'usual');
});

test('RuntimeClass: adds no overhead to Pods in the workspace, and some in the cluster', async () => {
  const classes = clusterScoped('node.k8s.io', 'runtimeclasses', 'RuntimeClass');
  await create(classes, 'heavy', { handler: 'heavy', overhead: { podFixed: { cpu: '10m' } } });
  await arrives(classes, 'heavy');
  const spec = { runtimeClassName: 'heavy' };
  assert.equal(await podOnBoth('heavy', spec, (pod) => pod.spec.overhead?.cpu), [undefined, '10m']);
  await remove(classes, 'heavy');
});

test('StorageClass: is no default for claims in the workspace, and one in the cluster', async () => {
  const classes = clusterScoped('storage.k8s.io', 'storageclasses', 'StorageClass');
  const annotations = { 'storageclass.kubernetes.io/is-default-class': 'true' };
  await create(classes, 'usual', { provisioner: 'none.test/none' }, annotations);
  await arrives(classes, 'usual');
  const claims = core('persistentvolumeclaims', 'PersistentVolumeClaim');
  const spec = { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } };
  await create(claims, 'data', { spec });
  const copy = await arrives(claims, 'data');
  assert.is(copy.spec.storageClassName, 'usual');
  const source = (await wmw.get(claims, { name: 'data', namespace: NAMESPACE })) as Read;
  assert.is(source.spec.storageClassName, undefined);
  await remove(claims, 'data');
  await remove(classes, 'usual');
});

test('IngressClass: is no default for Ingresses in the workspace, and one in the cluster', async () => {
  const classes = clusterScoped('networking.k8s.io', 'ingressclasses', 'IngressClass');
  const annotations = { 'ingressclass.kubernetes.io/is-default-class': 'true' };
  await create(classes, 'usual', { spec: { controller: 'none.test/none' } }, annotations);
  await arrives(classes, 'usual');
  const ingresses = { ...core('ingresses', 'Ingress'), group: 'networking.k8s.io' };
  const spec = { defaultBackend: { service: { name: 'none', port: { number: 80 } } } };
  await create(ingresses, 'front', { spec });
  assert.is((await arrives(ingresses, 'front')).spec.ingressClassName, 'usual');
  const source = (await wmw.get(ingresses, { name: 'front', namespace: NAMESPACE })) as Read;
  assert.is(source.spec.ingressClassName, undefined);
  await remove(ingresses, 'front');
  await remove(classes, 'usual');
});

test('APIService: hands over no group in the workspaces, and one in the cluster', async () => {
  const services = clusterScoped('apiregistration.k8s.io', 'apiservices', 'APIService');
  const spec = {
    group: 'absent.test',
    version: 'v1',
    groupPriorityMinimum: 100,
    versionPriority: 10,
    insecureSkipTLSVerify: true,
    service: { namespace: NAMESPACE, name: 'absent' },
  };
  await create(services, 'v1.absent.test', { spec });
  await arrives(services, 'v1.absent.test');
  const answer = async (server: KubeClient) => {
    const error = await server.request('GET', '/apis/absent.test/v1').catch((reason: unknown) => reason);
    return (error as { code?: number }).code;
  };
  await eventually(
    'the group to be handed over',
    () => answer(wec),
    (code) => code === 503,
  );
  for (const workspace of [wmw, mailbox]) {
    assert.is.not(await answer(workspace), 503);
    const { groups } = await workspace.request<{ groups: { name: string }[] }>('GET', '/apis');
    assert.not(groups.some(({ name }) => name === spec.group));
  }
  await remove(services, 'v1.absent.test');
});

test('FlowSchema and PriorityLevelConfiguration: take no request in the workspace, and some in the cluster', async () => {
  const flow = (plural: string, kind: string) => clusterScoped('flowcontrol.apiserver.k8s.io', plural, kind);
  const levels = flow('prioritylevelconfigurations', 'PriorityLevelConfiguration');
  const schemas = flow('flowschemas', 'FlowSchema');
  const limited = { nominalConcurrencyShares: 5, limitResponse: { type: 'Reject' } };
  await create(levels, 'slow', { spec: { type: 'Limited', limited } });
  const rule = {
    subjects: [{ kind: 'Group', group: { name: 'system:authenticated' } }],
    nonResourceRules: [{ verbs: ['get'], nonResourceURLs: ['/version'] }],
  };
  const spec = { priorityLevelConfiguration: { name: 'slow' }, matchingPrecedence: 2, rules: [rule] };
  await create(schemas, 'slow', { spec });
  const { uid = 'none' } = (await arrives(schemas, 'slow')).metadata;
  // The server tells in a header which FlowSchema a request fell under.
  const headers = async (kubeconfig: string) => {
    const args = `--kubeconfig ${kubeconfig} -v 8`;
    return (await home.sh(`kubectl ${args} --as=somebody --as-group=system:authenticated get --raw /version`))
      .stderr;
  };
  await eventually(
    'requests to fall under it',
    () => headers(home.wec('edge1')),
    (text) => text.includes(uid),
  );
  const source = await wmw.get(schemas, { name: 'slow' });
  const inWorkspace = await headers('$KUBECONFIG');
  assert.ok(source?.metadata.uid && !inWorkspace.includes(source.metadata.uid));
  await remove(schemas, 'slow');
  await remove(levels, 'slow');
});

test('ClusterRole and ClusterRoleBinding: permit nothing in the workspaces, and what they say in the cluster', async () => {
  const roles = twin(RBAC, 'clusterroles', 'ClusterRole');
  const bindings = twin(RBAC, 'clusterrolebindings', 'ClusterRoleBinding');
  await create(roles, 'reads-nodes', { rules: [{ apiGroups: [''], resources: ['nodes'], verbs: ['list'] }] });
  await create(bindings, 'reads-nodes', {
    roleRef: { apiGroup: RBAC, kind: 'ClusterRole', name: 'reads-nodes' },
    subjects: [{ apiGroup: RBAC, kind: 'User', name: 'mallory' }],
  });
  const may = (server: KubeClient) => isAllowed(server, 'mallory', { verb: 'list', resource: 'nodes' });
  await eventually('the right in the cluster', () => may(wec), Boolean);
  for (const workspace of [wmw, mailbox]) assert.not(await may(workspace));
  await remove(bindings, 'reads-nodes');
  await eventually(
    'the right to be gone',
    () => may(wec),
    (allowed) => !allowed,
  );
  await remove(roles, 'reads-nodes');
});

test('Role and RoleBinding: permit nothing in the workspaces, and what they say in the cluster', async () => {
  const roles = { ...twin(RBAC, 'roles', 'Role'), namespaced: true };
  const bindings = { ...twin(RBAC, 'rolebindings', 'RoleBinding'), namespaced: true };
  await create(roles, 'reads', { rules: [{ apiGroups: [''], resources: ['secrets'], verbs: ['get'] }] });
  await create(bindings, 'reads', {
    roleRef: { apiGroup: RBAC, kind: 'Role', name: 'reads' },
    subjects: [{ kind: 'ServiceAccount', name: 'app', namespace: NAMESPACE }],
  });
  const user = `system:serviceaccount:${NAMESPACE}:app`;
  const may = (server: KubeClient) =>
    isAllowed(server, user, { verb: 'get', resource: 'secrets', namespace: NAMESPACE });
  await eventually('the right in the cluster', () => may(wec), Boolean);
  for (const workspace of [wmw, mailbox]) assert.not(await may(workspace));
  await remove(bindings, 'reads');
  await remove(roles, 'reads');
});

test('a native ClusterRole and its binding act in their workspace and in the cluster, not in the mailbox workspace', async () => {
  const bindings: Resource = { ...CLUSTER_ROLES, plural: 'clusterrolebindings', kind: 'ClusterRoleBinding' };
  await create(CLUSTER_ROLES, 'own', { rules: [{ apiGroups: [''], resources: ['pods'], verbs: ['list'] }] });
  await create(bindings, 'own', {
    roleRef: { apiGroup: RBAC, kind: 'ClusterRole', name: 'own' },
    subjects: [{ apiGroup: RBAC, kind: 'User', name: 'trudy' }],
  });
  const may = (server: KubeClient) => isAllowed(server, 'trudy', { verb: 'list', resource: 'pods' });
  await eventually('the right in the cluster', () => may(wec), Boolean);
  await eventually('the right in the workspace', () => may(wmw), Boolean);
  assert.not(await may(mailbox));
  await remove(bindings, 'own');
  await remove(CLUSTER_ROLES, 'own');
});

for (const kind of ['ValidatingWebhookConfiguration', 'MutatingWebhookConfiguration']) {
  test(`${kind}: is not called in the workspaces, and is in the cluster`, async () => {
    const configurations = twin(ADMISSION, `${kind.toLowerCase()}s`, kind);
    const webhook = {
      name: 'nobody.answers.test',
      clientConfig: { url: 'https://127.0.0.1:9/' },
      rules: [MATCHING_CONFIG_MAPS],
      objectSelector: { matchLabels: { asked: kind } },
      failurePolicy: 'Fail',
      sideEffects: 'None',
      admissionReviewVersions: ['v1'],
      timeoutSeconds: 1,
    };
    await create(configurations, kind.toLowerCase(), { webhooks: [webhook] });
    await arrives(configurations, kind.toLowerCase());
    await refusedInClusterOnly({ asked: kind }, /failed calling webhook "nobody.answers.test"/);
    await remove(configurations, kind.toLowerCase());
  });
}

test('ValidatingAdmissionPolicy and its binding: refuse nothing in the workspaces, and in the cluster', async () => {
  const policies = twin(ADMISSION, 'validatingadmissionpolicies', 'ValidatingAdmissionPolicy');
  const bindings = twin(ADMISSION, 'validatingadmissionpolicybindings', 'ValidatingAdmissionPolicyBinding');
  await create(policies, 'never', {
    spec: {
      matchConstraints: {
        resourceRules: [MATCHING_CONFIG_MAPS],
        objectSelector: { matchLabels: { asked: 'policy' } },
      },
      validations: [{ expression: 'false', message: 'not here' }],
    },
  });
  await create(bindings, 'never', { spec: { policyName: 'never', validationActions: ['Deny'] } });
  await arrives(bindings, 'never');
  await refusedInClusterOnly({ asked: 'policy' }, /not here/);
  await remove(bindings, 'never');
  await remove(policies, 'never');
});

test('MutatingAdmissionPolicy and its binding: change nothing in the workspaces, and in the cluster', async () => {
  const policies = twin(ADMISSION, 'mutatingadmissionpolicies', 'MutatingAdmissionPolicy');
  const bindings = twin(ADMISSION, 'mutatingadmissionpolicybindings', 'MutatingAdmissionPolicyBinding');
  const expression = 'Object{metadata: Object.metadata{labels: {"changed": "yes"}}}';
  await create(policies, 'change', {
    spec: {
      matchConstraints: {
        resourceRules: [MATCHING_CONFIG_MAPS],
        objectSelector: { matchLabels: { asked: 'change' } },
      },
      reinvocationPolicy: 'Never',
      mutations: [{ patchType: 'ApplyConfiguration', applyConfiguration: { expression } }],
    },
  });
  await create(bindings, 'change', { spec: { policyName: 'change' } });
  await arrives(bindings, 'change');
  const changed = async (server: KubeClient) => {
    const tried = await server.create(CONFIG_MAPS, configMap({ asked: 'change' }), { ...USER, dryRun: true });
    return tried.metadata.labels?.changed;
  };
  await eventually(
    'the change in the cluster',
    () => changed(wec),
    (label) => label === 'yes',
  );
  for (const workspace of [wmw, mailbox]) assert.is(await changed(workspace), undefined);
  await remove(bindings, 'change');
  await remove(policies, 'change');
});

/** Without that no right at all would count in a workspace, whatever its objects say. */
async function letEverybodyEnter(workspace: KubeClient): Promise<void> {
  const bindings: Resource = { ...CLUSTER_ROLES, plural: 'clusterrolebindings', kind: 'ClusterRoleBinding' };
  const metadata = { name: 'everybody-enters' };
  const apiVersion = `${RBAC}/v1`;
  const role: KubeObject & { rules: unknown } = {
    apiVersion,
    kind: 'ClusterRole',
    metadata,
    rules: [{ nonResourceURLs: ['/'], verbs: ['access'] }],
  };
  const binding: KubeObject & Content = {
    apiVersion,
    kind: 'ClusterRoleBinding',
    metadata,
    roleRef: { apiGroup: RBAC, kind: 'ClusterRole', name: metadata.name },
    subjects: [{ apiGroup: RBAC, kind: 'Group', name: 'system:authenticated' }],
  };
  await workspace.apply(CLUSTER_ROLES, role, USER);
  await workspace.apply(bindings, binding, USER);
}

function core(plural: string, kind: string): Resource {
  return { group: '', version: 'v1', plural, kind, namespaced: true };
}

function clusterScoped(group: string, plural: string, kind: string): Resource {
  return { group, version: 'v1', plural, kind, namespaced: false };
}

function twin(group: string, plural: string, kind: string): Resource {
  return clusterScoped(twinGroupOf(group), plural, kind);
}

function refOf(resource: Resource, name: string) {
  return { name, namespace: resource.namespaced ? NAMESPACE : undefined };
}

async function create(
  resource: Resource,
  name: string,
  content: Content,
  annotations: { [key: string]: string } = {},
): Promise<void> {
  const { group, version, kind, namespaced } = resource;
  const object: KubeObject = {
    apiVersion: group ? `${group}/${version}` : version,
    kind,
    metadata: { name, labels: LABELS, annotations, ...(namespaced ? { namespace: NAMESPACE } : {}) },
    ...content,
  };
  await wmw.create(resource, object, USER);
}

/** Deletes an object in the workspace, and waits until the cluster is rid of it. */
async function remove(resource: Resource, name: string): Promise<void> {
  await wmw.delete(resource, refOf(resource, name));
  await eventually(
    `${resource.kind} ${name} to be gone`,
    () => wec.get(natural(resource), refOf(resource, name)),
    (object) => object === undefined,
  );
}

async function arrives(resource: Resource, name: string): Promise<Read> {
  const ask = () => wec.get(natural(resource), refOf(resource, name));
  const what = `${resource.kind} ${name} in the cluster`;
  return (await eventually(what, ask, (object) => object !== undefined)) as Read;
}

function natural(resource: Resource): Resource {
  return { ...resource, group: resource.group.replace(/\.denatured$/, '') };
}

/** Makes a Pod in the workspace. @returns what `look` finds in it there, and in its copy in the cluster */
async function podOnBoth(name: string, spec: Content, look: (pod: Read) => unknown): Promise<unknown[]> {
  const containers = [{ name: 'main', image: 'busybox:1' }];
  await create(PODS, name, { spec: { containers, ...spec } });
  const copy = await arrives(PODS, name);
  const source = (await wmw.get(PODS, refOf(PODS, name))) as Read;
  await remove(PODS, name);
  return [look(source), look(copy)];
}

function configMap(labels: { [key: string]: string }): KubeObject {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'tried', namespace: 'default', labels } };
}

async function refusedInClusterOnly(labels: { [key: string]: string }, message: RegExp): Promise<void> {
  const attempt = async (server: KubeClient) => {
    const tried = server.create(CONFIG_MAPS, configMap(labels), { ...USER, dryRun: true });
    return tried.then(
      () => 'accepted',
      (error: unknown) => String(error),
    );
  };
  await eventually(
    'the cluster to refuse',
    () => attempt(wec),
    (answer) => message.test(answer),
  );
  for (const workspace of [wmw, mailbox]) assert.is(await attempt(workspace), 'accepted');
}

async function refusal(server: KubeClient, resource: Resource, name: string): Promise<string | undefined> {
  const object: KubeObject = {
    apiVersion: 'v1',
    kind: resource.kind,
    metadata: { name, namespace: NAMESPACE },
  };
  try {
    await server.create(resource, object, { ...USER, dryRun: true });
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

async function isAllowed(server: KubeClient, user: string, resourceAttributes: object): Promise<boolean> {
  const body = {
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SubjectAccessReview',
    spec: { user, groups: ['system:authenticated'], resourceAttributes },
  };
  const path = '/apis/authorization.k8s.io/v1/subjectaccessreviews';
  const answer = await server.request<KubeObject<unknown, { allowed: boolean }>>('POST', path, { body });
  return answer.status?.allowed ?? false;
}

test.run();
