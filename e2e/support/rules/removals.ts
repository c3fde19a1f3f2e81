/** What no user has asked to remove, and what is protected (docs/rules.md, "Removals that await approval"). */
import { setTimeout as sleep } from 'node:timers/promises';
import {
  CONFIG_MAPS,
  CUSTOM_RESOURCE_DEFINITIONS,
  EDGE_PLACEMENTS,
  type EdgePlacement,
  type EdgePlacementSpec,
  EVENTS,
  groupResourceOf,
  type KubeObject,
  LOCATIONS,
  NAMESPACES,
  ORIGIN,
  type Resource,
  SERVICES,
} from '@kubestellar/api';
import type { KubeClient } from '@kubestellar/kube';
import { assert } from '@kubestellar/testing';
import { type Core, USER } from '../core.ts';
import { eventually } from '../eventually.ts';
import { crdOf } from '../kinds.ts';
import {
  annotate,
  arrives,
  create,
  define,
  fresh,
  kind,
  label,
  leaves,
  namespace,
  ONE,
  place,
  placementIs,
  read,
  settles,
} from '../objects.ts';
import { area } from './area.ts';

export const removals = area();

const COUNT = 60;
const MINUTE = 60_000;
const PROTECT = 'edge.kubestellar.io/protect';
const DELETION_POLICY = 'edge.kubestellar.io/deletion-policy';
const names = Array.from({ length: COUNT }, (_, n) => `o${n}`);

type Event = KubeObject & { involvedObject: { name: string }; reason: string; message: string };

const conditionOf = ({ status }: EdgePlacement, type = 'Applied') =>
  status?.conditions?.find((condition) => condition.type === type);

/** Waits until so many removals of an EdgePlacement await approval. */
function awaits(workspace: KubeClient, name: string, count: number): Promise<EdgePlacement> {
  return placementIs(
    workspace,
    name,
    (placement) =>
      placement.status?.removals?.count === count &&
      conditionOf(placement)?.reason === 'RemovalsAwaitApproval',
  );
}

/** Waits until an EdgePlacement's objects are applied, as its current generation wants them. */
function isApplied(workspace: KubeClient, name: string): Promise<EdgePlacement> {
  return placementIs(workspace, name, (placement) => {
    const { status, observedGeneration } = conditionOf(placement) ?? {};
    return (
      status === 'True' && observedGeneration === placement.metadata.generation && !placement.status?.removals
    );
  });
}

async function countIn(server: KubeClient, resource: Resource, in_: string): Promise<number> {
  const all = await server.list(resource, { namespace: in_ });
  return all.filter(({ metadata }) => /^o\d+$/.test(metadata.name)).length;
}

const countIs = (server: KubeClient, resource: Resource, in_: string, count: number) =>
  eventually(
    `${count} ${resource.plural} in ${in_}`,
    () => countIn(server, resource, in_),
    (found) => found === count,
    60,
  );

/** Looks for a minute whether all objects stay. */
async function stay(server: KubeClient, those: readonly Pick<Case, 'name' | 'resource'>[]): Promise<void> {
  for (const end = Date.now() + MINUTE; Date.now() < end; await sleep(1000))
    for (const { name, resource } of those) assert.is(await countIn(server, resource, name), COUNT, name);
}

interface Case {
  workspace: KubeClient;
  /** Of the Namespace and of the EdgePlacement. */
  name: string;
  resource: Resource;
  mistake(): Promise<unknown>;
  undo(): Promise<unknown>;
}

/** Places 60 objects of a Namespace of their own; the Namespace, the objects and the Location are chosen by labels. */
async function placed(
  { edge1 }: Core,
  workspace: KubeClient,
  options: { resource?: Resource; content?: object; spec?: Partial<EdgePlacementSpec> } = {},
): Promise<Omit<Case, 'mistake' | 'undo'>> {
  const { resource = CONFIG_MAPS, content = {}, spec = {} } = options;
  const labels = { pick: fresh('pick') };
  const name = await namespace(workspace, labels);
  for (const each of names) await create(workspace, resource, each, name, { ...content }, { labels });
  const matching = [{ matchLabels: labels }];
  const test = {
    apiGroup: resource.group,
    resources: [resource.plural],
    namespaceSelectors: matching,
    labelSelectors: matching,
  };
  await place(workspace, name, [test], spec);
  await countIs(edge1, resource, name, COUNT);
  await isApplied(workspace, name);
  return { workspace, name, resource };
}

