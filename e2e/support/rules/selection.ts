/** What an EdgePlacement selects (semantics 4.3; api 2, 3.1). */
import {
  CLUSTER_ROLES,
  CONFIG_MAPS,
  type DownsyncObjectTest,
  EDGE_PLACEMENTS,
  type KubeObject,
  NAMESPACES,
  SECRETS,
} from '@kubestellar/api';
import { assert } from '@kubestellar/testing';
import { destination, USER } from '../core.ts';
import {
  arrives,
  BOTH,
  create,
  fresh,
  label,
  leadsTo,
  leaves,
  namespace,
  ONE,
  place,
  placementIs,
  read,
} from '../objects.ts';
import { area } from './area.ts';

export const selection = area();

selection('semantics 4.3a: an object is selected if all criteria of some test hold', async (core) => {
  const { wmw, edge1 } = core;
  const [a, b] = [await namespace(wmw), await namespace(wmw)];
  for (const [name, in_, labels] of [
    ['by-name', a, {}],
    ['by-label', a, { pick: 'me' }],
    ['by-label', b, { pick: 'me' }],
    ['neither', a, {}],
    ['by-name', b, {}],
  ] as const)
    await create(wmw, CONFIG_MAPS, name, in_, {}, { labels });
  await place(wmw, a, [
    { resources: ['configmaps'], namespaces: [a], objectNames: ['by-name'] },
    { resources: ['configmaps'], namespaces: [b], labelSelectors: [{ matchLabels: { pick: 'me' } }] },
    { resources: ['secrets'], namespaces: [a] },
  ]);
  await arrives(edge1, CONFIG_MAPS, 'by-name', a);
  await arrives(edge1, CONFIG_MAPS, 'by-label', b);
  for (const [name, in_] of [
    ['by-label', a],
    ['neither', a],
    ['by-name', b],
  ] as const)
    assert.is(await read(edge1, CONFIG_MAPS, name, in_), undefined, `${name} in ${in_}`);
});

selection(
  'semantics 4.3b, 4.3c: a Namespace is selected by tests of Namespaces, and by its own labels',
  async (core) => {
    const { wmw, edge1 } = core;
    const part = fresh();
    const labels = { part, pick: 'me' };
    const [picked, other, named] = [
      await namespace(wmw, labels),
      await namespace(wmw, { part }),
      await namespace(wmw, labels),
    ];
    await create(wmw, CONFIG_MAPS, 'content', picked);
    await create(wmw, CONFIG_MAPS, 'marker', named);
    await place(wmw, part, [
      { resources: ['namespaces'], labelSelectors: [{ matchLabels: labels }] },
      { resources: ['namespaces'], objectNames: [other], namespaces: [other] },
      { resources: ['namespaces'], objectNames: [other], namespaceSelectors: [{ matchLabels: { part } }] },
      { resources: ['configmaps'], namespaces: [named] },
    ]);
    assert.is((await arrives(edge1, NAMESPACES, picked)).metadata.labels?.part, part);
    await arrives(edge1, CONFIG_MAPS, 'marker', named);
    assert.is(await read(edge1, NAMESPACES, other), undefined, 'a Namespace is in no Namespace');
    assert.is(await read(edge1, CONFIG_MAPS, 'content', picked), undefined, 'its contents are not selected');
  },
);

selection('semantics 4.3c, 6.3a: contents come with a bare Namespace, which outlives them', async (core) => {
  const { wmw, edge1 } = core;
  const bare = await namespace(wmw, { owner: 'me' });
  await create(wmw, CONFIG_MAPS, 'taken', bare);
  await place(wmw, bare, [{ resources: ['configmaps'], namespaces: [bare] }]);
  await arrives(edge1, CONFIG_MAPS, 'taken', bare);
  assert.is((await arrives(edge1, NAMESPACES, bare)).metadata.labels?.owner, undefined);
  await wmw.delete(EDGE_PLACEMENTS, { name: bare });
  await leaves(edge1, CONFIG_MAPS, 'taken', bare);
  assert.ok(await read(edge1, NAMESPACES, bare));
});

