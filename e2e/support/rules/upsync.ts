/** Objects that are made in a cluster and come up into its mailbox workspace (semantics 10; syncer 5, 9). */
import { ADOPT, CONFIG_MAPS, type KubeObject, NAMESPACES, SECRETS, type UpsyncSet } from '@kubestellar/api';
import { ApiError, KubeClient } from '@kubestellar/kube';
import { assert } from '@kubestellar/testing';
import { type Core, USER } from '../core.ts';
import {
  annotate,
  arrives,
  carries,
  create,
  fresh,
  kind,
  leaves,
  namespace,
  place,
  read,
  settles,
  write,
} from '../objects.ts';
import { area } from './area.ts';

export const upsync = area();

const UPSYNCED = 'edge.kubestellar.io/upsynced';

upsync(
  'semantics 4.3h, 10a; syncer 2e, 5a, 5b; api 4d: a placement with nothing but an upsync set brings up what the cluster has and gets; copies follow their originals',
  async (core) => {
    const { edge1, mailboxes } = core;
    const in_ = await namespace(edge1);
    await create(edge1, CONFIG_MAPS, 'early', in_, { data: { from: 'early' } });
    await bringUp(core, in_, [{ namespaces: [in_], names: ['*'] }]);
    await create(edge1, CONFIG_MAPS, 'late', in_, { data: { from: 'late' } });
    for (const name of ['early', 'late']) {
      await carries(mailboxes.edge1, name, in_, name);
      const { metadata } = await arrives(mailboxes.edge1, CONFIG_MAPS, name, in_);
      assert.is(metadata.annotations?.[UPSYNCED], `ConfigMap/${in_}/${name}`);
    }
    await write(edge1, 'late', in_, 'changed');
    await carries(mailboxes.edge1, 'late', in_, 'changed');
    await edge1.delete(CONFIG_MAPS, { name: 'late', namespace: in_ });
    await leaves(mailboxes.edge1, CONFIG_MAPS, 'late', in_);
  },
);

upsync(
  'syncer 5c: an object of the mailbox workspace that did not come up from there is left alone',
  async (core) => {
    const { edge1, mailboxes } = core;
    const in_ = await namespace(edge1);
    await create(mailboxes.edge1, NAMESPACES, in_);
    await create(mailboxes.edge1, CONFIG_MAPS, 'taken', in_, { data: { from: 'mailbox' } });
    await create(edge1, CONFIG_MAPS, 'taken', in_, { data: { from: 'cluster' } });
    await create(edge1, CONFIG_MAPS, 'after', in_);
    await bringUp(core, in_, [{ namespaces: [in_], names: ['*'] }]);
    await arrives(mailboxes.edge1, CONFIG_MAPS, 'after', in_);
    assert.is((await read(mailboxes.edge1, CONFIG_MAPS, 'taken', in_))?.data?.from, 'mailbox');
    await edge1.delete(CONFIG_MAPS, { name: 'taken', namespace: in_ });
    await edge1.delete(CONFIG_MAPS, { name: 'after', namespace: in_ });
    await leaves(mailboxes.edge1, CONFIG_MAPS, 'after', in_);
    assert.ok(await read(mailboxes.edge1, CONFIG_MAPS, 'taken', in_));
  },
);

upsync('semantics 10c, 10d: without its set a copy stays, until its original goes', async (core) => {
  const { edge1, mailboxes } = core;
  const in_ = await namespace(edge1);
  for (const name of ['kept', 'dropped']) await create(edge1, CONFIG_MAPS, name, in_);
  await bringUp(core, in_, [{ namespaces: [in_], names: ['*'] }]);
  for (const name of ['kept', 'dropped']) await arrives(mailboxes.edge1, CONFIG_MAPS, name, in_);
  await bringUp(core, in_, [{ namespaces: [in_], names: ['kept'] }]);
  await write(edge1, 'kept', in_, 'later');
  await carries(mailboxes.edge1, 'kept', in_, 'later');
  assert.ok(await read(mailboxes.edge1, CONFIG_MAPS, 'dropped', in_));
  await edge1.delete(CONFIG_MAPS, { name: 'dropped', namespace: in_ });
  await leaves(mailboxes.edge1, CONFIG_MAPS, 'dropped', in_);
});

upsync(
  'api 2b; syncer 5d: namespaces may be *; objects without a namespace need only a name',
  async (core) => {
    const { wmw, edge1, mailboxes } = core;
    const name = fresh('wanted');
    const [a, b] = [await namespace(edge1), await namespace(edge1)];
    const [things, galaxies] = [await kind([wmw, edge1]), await kind([wmw, edge1], false)];
    for (const in_ of [a, b]) {
      await create(edge1, CONFIG_MAPS, name, in_);
      await create(edge1, things, 'any', in_);
    }
    await create(edge1, galaxies, name);
    await create(edge1, galaxies, 'unnamed');
    await definitionsGoDown(core, name, [things, galaxies]);
    await bringUp(core, name, [
      { namespaces: ['*'], names: [name] },
      { apiGroup: things.group, resources: ['*'], namespaces: [b], names: ['*'] },
      { apiGroup: galaxies.group, resources: [galaxies.plural], names: [name] },
    ]);
    for (const in_ of [a, b]) await arrives(mailboxes.edge1, CONFIG_MAPS, name, in_);
    await arrives(mailboxes.edge1, things, 'any', b);
    await arrives(mailboxes.edge1, galaxies, name);
    assert.is(await read(mailboxes.edge1, things, 'any', a), undefined);
    assert.is(await read(mailboxes.edge1, galaxies, 'unnamed'), undefined);
  },
);

