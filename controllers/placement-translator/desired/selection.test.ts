import type { DownsyncObjectTest, EdgePlacementSpec, KubeObject, Resource } from '@kubestellar/api';
import { CLUSTER_ROLES, CONFIG_MAPS, DEPLOYMENTS, NAMESPACES, SECRETS } from '@kubestellar/api';
import { assert, suite } from '@kubestellar/testing';
import { mayConcern, selects } from './selection.ts';

const test = suite('selection of objects by EdgePlacements (spec semantics 4.3)');

const namespaceLabels = (name: string) => (name === 'ns1' ? { tier: 'gold' } : undefined);

function object(resource: Resource, name: string, more: Partial<KubeObject['metadata']> = {}): KubeObject {
  const apiVersion = resource.group ? `${resource.group}/${resource.version}` : resource.version;
  return { apiVersion, kind: resource.kind, metadata: { name, ...more } };
}

const configMap = object(CONFIG_MAPS, 'cm1', { namespace: 'ns1', labels: { app: 'web' } });
const namespace = object(NAMESPACES, 'ns1', { labels: { tier: 'gold' } });

function selected(
  downsync: Partial<DownsyncObjectTest>,
  what = configMap,
  resource: Resource = CONFIG_MAPS,
): boolean {
  return selects(
    { downsync: [{ apiGroup: '', ...downsync }] } as EdgePlacementSpec,
    resource,
    what,
    namespaceLabels,
  );
}

test('a test that names only the group takes everything of the group', () => {
  assert.ok(selected({}));
  assert.not(selected({ apiGroup: 'apps' }));
});

test('every criterion must hold, and * allows everything', () => {
  assert.ok(selected({ resources: ['configmaps'], namespaces: ['ns1'], objectNames: ['cm1'] }));
  assert.ok(selected({ resources: ['*'], namespaces: ['*'], objectNames: ['*'] }));
  assert.not(selected({ resources: ['secrets'] }));
  assert.not(selected({ namespaces: ['ns2'] }));
  assert.not(selected({ objectNames: ['cm2'] }));
});

test('one of several label selectors suffices, and an invalid one matches nothing', () => {
  const invalid = { matchExpressions: [{ key: 'app', operator: 'Near', values: ['web'] }] };
  assert.ok(selected({ labelSelectors: [{ matchLabels: { app: 'db' } }, { matchLabels: { app: 'web' } }] }));
  assert.ok(
    selected({ labelSelectors: [invalid, { matchLabels: { app: 'web' } }] } as Partial<DownsyncObjectTest>),
  );
  assert.not(selected({ labelSelectors: [invalid] } as Partial<DownsyncObjectTest>));
});

test('namespaceSelectors look at the labels of the Namespace object, and an unknown one does not match', () => {
  const gold = [{ matchLabels: { tier: 'gold' } }];
  assert.ok(selected({ namespaceSelectors: gold }));
  assert.not(selected({ namespaceSelectors: gold }, object(CONFIG_MAPS, 'cm1', { namespace: 'unknown' })));
});

test('a cluster-scoped object passes namespaces only by * and namespaceSelectors only by the empty one', () => {
  assert.ok(selected({ namespaces: ['*'] }, namespace, NAMESPACES));
  assert.not(selected({ namespaces: ['ns1'] }, namespace, NAMESPACES));
  assert.ok(selected({ namespaceSelectors: [{}] }, namespace, NAMESPACES));
  assert.not(selected({ namespaceSelectors: [{ matchLabels: { tier: 'gold' } }] }, namespace, NAMESPACES));
  assert.ok(selected({ labelSelectors: [{ matchLabels: { tier: 'gold' } }] }, namespace, NAMESPACES));
});

test('what matches an upsync set is not downsynced, by name as well as by *', () => {
  const spec = (names: string[], namespaces = ['ns1']): EdgePlacementSpec => ({
    downsync: [{ apiGroup: '' }],
    upsync: [{ apiGroup: '', resources: ['configmaps'], namespaces, names }],
  });
  assert.not(selects(spec(['cm1']), CONFIG_MAPS, configMap, namespaceLabels));
  assert.not(selects(spec(['*']), CONFIG_MAPS, configMap, namespaceLabels));
  assert.ok(selects(spec(['other']), CONFIG_MAPS, configMap, namespaceLabels));
  assert.ok(selects(spec(['cm1'], ['ns2']), CONFIG_MAPS, configMap, namespaceLabels));
  assert.ok(selects(spec(['cm1'], []), CONFIG_MAPS, configMap, namespaceLabels));
});

test('objects that each cluster makes for itself, and objects being deleted, are never selected', () => {
  const token = {
    ...object(SECRETS, 't', { namespace: 'ns1' }),
    type: 'kubernetes.io/service-account-token',
  };
  assert.not(selected({}, token, SECRETS));
  assert.not(selected({}, object(CONFIG_MAPS, 'kube-root-ca.crt', { namespace: 'ns1' })));
  assert.not(selected({}, { ...configMap, metadata: { ...configMap.metadata, deletionTimestamp: 'now' } }));
});

test('only resources that some test names are worth a watch', () => {
  const spec: EdgePlacementSpec = { downsync: [{ apiGroup: 'apps', resources: ['deployments'] }] };
  assert.ok(mayConcern(spec, DEPLOYMENTS));
  assert.not(mayConcern(spec, CONFIG_MAPS));
  assert.not(mayConcern({ downsync: [{ apiGroup: '' }] }, { ...CONFIG_MAPS, plural: 'events' }));
});

test('a twin is selected, and kept from going down, by the group that it stands for', () => {
  const rbac = 'rbac.authorization.k8s.io';
  const twins: Resource = { ...CLUSTER_ROLES, group: `${rbac}.denatured` };
  const role = object(twins, 'reader');
  assert.ok(selected({ apiGroup: rbac, resources: ['clusterroles'] }, role, twins));
  assert.not(selected({ apiGroup: twins.group }, role, twins));
  const downsync = [{ apiGroup: rbac }];
  assert.ok(mayConcern({ downsync }, twins));
  const upsync = [{ apiGroup: rbac, resources: ['clusterroles'], names: ['reader'] }];
  assert.not(selects({ downsync, upsync }, twins, role, namespaceLabels));
});

test.run();