selection(
  'semantics 4.3d: a label selector that can not be evaluated matches nothing; others do',
  async (core) => {
    const { wmw, edge1 } = core;
    const in_ = await namespace(wmw);
    for (const name of ['valid', 'invalid'])
      await create(wmw, CONFIG_MAPS, name, in_, {}, { labels: { pick: name } });
    const unknown = { matchExpressions: [{ key: 'pick', operator: 'Like', values: ['invalid'] }] };
    await place(wmw, in_, [
      { resources: ['configmaps'], namespaces: [in_], labelSelectors: [unknown] },
      {
        resources: ['configmaps'],
        namespaces: [in_],
        labelSelectors: [unknown, { matchLabels: { pick: 'valid' } }],
      },
    ]);
    await arrives(edge1, CONFIG_MAPS, 'valid', in_);
    assert.is(await read(edge1, CONFIG_MAPS, 'invalid', in_), undefined);
  },
);

selection(
  'semantics 4.3e, api 2b: what an upsync set names does not go down; empty lists name nothing',
  async (core) => {
    const { wmw, edge1 } = core;
    const in_ = await namespace(wmw);
    for (const name of ['down', 'up']) await create(wmw, CONFIG_MAPS, name, in_);
    const set = { apiGroup: '', resources: ['configmaps'] };
    const nothing = [
      { ...set, resources: [], namespaces: ['*'], names: ['*'] },
      { ...set, namespaces: [in_] },
      { ...set, names: ['*'] },
      { ...set, apiGroup: 'apps', namespaces: ['*'], names: ['*'] },
    ];
    const upsync = [...nothing, { ...set, namespaces: [in_], names: ['up'] }];
    const down = [{ resources: ['configmaps'], namespaces: [in_] }];
    await place(wmw, in_, down, { upsync });
    await arrives(edge1, CONFIG_MAPS, 'down', in_);
    assert.is(await read(edge1, CONFIG_MAPS, 'up', in_), undefined);
    await place(wmw, in_, down, { upsync: nothing });
    await arrives(edge1, CONFIG_MAPS, 'up', in_);
    await place(wmw, in_, down, { upsync: [{ ...set, resources: ['*'], namespaces: ['*'], names: ['*'] }] });
    for (const name of ['down', 'up']) await leaves(edge1, CONFIG_MAPS, name, in_);
  },
);

selection(
  'semantics 4.3f, 4.3g: when the labels of a Namespace change, what is in it is looked at again',
  async (core) => {
    const { wmw, edge1 } = core;
    const in_ = await namespace(wmw);
    await create(wmw, CONFIG_MAPS, 'inside', in_);
    const matchLabels = { tier: in_ };
    await place(wmw, in_, [{ resources: ['configmaps'], namespaceSelectors: [{ matchLabels }] }]);
    await label(wmw, NAMESPACES, in_, undefined, matchLabels);
    await arrives(edge1, CONFIG_MAPS, 'inside', in_);
    await label(wmw, NAMESPACES, in_, undefined, { tier: 'tin' });
    await leaves(edge1, CONFIG_MAPS, 'inside', in_);
  },
);

selection('semantics 4.3i: the end of an EdgePlacement withdraws all that it has placed', async (core) => {
  const { wmw, edge1, mailboxes } = core;
  const in_ = await namespace(wmw);
  for (const name of ['first', 'second']) await create(wmw, CONFIG_MAPS, name, in_);
  await place(wmw, in_, [{ resources: ['configmaps'], namespaces: [in_] }]);
  for (const name of ['first', 'second']) await arrives(edge1, CONFIG_MAPS, name, in_);
  await wmw.delete(EDGE_PLACEMENTS, { name: in_ });
  for (const server of [edge1, mailboxes.edge1])
    for (const name of ['first', 'second']) await leaves(server, CONFIG_MAPS, name, in_);
  assert.ok(await read(wmw, CONFIG_MAPS, 'first', in_));
});