upsync(
  'semantics 10b; syncer 5e: an object of a kind that the mailbox workspace comes to serve arrives whole, with its status',
  async (core) => {
    const { wmw, edge1, mailboxes } = core;
    const in_ = await namespace(edge1);
    const things = await kind([wmw, edge1]);
    await create(edge1, things, 'report', in_, { spec: { size: 1 } });
    const ref = { name: 'report', namespace: in_ };
    const report = (phase: string) =>
      edge1.mergePatch(things, ref, { status: { phase } }, { ...USER, subresource: 'status' });
    await report('good');
    await bringUp(core, in_, [
      { apiGroup: things.group, resources: [things.plural], namespaces: [in_], names: ['*'] },
    ]);
    await definitionsGoDown(core, `${in_}-definition`, [things]);
    const phaseIs = (phase: string) => (object: KubeObject) =>
      (object.status as { phase?: string } | undefined)?.phase === phase;
    const copy = await arrives(mailboxes.edge1, things, 'report', in_, phaseIs('good'));
    assert.equal(copy.spec, { size: 1 });
    await report('better');
    await arrives(mailboxes.edge1, things, 'report', in_, phaseIs('better'));
  },
);

upsync('syncer 5f: what came down does not go up, and what came up does not go down', async (core) => {
  const { wmw, edge1, mailboxes } = core;
  const in_ = await namespace(wmw);
  await create(wmw, CONFIG_MAPS, 'down', in_);
  await place(wmw, in_, [{ resources: ['configmaps'], namespaces: [in_] }]);
  await arrives(edge1, CONFIG_MAPS, 'down', in_);
  await place(core.other, in_, [], { upsync: [configMaps({ namespaces: [in_], names: ['*'] })] });
  await create(edge1, CONFIG_MAPS, 'up', in_);
  await arrives(mailboxes.edge1, CONFIG_MAPS, 'up', in_);
  const copy = await read(mailboxes.edge1, CONFIG_MAPS, 'down', in_);
  assert.is(copy?.metadata.annotations?.[UPSYNCED], undefined);
  const original = await read(edge1, CONFIG_MAPS, 'up', in_);
  assert.is(original?.metadata.annotations?.['edge.kubestellar.io/downsynced'], undefined);
});

upsync(
  'syncer 5c; semantics 6.2d: what came up and has a source from now on is the copy of its source, and is not written in turn',
  async (core) => {
    const { wmw, edge1, mailboxes } = core;
    const in_ = await namespace(wmw);
    await create(edge1, NAMESPACES, in_);
    await create(edge1, CONFIG_MAPS, 'both', in_, { data: { from: 'cluster' } });
    await place(core.other, in_, [], { upsync: [configMaps({ namespaces: [in_], names: ['*'] })] });
    await carries(mailboxes.edge1, 'both', in_, 'cluster');
    await create(wmw, CONFIG_MAPS, 'both', in_, { data: { from: 'workspace' } });
    await place(wmw, in_, [{ resources: ['configmaps'], namespaces: [in_] }]);
    await carries(mailboxes.edge1, 'both', in_, 'workspace');
    await settles(wmw, edge1, in_);
    assert.is((await read(edge1, CONFIG_MAPS, 'both', in_))?.data?.from, 'cluster');
    const settled = await read(mailboxes.edge1, CONFIG_MAPS, 'both', in_);
    await annotate(wmw, 'both', in_, { [ADOPT]: 'true' });
    await carries(edge1, 'both', in_, 'workspace');
    const copy = await read(mailboxes.edge1, CONFIG_MAPS, 'both', in_);
    assert.is(copy?.metadata.uid, settled?.metadata.uid);
    assert.is(copy?.data?.from, 'workspace');
  },
);

upsync(
  'syncer 9a: the identity of the syncer may write what upsync sets name, and nothing else',
  async ({ home, mailboxes }) => {
    const syncer = await KubeClient.fromKubeconfig({
      kubeconfig: `${home.path}/wecs/edge2/syncer-mailbox.kubeconfig`,
    });
    const mailbox = syncer.workspace(mailboxes.edge2.workspaceName);
    const refused = await create(mailbox, SECRETS, 'x', 'default').catch((error: unknown) => error);
    await syncer.connection.close();
    assert.instance(refused, ApiError);
    assert.is((refused as ApiError).code, 403);
  },
);

function configMaps(set: Partial<UpsyncSet>): UpsyncSet {
  return { apiGroup: '', resources: ['configmaps'], ...set };
}

/** Makes an EdgePlacement with nothing but upsync sets, of ConfigMaps unless they say otherwise. */
async function bringUp({ wmw }: Core, name: string, sets: readonly Partial<UpsyncSet>[]): Promise<void> {
  await place(wmw, name, [], { upsync: sets.map(configMaps) });
}

/** Places the CRDs, so that the mailbox workspace serves the kinds. */
async function definitionsGoDown(
  { wmw }: Core,
  name: string,
  kinds: readonly { plural: string; group: string }[],
): Promise<void> {
  const objectNames = kinds.map(({ plural, group }) => `${plural}.${group}`);
  await place(wmw, `${name}-definitions`, [{ apiGroup: 'apiextensions.k8s.io', objectNames }]);
}
