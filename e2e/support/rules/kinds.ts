/** Which kinds go where, and in which version (semantics 4.1, 4.4, 4.5, 7.2; syncer 6). */
import {
  API_BINDINGS,
  CONFIG_MAPS,
  CUSTOM_RESOURCE_DEFINITIONS,
  DEPLOYMENTS,
  type KubeObject,
  type Resource,
  SECRETS,
  SERVICE_ACCOUNTS,
  SYNCER_CONFIGS,
  type SyncerConfig,
} from '@kubestellar/api';
import { assert } from '@kubestellar/testing';
import { USER } from '../core.ts';
import { crdOf } from '../kinds.ts';
import { arrives, create, define, kind, label, leaves, namespace, place, read, settles } from '../objects.ts';
import { podTemplate } from '../semantics/summary-support.ts';
import { area } from './area.ts';

export const kinds = area();

const COUNT = 'kubestellar.io/executing-count';
const definitionOf = ({ plural, group }: Resource) => `${plural}.${group}`;

kinds(
  'semantics 4.1c, 4.5b, 7.1c: the mailbox workspace binds the export of a bound kind, the cluster gets no binding',
  async (core) => {
    const { wmw, edge1, mailboxes } = core;
    const in_ = await namespace(wmw);
    const template = podTemplate(in_);
    const spec = { replicas: 1, selector: { matchLabels: template.metadata.labels }, template };
    await create(wmw, DEPLOYMENTS, 'app', in_, { spec });
    await place(wmw, in_, [{ apiGroup: 'apps', resources: ['deployments'], namespaces: [in_] }]);
    await arrives(edge1, DEPLOYMENTS, 'app', in_);
    const binding = await arrives(mailboxes.edge1, API_BINDINGS, 'bind-kubernetes');
    assert.is(binding.metadata.labels?.['edge.kubestellar.io/projected'], 'yes');
    const config = await mailboxes.edge1.get<SyncerConfig>(SYNCER_CONFIGS, { name: 'the-one' });
    const named = (config?.spec?.clusterScope ?? []).map(({ resource }) => resource);
    assert.not(named.includes('apibindings'));
    assert.is(await read(edge1, API_BINDINGS, 'bind-kubernetes'), undefined);
  },
);

kinds(
  'semantics 4.5a, 7.1b: the definition of a selected kind goes along, without return; it goes with the last object',
  async (core) => {
    const { wmw, edge1, mailboxes } = core;
    const [things, in_] = [await kind([wmw]), await namespace(wmw)];
    await create(wmw, things, 'one', in_, { spec: { size: 1 } });
    await place(wmw, in_, [{ apiGroup: things.group, namespaces: [in_] }], {
      wantSingletonReportedState: true,
    });
    await arrives(edge1, things, 'one', in_);
    for (const server of [edge1, mailboxes.edge1])
      await arrives(server, CUSTOM_RESOURCE_DEFINITIONS, definitionOf(things));
    await arrives(wmw, things, 'one', in_, ({ metadata }) => metadata.annotations?.[COUNT] === '1');
    const definition = await read(wmw, CUSTOM_RESOURCE_DEFINITIONS, definitionOf(things));
    assert.is(definition?.metadata.annotations?.[COUNT], undefined);
    await wmw.delete(things, { name: 'one', namespace: in_ });
    for (const server of [edge1, mailboxes.edge1])
      await leaves(server, CUSTOM_RESOURCE_DEFINITIONS, definitionOf(things));
    assert.ok(await read(wmw, CUSTOM_RESOURCE_DEFINITIONS, definitionOf(things)));
  },
);

kinds('semantics 4.5d: when a kind vanishes, its objects leave the clusters', async (core) => {
  const { wmw, edge1 } = core;
  const [things, in_] = [await kind([wmw]), await namespace(wmw)];
  await create(wmw, things, 'one', in_);
  await create(wmw, CONFIG_MAPS, 'stays', in_);
  await place(wmw, in_, [
    { apiGroup: things.group, namespaces: [in_] },
    { resources: ['configmaps'], namespaces: [in_] },
  ]);
  await arrives(edge1, things, 'one', in_);
  await wmw.delete(CUSTOM_RESOURCE_DEFINITIONS, { name: definitionOf(things) });
  await leaves(edge1, things, 'one', in_);
  await leaves(edge1, CUSTOM_RESOURCE_DEFINITIONS, definitionOf(things));
  assert.ok(await read(edge1, CONFIG_MAPS, 'stays', in_));
});