selection(
  'api 3.1c: cluster-scoped objects pass namespaces only by *, and namespaceSelectors only by the empty one',
  async (core) => {
    const { wmw, edge1 } = core;
    const part = fresh('scoped');
    for (const name of ['none', 'star', 'empty', 'labelled'])
      await create(wmw, CLUSTER_ROLES, `${part}-${name}`, undefined, { rules: [] });
    const test = (name: string, more: Partial<DownsyncObjectTest>): Partial<DownsyncObjectTest> => ({
      apiGroup: CLUSTER_ROLES.group,
      resources: ['clusterroles'],
      objectNames: [`${part}-${name}`],
      ...more,
    });
    await place(wmw, part, [
      test('none', { namespaces: ['default'] }),
      test('star', { namespaces: ['*'] }),
      test('empty', { namespaceSelectors: [{}] }),
      test('labelled', { namespaceSelectors: [{ matchLabels: { a: 'b' } }] }),
    ]);
    await arrives(edge1, CLUSTER_ROLES, `${part}-star`);
    await arrives(edge1, CLUSTER_ROLES, `${part}-empty`);
    assert.is(await read(edge1, CLUSTER_ROLES, `${part}-none`), undefined);
    assert.is(await read(edge1, CLUSTER_ROLES, `${part}-labelled`), undefined);
  },
);

selection(
  'api 2a, 3.1a: no locationSelector selects no Location, the empty one every Location',
  async (core) => {
    const { wmw } = core;
    const [ring, name] = [await destination(core, fresh('ring')), fresh()];
    await place(wmw, name, [], { locationSelectors: [] });
    await leadsTo(wmw, name, []);
    await place(wmw, name, [], { locationSelectors: [{}] });
    const { status } = await placementIs(
      wmw,
      name,
      (found) => (found.status?.matchingLocationCount ?? 0) >= 3,
    );
    assert.ok((status?.matchingLocationCount ?? 0) >= 3, 'edge1, edge2 and one more');
    const labels = {
      matchLabels: { ring: ring.name },
      matchExpressions: [{ key: 'env', operator: 'Exists' }],
    };
    await place(wmw, name, [], { locationSelectors: [labels] });
    await leadsTo(wmw, name, []);
    await place(wmw, name, [], { locationSelectors: [labels, { matchLabels: { ring: ring.name } }] });
    await leadsTo(wmw, name, [`${ring.name} ${ring.name}`]);
    await wmw.delete(EDGE_PLACEMENTS, { name });
    await ring.end();
  },
);

selection(
  'api 3.1b, 3.1d: empty lists and * mean any; a test must name its group; unknown fields are dropped',
  async (core) => {
    const { wmw, edge1 } = core;
    const in_ = await namespace(wmw);
    for (const resource of [CONFIG_MAPS, SECRETS]) await create(wmw, resource, 'any', in_);
    const lists = { namespaces: [in_], objectNames: ['*'], resources: ['*'], labelSelectors: [] };
    await place(wmw, in_, [{ ...lists, namespaceSelectors: [] }]);
    await arrives(edge1, CONFIG_MAPS, 'any', in_);
    await arrives(edge1, SECRETS, 'any', in_);

    const placement = (downsync: object[]): KubeObject => ({
      apiVersion: `${EDGE_PLACEMENTS.group}/${EDGE_PLACEMENTS.version}`,
      kind: EDGE_PLACEMENTS.kind,
      metadata: { name: `${in_}-old` },
      spec: { locationSelectors: ONE, namespaceSelector: {}, nonNamespacedObjects: [], downsync },
    });
    const refused = await wmw
      .create(EDGE_PLACEMENTS, placement([{ resources: ['configmaps'] }]), USER)
      .catch(String);
    assert.match(String(refused), /apiGroup: Required/);
    const made = await wmw.create(EDGE_PLACEMENTS, placement([]), USER);
    assert.equal(made.spec, { locationSelectors: ONE, downsync: [] });
    await wmw.delete(EDGE_PLACEMENTS, made.metadata);
  },
);

selection(
  'api 3.1e: the status tells the generation that it is about and how many Locations match',
  async (core) => {
    const { wmw } = core;
    const name = fresh();
    await place(wmw, name, [], { locationSelectors: ONE });
    const first = await placementIs(wmw, name, ({ status }) => status?.matchingLocationCount === 1);
    assert.is(first.status?.specGeneration, first.metadata.generation);
    await place(wmw, name, [], { locationSelectors: BOTH });
    const second = await placementIs(wmw, name, ({ status }) => status?.matchingLocationCount === 2);
    assert.is(
      second.status?.specGeneration,
      (first.metadata.generation ?? 0) + 1,
      'by a spec, not by a status',
    );
  },
);
