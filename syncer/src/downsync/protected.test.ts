import type { Unstructured } from '@kubestellar/api';
import { assert, suite } from '@kubestellar/testing';
import { namespaceOfUser, type Self, whyNotAdoptable, whyUntouchable } from './protected.ts';

const test = suite('what no placement may take over in a cluster');

const ID = 'kubestellar-syncer-a-1';
const POD: Self = {
  user: `system:serviceaccount:${ID}:${ID}`,
  groups: ['system:serviceaccounts', `system:serviceaccounts:${ID}`, 'system:authenticated'],
  namespace: ID,
};
const OUTSIDE: Self = {
  user: 'admin',
  groups: ['system:masters', 'system:authenticated'],
  namespace: undefined,
};
const RBAC = 'rbac.authorization.k8s.io/v1';

function object(
  apiVersion: string,
  kind: string,
  name: string,
  more: Partial<Unstructured['metadata']> = {},
  content: object = {},
): Unstructured {
  return { apiVersion, kind, metadata: { name, ...more }, ...content };
}

const bindingOf = (subject: object) => object(RBAC, 'ClusterRoleBinding', 'x', {}, { subjects: [subject] });
const inNamespace = (namespace: string, kind = 'Secret', name = 'x') =>
  object('v1', kind, name, { namespace });

const ownedByCore = {
  namespace: 'anywhere',
  ownerReferences: [
    { apiVersion: 'operator.kubestellar.io/v1alpha1', kind: 'KubeStellar', name: 'kubestellar', uid: 'u' },
  ],
};

const NOT_ADOPTABLE: [string, Unstructured][] = [
  ['a Secret in kube-system', inNamespace('kube-system')],
  ['a ConfigMap in kube-public', inNamespace('kube-public', 'ConfigMap')],
  ['something in another kube- Namespace', inNamespace('kube-flannel')],
  ['the Namespace kube-system', object('v1', 'Namespace', 'kube-system')],
  ['the Namespace kube-node-lease', object('v1', 'Namespace', 'kube-node-lease')],
  ["a Secret in the syncer's own Namespace", inNamespace(ID)],
  ['a Secret of another syncer', inNamespace('kubestellar-syncer-b-2')],
  ['the Namespace of another syncer', object('v1', 'Namespace', 'kubestellar-syncer-b-2')],
  ["the syncer's ClusterRole", object(RBAC, 'ClusterRole', ID)],
  ["another syncer's ClusterRoleBinding", object(RBAC, 'ClusterRoleBinding', 'kubestellar-syncer-b-2')],
  [
    'a binding of the syncer under another name',
    bindingOf({ kind: 'ServiceAccount', namespace: ID, name: ID }),
  ],
  ["a binding of the syncer's Namespace", bindingOf({ kind: 'Group', name: `system:serviceaccounts:${ID}` })],
  ['cluster-admin', object(RBAC, 'ClusterRole', 'cluster-admin', bootstrapping())],
  ['the binding of cluster-admin', object(RBAC, 'ClusterRoleBinding', 'cluster-admin', bootstrapping())],
  ['a system: role', object(RBAC, 'ClusterRole', 'system:node')],
  ['a priority of the system', object('scheduling.k8s.io/v1', 'PriorityClass', 'system-node-critical')],
  [
    'an API of the server itself',
    object('apiregistration.k8s.io/v1', 'APIService', 'v1.apps', {
      labels: { 'kube-aggregator.kubernetes.io/automanaged': 'onstart' },
    }),
  ],
  [
    'a flow of the server itself',
    object('flowcontrol.apiserver.k8s.io/v1', 'FlowSchema', 'exempt', {
      annotations: { 'apf.kubernetes.io/autoupdate-spec': 'true' },
    }),
  ],
  ['the range of Service addresses', object('networking.k8s.io/v1', 'ServiceCIDR', 'kubernetes')],
  [
    'the address of a Service',
    object('networking.k8s.io/v1', 'IPAddress', '10.0.0.1', {
      labels: { 'ipaddress.kubernetes.io/managed-by': 'ipallocator.k8s.io' },
    }),
  ],
  ['the Service of the API server', inNamespace('default', 'Service', 'kubernetes')],
  ['its Endpoints', inNamespace('default', 'Endpoints', 'kubernetes')],
  [
    'its EndpointSlice',
    object('discovery.k8s.io/v1', 'EndpointSlice', 'kubernetes', { namespace: 'default' }),
  ],
  ['kube-root-ca.crt', inNamespace('mine', 'ConfigMap', 'kube-root-ca.crt')],
  ['the ServiceAccount default', inNamespace('mine', 'ServiceAccount', 'default')],
  [
    'the token of a ServiceAccount',
    object('v1', 'Secret', 't', { namespace: 'mine' }, { type: 'kubernetes.io/service-account-token' }),
  ],
  ['a Secret of a core', object('v1', 'Secret', 'ca', ownedByCore)],
  [
    'a StatefulSet of a core',
    object('apps/v1', 'StatefulSet', 'core', {
      namespace: 'anywhere',
      labels: { 'app.kubernetes.io/managed-by': 'kubestellar-operator' },
    }),
  ],
  ['a core', object('operator.kubestellar.io/v1alpha1', 'KubeStellar', 'core', { namespace: 'anywhere' })],
];