/** The UIDs of the objects of a case, so that one that was deleted and made anew is seen. */
async function uidsIn(server: KubeClient, { resource, name }: Pick<Case, 'name' | 'resource'>) {
  const all = await server.list(resource, { namespace: name });
  return all.map(({ metadata }) => `${metadata.name} ${metadata.uid}`).sort();
}

/** Whether a copy is kept whatever it was made of: what its syncer has been told when its source was made anew. */
const namesNoSource = ({ metadata }: KubeObject) => metadata.annotations?.[ORIGIN]?.endsWith('/') === true;

/** Brings a kind that was deleted back, and its objects. */
async function makeAnew(
  workspace: KubeClient,
  { resource, name }: Pick<Case, 'name' | 'resource'>,
): Promise<void> {
  const { labels = {} } = (await read(workspace, NAMESPACES, name))?.metadata ?? {};
  await define(workspace, crdOf(resource), resource);
  for (const each of names)
    await create(workspace, resource, each, name, {}, { labels: { pick: labels.pick ?? '' } });
}

async function mistakes(core: Core): Promise<Case[]> {
  const { wmw, imw } = core;
  const typo = await placed(core, wmw);
  const selectors = (locationSelectors: object[]) =>
    wmw.mergePatch(EDGE_PLACEMENTS, { name: typo.name }, { spec: { locationSelectors } }, USER);
  const ring = fresh('ring');
  await label(imw, LOCATIONS, 'edge1', undefined, { [ring]: 'yes' });
  const located = await placed(core, wmw, {
    spec: { locationSelectors: [{ matchLabels: { [ring]: 'yes' } }] },
  });
  const inNamespace = await placed(core, wmw);
  const { labels = {} } = (await wmw.get(NAMESPACES, { name: inNamespace.name }))?.metadata ?? {};
  const labelled = await placed(core, wmw);
  const own = (await read(wmw, CONFIG_MAPS, 'o0', labelled.name))?.metadata.labels ?? {};
  const relabel = async (pick: string | undefined) => {
    for (const each of names) await label(wmw, CONFIG_MAPS, each, labelled.name, { pick: pick ?? '' });
  };
  return [
    {
      ...typo,
      mistake: () => selectors([{ matchLabels: { env: 'dmeo' } }]),
      undo: () => selectors(ONE),
    },
    {
      ...located,
      mistake: () => label(imw, LOCATIONS, 'edge1', undefined, { [ring]: 'yse' }),
      undo: () => label(imw, LOCATIONS, 'edge1', undefined, { [ring]: 'yes' }),
    },
    {
      ...inNamespace,
      mistake: () => label(wmw, NAMESPACES, inNamespace.name, undefined, { pick: 'pikc' }),
      undo: () => label(wmw, NAMESPACES, inNamespace.name, undefined, { pick: labels.pick ?? '' }),
    },
    { ...labelled, mistake: () => relabel('other'), undo: () => relabel(own.pick) },
  ];
}

removals(
  'semantics 6.4d: a mistyped selector, and labels of a Location, a Namespace and objects, remove nothing; the count is reported; undoing releases, approving proceeds',
  async (core) => {
    const { wmw, edge1, shell } = core;
    const cases = await mistakes(core);
    const events = async (name: string) =>
      (await wmw.list<Event>(EVENTS)).filter(
        ({ involvedObject, reason }) => involvedObject.name === name && reason === 'RemovalsAwaitApproval',
      );
    await Promise.all(
      cases.map(async ({ name, mistake }) => {
        await mistake();
        const placement = await awaits(wmw, name, COUNT);
        assert.match(
          conditionOf(placement)?.message ?? '',
          new RegExp(`^${COUNT} removal.*approve edgeplacement/${name}`),
        );
        await eventually(
          `an Event about ${name} with the count`,
          () => events(name),
          (found) => found.some(({ message }) => message.startsWith(`${COUNT} removal`)),
          60,
        );
      }),
    );
    const status = await shell('kubectl kubestellar status');
    for (const { name } of cases) assert.match(status, new RegExp(`${name} .*${COUNT} removal`));
    await stay(edge1, cases);
    const [first, ...others] = cases;
    assert.ok(first);
    await shell(
      `kubectl ws ${wmw.workspaceName} >/dev/null && kubectl kubestellar approve edgeplacement/${first.name}`,
    );
    await countIs(edge1, CONFIG_MAPS, first.name, 0);
    await isApplied(wmw, first.name);
    await Promise.all(
      others.map(async ({ name, undo }) => {
        await undo();
        await isApplied(wmw, name);
        assert.is(await countIn(edge1, CONFIG_MAPS, name), COUNT, name);
        // A change arrives: they are kept as before.
        await annotate(wmw, 'o7', name, { changed: 'yes' });
        await arrives(
          edge1,
          CONFIG_MAPS,
          'o7',
          name,
          ({ metadata }) => metadata.annotations?.changed === 'yes',
        );
        await wmw.delete(EDGE_PLACEMENTS, { name });
        await countIs(edge1, CONFIG_MAPS, name, 0);
      }),
    );
  },
);