kinds(
  'semantics 4.4a; syncer 6a: an object is written in the version of its workspace, whatever the cluster prefers',
  async (core) => {
    const { wmw, edge1 } = core;
    const [things, in_] = [await kind([wmw]), await namespace(wmw)];
    await define(edge1, withVersions(crdOf(things), ['v1', 'v2']), { ...things, version: 'v2' });
    await create(wmw, things, 'one', in_, { spec: { size: 1 } });
    await place(wmw, in_, [{ apiGroup: things.group, namespaces: [in_] }]);
    const copy = await arrives(edge1, { ...things, version: 'v2' }, 'one', in_);
    assert.equal(copy.spec, { size: 1 });
    const ours = copy.metadata.managedFields?.find(({ manager }) => manager === 'kubestellar-syncer');
    assert.is(ours?.apiVersion, `${things.group}/v1`);
    await wmw.mergePatch(things, { name: 'one', namespace: in_ }, { spec: { size: 2 } }, USER);
    await arrives(edge1, things, 'one', in_, ({ spec }) => (spec as { size: number }).size === 2);
  },
);

kinds(
  'semantics 4.4b: objects of workspaces that serve different versions of a kind go to one cluster',
  async (core) => {
    const { wmw, other, edge1 } = core;
    const [things, in_] = [await kind([wmw]), await namespace(wmw)];
    await define(other, withVersions(crdOf(things), ['v1', 'v2']), { ...things, version: 'v2' });
    await namespaceIn(other, in_);
    await create(wmw, things, 'older', in_, { spec: { size: 1 } });
    await create(other, { ...things, version: 'v2' }, 'newer', in_, { spec: { size: 2 } });
    for (const workspace of [wmw, other])
      await place(workspace, in_, [{ apiGroup: things.group, namespaces: [in_] }]);
    assert.equal((await arrives(edge1, things, 'older', in_)).spec, { size: 1 });
    assert.equal((await arrives(edge1, things, 'newer', in_)).spec, { size: 2 });
  },
);

kinds(
  'semantics 4.4a: a workspace that serves another version from now on takes its objects along',
  async (core) => {
    const { wmw, edge1 } = core;
    const [things, in_] = [await kind([wmw]), await namespace(wmw)];
    await create(wmw, things, 'one', in_, { spec: { size: 1 } });
    await place(wmw, in_, [{ apiGroup: things.group, namespaces: [in_] }]);
    await arrives(edge1, things, 'one', in_);
    const { spec } = withVersions(crdOf(things), ['v1', 'v2']) as { spec: object };
    await wmw.mergePatch(CUSTOM_RESOURCE_DEFINITIONS, { name: definitionOf(things) }, { spec }, USER);
    await arrives(edge1, { ...things, version: 'v2' }, 'one', in_);
    await create(wmw, things, 'two', in_, { spec: { size: 2 } });
    assert.equal((await arrives(edge1, { ...things, version: 'v2' }, 'two', in_)).spec, { size: 2 });
    assert.equal((await read(edge1, things, 'one', in_))?.spec, { size: 1 });
  },
);

kinds('semantics 7.2a: a ServiceAccount makes no token Secrets on its way', async (core) => {
  const { wmw, edge1, mailboxes } = core;
  const in_ = await namespace(wmw);
  await create(wmw, SERVICE_ACCOUNTS, 'app', in_, { secrets: [{ name: 'mine' }] });
  await place(wmw, in_, [{ resources: ['serviceaccounts', 'configmaps'], namespaces: [in_] }]);
  await arrives(edge1, SERVICE_ACCOUNTS, 'app', in_);
  for (const round of ['1', '2', '3']) {
    await label(wmw, SERVICE_ACCOUNTS, 'app', in_, { round });
    await arrives(edge1, SERVICE_ACCOUNTS, 'app', in_, ({ metadata }) => metadata.labels?.round === round);
  }
  await settles(wmw, edge1, in_);
  for (const server of [wmw, mailboxes.edge1, edge1]) {
    const secrets = await server.list<KubeObject & { type?: string }>(SECRETS, { namespace: in_ });
    assert.equal(secrets, []);
  }
  for (const server of [mailboxes.edge1, edge1])
    assert.is((await read(server, SERVICE_ACCOUNTS, 'app', in_))?.secrets, undefined);
});

async function namespaceIn(workspace: Parameters<typeof create>[0], name: string): Promise<void> {
  await workspace.create(
    { group: '', version: 'v1', plural: 'namespaces', kind: 'Namespace', namespaced: false },
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name } },
    USER,
  );
}

/** The CRD with these versions, all of one schema, the last one stored. */
function withVersions(definition: KubeObject, names: readonly string[]): KubeObject {
  const spec = definition.spec as { versions: { name: string; storage: boolean }[] };
  const versions = names.flatMap((name, n) =>
    spec.versions.map((version) => ({ ...version, name, storage: n === names.length - 1 })),
  );
  return { ...definition, spec: { ...spec, versions } };
}
