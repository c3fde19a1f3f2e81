import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { assert, suite } from '@kubestellar/testing';
import { nativeGroup } from '../denature.ts';
import type { ClusterRole, ClusterRoleBinding } from '../kubernetes.ts';
import type { WorkspaceManifests } from '../manifests.ts';
import { COMPUTE_EXPORTS, MAILBOX_EXPORTS } from '../names.ts';
import { buildComputeManifests } from './build.ts';
import { type CatalogEntry, COMPUTE_CATALOG } from './catalog.ts';
import { computeManifests } from './manifests.ts';

const test = suite('contents of root:compute');
const CLUSTER_SCOPED = /^(cluster-|apiregistration|admissionregistration|flowcontrol|node|scheduling)/;
const NAMESPACED_RBAC = ['roles', 'rolebindings'];
const SCALABLE = ['deployments', 'replicasets', 'statefulsets', 'replicationcontrollers'];

let directory = '';
let manifests: WorkspaceManifests;

test.before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'compute-'));
  await writeDocuments(directory);
  manifests = await buildComputeManifests(directory);
});
test.after(() => rm(directory, { recursive: true }));

test('every export name has an export, in the order of binding', () => {
  assert.equal(
    manifests.exports.map((entry) => entry.metadata.name),
    [...COMPUTE_EXPORTS, ...MAILBOX_EXPORTS],
  );
});

test('only the export that kcp once had has a permission policy', () => {
  const governed = manifests.exports.filter((entry) => entry.spec?.maximalPermissionPolicy);
  assert.equal(
    governed.map((entry) => entry.metadata.name),
    ['kubernetes'],
  );
});

test('no group that kcp serves itself is exported', () => {
  const native =
    /^(admissionregistration|apiextensions|authentication|authorization|certificates|coordination|events|rbac\.authorization)\.k8s\.io$/;
  for (const { spec } of manifests.schemas) assert.not.match(spec.group, native);
  // Not ResourceQuota, which is shadowed so that it limits nothing.
  const nativeCore = ['namespaces', 'configmaps', 'secrets', 'serviceaccounts', 'events'];
  const core = manifests.schemas.filter(({ spec }) => spec.group === '').map(({ spec }) => spec.names.plural);
  assert.equal(
    core.filter((plural) => nativeCore.includes(plural)),
    [],
  );
});

test('scope and subresources are those that Kubernetes serves', () => {
  for (const { spec } of manifests.schemas) {
    const scaled = SCALABLE.includes(spec.names.plural);
    assert.is('scale' in (spec.versions[0]?.subresources ?? {}), scaled, spec.names.plural);
  }
  const persistentVolumes = manifests.schemas.find(({ spec }) => spec.names.plural === 'persistentvolumes');
  assert.is(persistentVolumes?.spec.scope, 'Cluster');
});

test('users may bind the exports of namespaced kinds and no others', () => {
  const [bind, use] = manifests.rbac as ClusterRole[];
  const bindable = bind?.rules[0]?.resourceNames ?? [];
  assert.ok(bindable.includes('apps') && bindable.includes('kubernetes'));
  assert.equal(
    bindable.filter((name) => CLUSTER_SCOPED.test(name)),
    [],
  );
  const usable = use?.rules.flatMap((rule) => rule.resources ?? []) ?? [];
  assert.ok(usable.includes('deployments') && usable.includes('deployments/scale'));
  assert.not.ok(usable.includes('persistentvolumes'));
});

test('a bind check names users, the permission policy names those of bindings', () => {
  const bindings = manifests.rbac.filter((object): object is ClusterRoleBinding => 'subjects' in object);
  assert.equal(
    bindings.flatMap(({ subjects }) => subjects.map(({ name }) => name)),
    ['system:authenticated', 'apis.kcp.io:binding:system:authenticated'],
  );
});

test('generated manifests can be read back, and missing ones are explained', async () => {
  const file = join(directory, 'compute.json');
  await writeFile(file, JSON.stringify(manifests));
  assert.equal(await computeManifests(file), manifests);
  const error: unknown = await computeManifests(join(directory, 'missing.json')).catch(
    (reason: unknown) => reason,
  );
  assert.match(String(error), /npm run build/);
});

test('a directory without the documents is reported by its name', async () => {
  const error: unknown = await buildComputeManifests(join(directory, 'nowhere')).catch(
    (reason: unknown) => reason,
  );
  assert.match(String(error), /nowhere/);
});

/** Documents like those of Kubernetes that serve the kinds of the catalog, each with a spec only. */
async function writeDocuments(folder: string): Promise<void> {
  const entriesByFile = new Map<string, [boolean, CatalogEntry][]>();
  for (const [name, entries] of Object.entries(COMPUTE_CATALOG)) {
    for (const entry of entries) {
      const group = nativeGroup(entry.group);
      const stem = group === '' ? `api__${entry.version}` : `apis__${group}__${entry.version}`;
      const file = `${stem}_openapi.json`;
      const namespaced = group.startsWith('rbac')
        ? NAMESPACED_RBAC.includes(entry.plural)
        : !CLUSTER_SCOPED.test(name);
      entriesByFile.set(file, [...(entriesByFile.get(file) ?? []), [namespaced, { ...entry, group }]]);
    }
  }
  for (const [file, entries] of entriesByFile) {
    const paths = entries.flatMap(([namespaced, { plural }]) => {
      const item = namespaced ? `/x/namespaces/{namespace}/${plural}/{name}` : `/x/${plural}/{name}`;
      return SCALABLE.includes(plural) ? [item, `${item}/status`, `${item}/scale`] : [item];
    });
    const schemas = entries.map(([, { group, version, kind }]) => [
      `io.test.${kind}`,
      {
        type: 'object',
        properties: { spec: { type: 'object' } },
        'x-kubernetes-group-version-kind': [{ group, version, kind }],
      },
    ]);
    const document = {
      paths: Object.fromEntries(paths.map((path) => [path, {}])),
      components: { schemas: Object.fromEntries(schemas) },
    };
    await writeFile(join(folder, file), JSON.stringify(document));
  }
}

test.run();