removals(
  'semantics 6.4e: what ends with its APIBinding or its CRD stays, is reported, leaves when that is approved, and is the same when it is made anew',
  async (core) => {
    const { root, wmw, edge1, shell } = core;
    const own = fresh('bound');
    await shell(`kubectl kubestellar ensure wmw ${own}`);
    const workspace = root.workspace(`root:${own}`);
    const services = await placed(core, workspace, {
      resource: SERVICES,
      content: { spec: { type: 'ExternalName', externalName: 'elsewhere.test' } },
    });
    const things = await placed(core, wmw, { resource: await kind([wmw]) });
    const undone = await placed(core, wmw, { resource: await kind([wmw]) });
    const uids = await uidsIn(edge1, undone);
    const said = await shell(`kubectl kubestellar ensure wmw ${own} --with-kube false 2>&1`);
    assert.match(said, new RegExp(`kubectl kubestellar approve edgeplacement/${services.name}`));
    for (const { resource } of [things, undone])
      await wmw.delete(CUSTOM_RESOURCE_DEFINITIONS, { name: groupResourceOf(resource) });
    for (const { workspace: where, name } of [services, things, undone]) await awaits(where, name, COUNT);
    await stay(edge1, [services, things, undone]);
    await makeAnew(wmw, undone);
    await isApplied(wmw, undone.name);
    for (const each of names) await arrives(edge1, undone.resource, each, undone.name, namesNoSource);
    assert.equal(await uidsIn(edge1, undone), uids);
    for (const { workspace: where, name } of [services, things])
      await shell(
        `kubectl ws ${where.workspaceName} >/dev/null && kubectl kubestellar approve edgeplacement/${name}`,
      );
    await countIs(edge1, SERVICES, services.name, 0);
    await leaves(edge1, CUSTOM_RESOURCE_DEFINITIONS, groupResourceOf(things.resource));
    await shell(`kubectl ws root >/dev/null && kubectl kubestellar remove wmw ${own}`);
  },
);

removals(
  'semantics 6.4f: what a user deletes leaves at once, also while others await approval',
  async (core) => {
    const { wmw, edge1 } = core;
    const { name } = await placed(core, wmw);
    await wmw.mergePatch(EDGE_PLACEMENTS, { name }, { spec: { locationSelectors: [] } }, USER);
    await awaits(wmw, name, COUNT);
    for (const each of names.slice(0, 20)) await wmw.delete(CONFIG_MAPS, { name: each, namespace: name });
    await countIs(edge1, CONFIG_MAPS, name, COUNT - 20);
    await awaits(wmw, name, COUNT - 20);
    await wmw.delete(EDGE_PLACEMENTS, { name });
    await countIs(edge1, CONFIG_MAPS, name, 0);
    const direct = await placed(core, wmw);
    const begin = Date.now();
    await wmw.delete(NAMESPACES, { name: direct.name });
    await countIs(edge1, CONFIG_MAPS, direct.name, 0);
    assert.ok(Date.now() - begin < 30_000, 'the deletion of a Namespace waits for nothing');
  },
);

removals('semantics 6.4f: spec.removals Immediate removes at once', async (core) => {
  const { wmw, edge1 } = core;
  const { name } = await placed(core, wmw, { spec: { removals: 'Immediate' } });
  await wmw.mergePatch(EDGE_PLACEMENTS, { name }, { spec: { locationSelectors: [] } }, USER);
  await countIs(edge1, CONFIG_MAPS, name, 0);
});

