/** Where an EdgePlacement leads, and the mailbox workspaces (semantics 1 to 3; api 3.2, 3.6, 3.7). */
import {
  API_BINDINGS,
  type APIBinding,
  CONFIG_MAPS,
  EDGE_PLACEMENTS,
  LOCATIONS,
  type Location,
  MAILBOX_BINDING,
  SINGLE_PLACEMENT_SLICES,
  type SinglePlacementSlice,
  SYNC_TARGET_NAME,
  SYNC_TARGETS,
  WORKSPACES,
  type Workspace,
} from '@kubestellar/api';
import { clusterOf, KubeClient } from '@kubestellar/kube';
import { assert } from '@kubestellar/testing';
import { destination, location, syncTarget, USER } from '../core.ts';
import { eventually } from '../eventually.ts';
import {
  arrives,
  create,
  fresh,
  label,
  leadsTo,
  leaves,
  namespace,
  ONE,
  place,
  placementIs,
  problemsOf,
  read,
  settles,
} from '../objects.ts';
import { area } from './area.ts';

export const destinations = area();

destinations(
  'semantics 2.1a, 2.1b, 2.1c, 2.1d: Locations of any workspace count, paired with the SyncTargets beside them that their instanceSelectors select',
  async (core) => {
    const { root, wmw, shell } = core;
    const ring = fresh('imw');
    await shell(`kubectl ws create ${ring} --type universal >/dev/null
    kubectl kubestellar ensure location one ring=${ring} --imw root:${ring}`);
    const imw = root.workspace(`root:${ring}`);
    const idle = { unschedulable: true, evictAfter: '2020-01-01T00:00:00Z' };
    await imw.create(SYNC_TARGETS, syncTarget('two', { size: 'big' }, idle), USER);
    const big = { matchLabels: { size: 'big' } };
    for (const [name, selector] of [
      ['all', {}],
      ['big', big],
      ['tiny', { matchLabels: { size: 'tiny' } }],
      ['none', undefined],
    ] as const)
      await imw.create(LOCATIONS, location(name, { ring }, selector), USER);
    await imw.create(LOCATIONS, location('elsewhere', { ring: 'other' }, {}), USER);
    await place(wmw, ring, [], { locationSelectors: [{ matchLabels: { ring } }] });
    await leadsTo(wmw, ring, ['all one', 'all two', 'big two', 'one one']);
    await wmw.delete(EDGE_PLACEMENTS, { name: ring });
    await imw.delete(SYNC_TARGETS, { name: 'two' });
    await shell(`kubectl kubestellar remove location one --imw root:${ring}`);
  },
);

destinations(
  'semantics 2.2a, 2.2b; api 3.2a, 4i: a slice has the name of its EdgePlacement, is there without destinations, and goes with it',
  async (core) => {
    const { wmw, imw } = core;
    const name = fresh();
    const locationSelectors = [{ matchLabels: { nobody: name } }];
    await place(wmw, name, [], { locationSelectors });
    await leadsTo(wmw, name, []);
    const slice = await wmw.get<SinglePlacementSlice>(SINGLE_PLACEMENT_SLICES, { name });
    const { apiVersion, kind, metadata } = await placementIs(wmw, name, () => true);
    assert.is(slice?.metadata.labels?.['edge.kubestellar.io/source-placement'], name);
    assert.equal(slice?.metadata.ownerReferences, [{ apiVersion, kind, name, uid: metadata.uid }]);
    await place(wmw, name, [], { locationSelectors: ONE });
    await leadsTo(wmw, name, ['edge1 edge1']);
    const target = await imw.get(SYNC_TARGETS, { name: 'edge1' });
    assert.equal((await wmw.get<SinglePlacementSlice>(SINGLE_PLACEMENT_SLICES, { name }))?.destinations, [
      {
        cluster: target && clusterOf(target),
        locationName: 'edge1',
        syncTargetName: 'edge1',
        syncTargetUID: target?.metadata.uid,
      },
    ]);
    await wmw.delete(EDGE_PLACEMENTS, { name });
    await leaves(wmw, SINGLE_PLACEMENT_SLICES, name);
  },
);

destinations(
  'semantics 2.2c: a Location that comes to match gets the objects, one that ceases to loses them; its annotations matter to no slice',
  async (core) => {
    const { wmw, imw, edge1, edge2 } = core;
    const in_ = await namespace(wmw);
    await create(wmw, CONFIG_MAPS, 'moves', in_);
    await place(wmw, in_, [{ resources: ['configmaps'], namespaces: [in_] }], {
      locationSelectors: [{ matchLabels: { [in_]: 'yes' } }],
      removals: 'Immediate',
    });
    await label(imw, LOCATIONS, 'edge2', undefined, { [in_]: 'yes' });
    await arrives(edge2, CONFIG_MAPS, 'moves', in_);
    assert.is(await read(edge1, CONFIG_MAPS, 'moves', in_), undefined);
    const version = () => wmw.get(SINGLE_PLACEMENT_SLICES, { name: in_ }).then((slice) => slice?.metadata);
    const before = (await version())?.resourceVersion;
    await imw.mergePatch(
      LOCATIONS,
      { name: 'edge2' },
      { metadata: { annotations: { [in_]: 'note' } } },
      USER,
    );
    await settles(wmw, edge2, in_);
    assert.is((await version())?.resourceVersion, before);
    await label(imw, LOCATIONS, 'edge2', undefined, { [in_]: null });
    await leaves(edge2, CONFIG_MAPS, 'moves', in_);
  },
);