for (const [what, live] of NOT_ADOPTABLE)
  test(`${what} is not adopted`, () => {
    assert.ok(whyNotAdoptable(live, POD));
  });

test('what belongs to people may be adopted', () => {
  const theirs = [
    inNamespace('mine'),
    inNamespace('kubernetes-dashboard'),
    inNamespace('default', 'Service', 'web'),
    object('networking.k8s.io/v1', 'ServiceCIDR', 'more'),
    inNamespace('mine', 'Service', 'kubernetes'),
    object('v1', 'Namespace', 'mine'),
    object(RBAC, 'ClusterRole', 'mine'),
    bindingOf({ kind: 'ServiceAccount', namespace: 'mine', name: ID }),
    bindingOf({ kind: 'Group', name: 'system:authenticated' }),
    object('scheduling.k8s.io/v1', 'PriorityClass', 'high'),
    object('apiextensions.k8s.io/v1', 'CustomResourceDefinition', 'things.example.com'),
  ];
  for (const live of theirs) assert.is(whyNotAdoptable(live, POD), undefined, live.metadata.name);
});

test('an administrator by whose rights the syncer runs keeps them', () => {
  assert.ok(whyNotAdoptable(bindingOf({ kind: 'User', name: 'admin' }), OUTSIDE));
  assert.is(whyNotAdoptable(bindingOf({ kind: 'User', name: 'other' }), OUTSIDE), undefined);
});

test("only the syncer's own Namespace and rights are not even written", () => {
  const own = [
    inNamespace(ID),
    inNamespace(ID, 'ServiceAccount', 'new'),
    object(RBAC, 'RoleBinding', 'new', { namespace: ID }),
    object('v1', 'Namespace', ID),
    object(RBAC, 'ClusterRole', ID),
    object(RBAC, 'ClusterRoleBinding', ID),
  ];
  for (const each of own) {
    assert.ok(whyUntouchable(each, POD), `${each.kind} ${each.metadata.name}`);
    assert.is(whyUntouchable(each, OUTSIDE), undefined);
  }
  for (const each of [inNamespace('kube-system'), inNamespace('kubestellar-syncer-b-2')])
    assert.is(whyUntouchable(each, POD), undefined);
});

test('the Namespace of a ServiceAccount is that in the name of its user', () => {
  assert.is(namespaceOfUser(POD.user), ID);
  assert.is(namespaceOfUser('system:serviceaccount:a'), undefined);
  assert.is(namespaceOfUser('someone system:serviceaccount:a:b'), undefined);
  assert.is(namespaceOfUser(undefined), undefined);
});

test.run();

function bootstrapping() {
  return { labels: { 'kubernetes.io/bootstrapping': 'rbac-defaults' } };
}