removals(
  'semantics 6.4g: a protected object stays although it is deleted, until that is approved or it is protected no more',
  async (core) => {
    const { wmw, edge1, shell } = core;
    const in_ = await namespace(wmw);
    for (const each of ['kept', 'free'])
      await create(
        wmw,
        CONFIG_MAPS,
        each,
        in_,
        {},
        { annotations: { [PROTECT]: each === 'kept' ? 'true' : 'false' } },
      );
    await place(wmw, in_, [{ resources: ['configmaps'], namespaces: [in_] }]);
    for (const each of ['kept', 'free']) await arrives(edge1, CONFIG_MAPS, each, in_);
    const before = await read(edge1, CONFIG_MAPS, 'kept', in_);
    for (const each of ['kept', 'free']) await wmw.delete(CONFIG_MAPS, { name: each, namespace: in_ });
    await leaves(edge1, CONFIG_MAPS, 'free', in_);
    await awaits(wmw, in_, 1);
    await settles(wmw, edge1, in_);
    assert.ok(await read(edge1, CONFIG_MAPS, 'kept', in_));
    await create(wmw, CONFIG_MAPS, 'kept', in_, {}, { annotations: { [PROTECT]: 'true' } });
    await isApplied(wmw, in_);
    const kept = await arrives(edge1, CONFIG_MAPS, 'kept', in_, namesNoSource);
    assert.is(kept.metadata.uid, before?.metadata.uid);
    await wmw.delete(CONFIG_MAPS, { name: 'kept', namespace: in_ });
    await awaits(wmw, in_, 1);
    await shell(
      `kubectl ws ${wmw.workspaceName} >/dev/null && kubectl kubestellar approve edgeplacement/${in_}`,
    );
    await leaves(edge1, CONFIG_MAPS, 'kept', in_);
    await create(wmw, CONFIG_MAPS, 'kept', in_, {}, { annotations: { [PROTECT]: 'true' } });
    await arrives(edge1, CONFIG_MAPS, 'kept', in_);
    await annotate(wmw, 'kept', in_, { [PROTECT]: null });
    await arrives(edge1, CONFIG_MAPS, 'kept', in_, ({ metadata }) => !metadata.annotations?.[PROTECT]);
    await wmw.delete(EDGE_PLACEMENTS, { name: in_ });
    await leaves(edge1, CONFIG_MAPS, 'kept', in_);
  },
);

removals(
  'semantics 6.4h: deletionPolicy Orphan leaves objects in the cluster without our marks, and the annotation of an object takes precedence',
  async (core) => {
    const { wmw, edge1 } = core;
    const in_ = await namespace(wmw);
    const policies = { stays: undefined, leaves: 'Delete', deleted: undefined };
    for (const [each, policy] of Object.entries(policies))
      await create(
        wmw,
        CONFIG_MAPS,
        each,
        in_,
        {},
        policy ? { annotations: { [DELETION_POLICY]: policy } } : {},
      );
    await place(wmw, in_, [{ resources: ['configmaps'], namespaces: [in_] }], { deletionPolicy: 'Orphan' });
    for (const each of ['stays', 'deleted'])
      await arrives(
        edge1,
        CONFIG_MAPS,
        each,
        in_,
        ({ metadata }) => metadata.annotations?.[DELETION_POLICY] === 'Orphan',
      );
    await arrives(edge1, CONFIG_MAPS, 'leaves', in_);
    await wmw.delete(CONFIG_MAPS, { name: 'deleted', namespace: in_ });
    await wmw.delete(EDGE_PLACEMENTS, { name: in_ });
    await leaves(edge1, CONFIG_MAPS, 'leaves', in_);
    for (const each of ['stays', 'deleted']) {
      const left = await arrives(
        edge1,
        CONFIG_MAPS,
        each,
        in_,
        ({ metadata }) =>
          !JSON.stringify([metadata.labels, metadata.annotations]).includes('edge.kubestellar.io'),
      );
      assert.not(left.metadata.managedFields?.some(({ manager }) => manager === 'kubestellar-syncer'));
      await edge1.delete(CONFIG_MAPS, { name: each, namespace: in_ });
    }
  },
);