destinations(
  'semantics 2.2d; api 4h: selectors that can not be evaluated are told; what they may select stays, the others count',
  async (core) => {
    const { wmw, imw, edge1 } = core;
    const in_ = await namespace(wmw);
    const rings = (...locationSelectors: object[]) =>
      place(wmw, in_, [{ resources: ['configmaps'], namespaces: [in_] }], { locationSelectors });
    const [ring, like] = [{ ring: in_ }, { matchExpressions: [{ key: 'ring', operator: 'Like' }] }];
    await imw.create(LOCATIONS, location(`${in_}-good`, ring, { matchLabels: { id: 'edge1' } }), USER);
    await create(wmw, CONFIG_MAPS, 'stays', in_);
    await rings({ matchLabels: ring });
    await arrives(edge1, CONFIG_MAPS, 'stays', in_);
    await rings(like);
    const isTold = (text: RegExp) => (found: Parameters<typeof problemsOf>[0]) =>
      problemsOf(found).some((problem) => text.test(problem));
    const told = await placementIs(wmw, in_, isTold(/^spec\.locationSelectors\[0\]: .*Like/));
    const resolved = told.status?.conditions?.find(({ type }) => type === 'Resolved');
    assert.equal([resolved?.status, resolved?.reason], ['False', 'InvalidSelector']);
    await settles(wmw, edge1, in_);
    assert.ok(await read(edge1, CONFIG_MAPS, 'stays', in_));

    await imw.create(LOCATIONS, location(`${in_}-bad`, ring, like), USER);
    await rings({ matchLabels: ring });
    await placementIs(wmw, in_, isTold(new RegExp(`${in_}-bad.*Like`)));
    await leadsTo(wmw, in_, [`${in_}-good edge1`]);
    await imw.delete(LOCATIONS, { name: `${in_}-bad` });
    await placementIs(wmw, in_, (found) => problemsOf(found).length === 0);
    await imw.delete(LOCATIONS, { name: `${in_}-good` });
  },
);

destinations(
  'semantics 2.2e: a slice that somebody deletes or edits, as only the administrator of the server may, is put right at once',
  async ({ home, wmw }) => {
    const name = fresh();
    await place(wmw, name, []);
    await leadsTo(wmw, name, ['edge1 edge1']);
    const refusal = (request: Promise<unknown>) => request.then(String, String);
    const emptied = { destinations: [] };
    assert.match(
      await refusal(wmw.mergePatch(SINGLE_PLACEMENT_SLICES, { name }, emptied, USER)),
      /only the where-resolver writes SinglePlacementSlices/,
    );
    const kubeconfig = `${home.path}/admin.kubeconfig`;
    const everywhere = await KubeClient.fromKubeconfig({ kubeconfig, context: 'shard-base' });
    const there = new KubeClient(everywhere.connection, wmw.path);
    await there.mergePatch(SINGLE_PLACEMENT_SLICES, { name }, emptied, USER);
    await leadsTo(wmw, name, ['edge1 edge1']);
    await there.delete(SINGLE_PLACEMENT_SLICES, { name });
    await leadsTo(wmw, name, ['edge1 edge1']);
    await everywhere.connection.close();
  },
);

destinations(
  'semantics 2.3a; api 3.7c: two Locations with one SyncTarget are two destinations and one copy',
  async (core) => {
    const { wmw, imw, edge1 } = core;
    const in_ = await namespace(wmw);
    const names = ['a', 'b'].map((each) => `${in_}-${each}`);
    for (const name of names)
      await imw.create(LOCATIONS, location(name, { ring: in_ }, { matchLabels: { id: 'edge1' } }), USER);
    await create(wmw, CONFIG_MAPS, 'once', in_);
    await place(wmw, in_, [{ resources: ['configmaps'], namespaces: [in_] }], {
      locationSelectors: [{ matchLabels: { ring: in_ } }],
      wantSingletonReportedState: true,
      removals: 'Immediate',
    });
    await leadsTo(wmw, in_, [`${in_}-a edge1`, `${in_}-b edge1`]);
    await arrives(edge1, CONFIG_MAPS, 'once', in_);
    const count = (n: string) =>
      arrives(
        wmw,
        CONFIG_MAPS,
        'once',
        in_,
        ({ metadata }) => metadata.annotations?.['kubestellar.io/executing-count'] === n,
      );
    await count('2');
    await imw.delete(LOCATIONS, { name: `${in_}-a` });
    await count('1');
    await settles(wmw, edge1, in_);
    assert.ok(await read(edge1, CONFIG_MAPS, 'once', in_));
    await imw.delete(LOCATIONS, { name: `${in_}-b` });
    await leaves(edge1, CONFIG_MAPS, 'once', in_);
  },
);

