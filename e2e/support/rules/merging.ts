/** Several EdgePlacements, and several sources, of one copy (semantics 5). */
import {
  CONFIG_MAPS,
  EDGE_PLACEMENTS,
  NAMESPACES,
  SYNCER_CONFIGS,
  type SyncerConfig,
} from '@kubestellar/api';
import type { KubeClient } from '@kubestellar/kube';
import { assert } from '@kubestellar/testing';
import { eventually } from '../eventually.ts';
import { arrives, carries, create, leaves, namespace, place, read, settles, write } from '../objects.ts';
import { events } from '../semantics/summary-support.ts';
import { area } from './area.ts';

export const merging = area();

merging('semantics 5.1a: of two placements that overlap the end of one changes nothing', async (core) => {
  const { wmw, edge1 } = core;
  const in_ = await namespace(wmw);
  await create(wmw, CONFIG_MAPS, 'shared', in_);
  for (const name of ['first', 'second'])
    await place(wmw, `${in_}-${name}`, [{ resources: ['configmaps'], namespaces: [in_] }]);
  const { uid } = (await arrives(edge1, CONFIG_MAPS, 'shared', in_)).metadata;
  await wmw.delete(EDGE_PLACEMENTS, { name: `${in_}-first` });
  await settles(wmw, edge1, in_);
  assert.is((await read(edge1, CONFIG_MAPS, 'shared', in_))?.metadata.uid, uid);
  await wmw.delete(EDGE_PLACEMENTS, { name: `${in_}-second` });
  await leaves(edge1, CONFIG_MAPS, 'shared', in_);
});

merging(
  'semantics 5.1c, 6.5d: the upsync sets of all workspaces come together, each once, and go at once',
  async (core) => {
    const { wmw, other, mailboxes } = core;
    const in_ = await namespace(wmw);
    const set = (name: string) => ({
      apiGroup: '',
      resources: ['configmaps'],
      namespaces: [in_],
      names: [name],
    });
    const inConfig = (counts: readonly number[]) =>
      eventually(
        `the upsync sets ${counts}`,
        async () => {
          const config = await mailboxes.edge1.get<SyncerConfig>(SYNCER_CONFIGS, { name: 'the-one' });
          const texts = (config?.spec?.upsync ?? []).map((each) => JSON.stringify(each));
          return ['both', 'one'].map(
            (name) =>
              texts.filter((text) => text.includes(in_) && text.includes(JSON.stringify([name]))).length,
          );
        },
        (found) => `${found}` === `${counts}`,
      );
    await place(wmw, in_, [], { upsync: [set('both')] });
    await place(other, in_, [], { upsync: [set('one'), set('both')] });
    await inConfig([1, 1]);
    await place(other, in_, [], { upsync: [set('both')] });
    await inConfig([1, 0]);
    await wmw.delete(EDGE_PLACEMENTS, { name: in_ });
    await place(other, in_, [], { upsync: [set('both'), set('one')] });
    await inConfig([1, 1]);
    await other.delete(EDGE_PLACEMENTS, { name: in_ });
    await inConfig([0, 0]);
  },
);

merging(
  'semantics 5.2a, 5.2b: of the same object in two workspaces the one written last counts, and the one that is left',
  async (core) => {
    const { wmw, other, edge1 } = core;
    const in_ = await inBoth(wmw, other);
    await create(wmw, CONFIG_MAPS, 'rival', in_, { data: { from: 'first' } });
    await carries(edge1, 'rival', in_, 'first');
    const { uid } = (await arrives(edge1, CONFIG_MAPS, 'rival', in_)).metadata;
    await create(other, CONFIG_MAPS, 'rival', in_, { data: { from: 'other' } });
    await carries(edge1, 'rival', in_, 'other');
    await write(wmw, 'rival', in_, 'first again');
    await carries(edge1, 'rival', in_, 'first again');
    await wmw.delete(CONFIG_MAPS, { name: 'rival', namespace: in_ });
    await carries(edge1, 'rival', in_, 'other');
    assert.is((await read(edge1, CONFIG_MAPS, 'rival', in_))?.metadata.uid, uid, 'it stays the same object');
    await other.delete(EDGE_PLACEMENTS, { name: in_ });
    await leaves(edge1, CONFIG_MAPS, 'rival', in_);
  },
);

merging(
  'semantics 5.2c: labels, annotations and data of all sources come together; where they disagree, Events tell',
  async (core) => {
    const { wmw, other, edge1 } = core;
    const in_ = await inBoth(wmw, other);
    const ours = { labels: { by: 'wmw', ours: '1' }, annotations: { ours: '1' } };
    const theirs = { labels: { by: 'other', theirs: '1' } };
    await create(wmw, CONFIG_MAPS, 'shared', in_, { data: { from: 'wmw', same: 'x', ours: '1' } }, ours);
    await create(other, CONFIG_MAPS, 'shared', in_, { data: { from: 'other', same: 'x' } }, theirs);
    const data = { from: 'other', same: 'x', ours: '1' };
    const copy = await arrives(edge1, CONFIG_MAPS, 'shared', in_, (found) => found.data?.from === 'other');
    assert.equal(Object.entries(copy.data ?? {}).sort(), Object.entries(data).sort());
    const { by, ours: own, theirs: its } = copy.metadata.labels ?? {};
    assert.equal([by, own, its, copy.metadata.annotations?.ours], ['other', '1', '1', '1']);
    const about = { kind: 'ConfigMap', name: 'shared' };
    const isTold = (all: { reason: string; message: string }[]) =>
      all.some(({ reason, message }) => reason === 'Conflict' && message.includes('data.from counts'));
    const told = await events(wmw, in_, about, isTold);
    assert.equal(
      told.map(({ count }) => count),
      [1],
    );
    assert.equal(await events(other, in_, about, () => true), [], 'what counts is not told');
    await other.delete(CONFIG_MAPS, { name: 'shared', namespace: in_ });
    await carries(edge1, 'shared', in_, 'wmw');
    assert.is((await read(edge1, CONFIG_MAPS, 'shared', in_))?.metadata.labels?.theirs, undefined);
  },
);

/** Makes a Namespace in two workspaces, and places its ConfigMaps from both. @returns its name */
async function inBoth(wmw: KubeClient, other: KubeClient): Promise<string> {
  const in_ = await namespace(wmw);
  await create(other, NAMESPACES, in_);
  for (const each of [wmw, other]) await place(each, in_, [{ resources: ['configmaps'], namespaces: [in_] }]);
  return in_;
}