destinations(
  'semantics 1a, 3a; api 1.1d, 4a: a SyncTarget gets a mailbox workspace below the ESPW, which names it and binds our API',
  async (core) => {
    const { espw } = core;
    const ring = await destination(core, fresh('ring'));
    const name = `${clusterOf(ring.target)}-mb-${ring.target.metadata.uid}`;
    const workspace = await espw.get<Workspace>(WORKSPACES, { name });
    assert.is(workspace?.metadata.annotations?.[SYNC_TARGET_NAME], ring.name);
    const { spec } = await boundIn(ring.mailbox);
    assert.equal(spec?.reference.export, { path: 'root:espw', name: 'edge.kubestellar.io' });
    await ring.end();
    await leaves(espw, WORKSPACES, name);
  },
);

destinations(
  'semantics 3c: a mailbox workspace, or its binding, that somebody deletes comes back',
  async (core) => {
    const { espw, wmw } = core;
    const [ring, in_] = [await destination(core, fresh('ring')), await namespace(wmw)];
    const name = `${clusterOf(ring.target)}-mb-${ring.target.metadata.uid}`;
    const binding = await boundIn(ring.mailbox);
    await ring.mailbox.delete(API_BINDINGS, { name: MAILBOX_BINDING });
    assert.is.not((await boundIn(ring.mailbox, binding.metadata.uid)).metadata.uid, binding.metadata.uid);
    await create(wmw, CONFIG_MAPS, 'again', in_);
    await place(wmw, in_, [{ resources: ['configmaps'], namespaces: [in_] }], {
      locationSelectors: [{ matchLabels: { ring: ring.name } }],
    });
    await arrives(ring.mailbox, CONFIG_MAPS, 'again', in_);
    const before = await espw.get<Workspace>(WORKSPACES, { name });
    await espw.delete(WORKSPACES, { name });
    await eventually(
      'another workspace of that name',
      () => espw.get<Workspace>(WORKSPACES, { name }),
      (found) => found?.status?.phase === 'Ready' && found.spec?.cluster !== before?.spec?.cluster,
      90,
    );
    await arrives(ring.mailbox, CONFIG_MAPS, 'again', in_);
    await ring.end();
  },
);

destinations(
  'api 3.6a: a Location must be of SyncTargets, its labels for people well-formed and each key once',
  async (core) => {
    const { imw } = core;
    const name = fresh('odd');
    const refusal = async (spec: object) => {
      const { resource } = (location(name, {}) as Location).spec ?? {};
      const odd = { ...location(name, {}), spec: { resource, ...spec } };
      return String(await imw.create(LOCATIONS, odd, { ...USER, dryRun: true }).catch(String));
    };
    assert.match(await refusal({ resource: { version: 'v2alpha1', resource: 'pods' } }), /Unsupported value/);
    assert.match(await refusal({ resource: undefined }), /spec\.resource: Required/);
    const labels = (...availableSelectorLabels: object[]) => refusal({ availableSelectorLabels });
    assert.match(await labels({ key: 'zone' }), /values: Required/);
    assert.match(await labels({ key: 'zone', values: [] }), /at least 1/);
    assert.match(await labels({ key: 'a b', values: ['c'] }), /should match/);
    assert.match(await labels({ key: 'a', values: ['b'] }, { key: 'a', values: ['c'] }), /Duplicate value/);
    assert.is(await labels({ key: 'zone', values: ['a', ''], description: 'text' }), '[object Object]');
  },
);

destinations('api 3.7a: a SyncTarget has the defaults of old, and its fields are checked', async (core) => {
  const { imw } = core;
  const name = fresh('odd');
  const create = (spec: object) =>
    imw.create(SYNC_TARGETS, syncTarget(name, {}, spec), { ...USER, dryRun: true });
  assert.equal((await create({})).spec, {
    unschedulable: false,
    supportedAPIExports: [{ export: 'kubernetes' }],
  });
  const supportedAPIExports = [{ export: 'x', path: 'root:compute' }];
  const made = await create({ unschedulable: true, cells: { a: 'b' }, supportedAPIExports });
  assert.equal(made.spec, { unschedulable: true, cells: { a: 'b' }, supportedAPIExports });
  const bad = create({ supportedAPIExports: [{ export: 'x', path: 'Root' }] });
  assert.match(String(await bad.catch(String)), /path/);
});

/** Waits until a mailbox workspace has bound our API, by another binding than `previous`. */
async function boundIn(mailbox: KubeClient, previous?: string): Promise<APIBinding> {
  const found = await eventually(
    'the binding in the mailbox workspace',
    () => mailbox.get<APIBinding>(API_BINDINGS, { name: MAILBOX_BINDING }),
    (binding) => binding?.status?.phase === 'Bound' && binding.metadata.uid !== previous,
    60,
  );
  return found as APIBinding;
}
