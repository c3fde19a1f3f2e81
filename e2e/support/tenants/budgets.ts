/** What is small to write and long to evaluate: paths, parameters, expressions. Nobody else waits for it. */
import {
  COMBINED_STATUSES,
  CONFIG_MAPS,
  type CombinedStatus,
  CUSTOMIZERS,
  combinedStatusName,
  EDGE_PLACEMENTS,
  type KubeObject,
  STATUS_COLLECTORS,
  type StatusCollector,
} from '@kubestellar/api';
import type { KubeClient } from '@kubestellar/kube';
import { assert } from '@kubestellar/testing';
import { CLUSTERS, USER } from '../core.ts';
import { eventually } from '../eventually.ts';
import { arrives, BOTH, create, kind, namespace, place, read, settles, write } from '../objects.ts';
import { CUSTOMIZER, configMap, customized, customizer, EXPANDING, tells } from '../rules/customized.ts';
import { area, type TenantsCore } from './core.ts';

export const budgets = area();

/** Seconds in which others' changes must arrive, whatever one tenant writes. */
const AT_ONCE = 10;

/** Each step of a path alone is harmless. */
const BOMBS = [
  '$..*..*..*',
  '$..[*]..[*]..[*]..[*]',
  `$${'..*'.repeat(100)}`,
  '$..[?@[0]]..[?@[0]]..[?@[0]]..*',
  '$..[0:]..[::1]..[0,0,0]',
  `$.spec.chains..[${Array.from({ length: 200 }, (_, n) => n).join(',')}]..*`,
];

budgets('A8: nested arrays under paths of repeated descendants stop nobody', async (core) => {
  const neighbour = await neighbourOf(core);
  const translator = await core.home.pidOf('placement-translator');
  const { client } = await core.tenant();
  const blobs = await kind([client]);
  const in_ = await namespace(client);
  let chain: unknown = 'x';
  for (let depth = 0; depth < 250; depth++) chain = [chain];
  const spec = { chains: Array.from({ length: 120 }, () => chain) };
  for (const [n, path] of BOMBS.entries()) {
    await customizer(client, `bomb-${n}`, in_, { [path]: '"y"' });
    await create(client, blobs, `blob-${n}`, in_, { spec }, { annotations: { [CUSTOMIZER]: `bomb-${n}` } });
  }
  await place(client, in_, [{ apiGroup: blobs.group, resources: [blobs.plural] }]);
  await neighbour.goesOn();
  // Whether it can be delivered or not, each comes to an end that is told.
  for (const n of BOMBS.keys())
    await eventually(
      `what became of blob-${n}`,
      () => statusOf(client, `${blobs.plural}.${blobs.group}`, `blob-${n}`, in_),
      (status) => (status?.clusters.applied ?? 0) + (status?.clusters.failing ?? 0) === 1,
      60,
    );
  await neighbour.goesOn();
  assert.is(await core.home.pidOf('placement-translator'), translator);
  process.kill(translator, 0);
});

/** So many looks at everything are too many; each is another path. */
const TOO_MUCH = Object.fromEntries(Array.from({ length: 2000 }, (_, n) => [`$..no${n}`, '1']));
const LARGE = Object.fromEntries(Array.from({ length: 3000 }, (_, n) => [`k${n}`, '']));

budgets(
  'A8: an object whose customization takes too much keeps its copies, a new one is not sent, and a change is tried',
  async (core) => {
    const neighbour = await neighbourOf(core);
    const { client } = await core.tenant();
    const in_ = await customized(client);
    const annotations = { [CUSTOMIZER]: 'mine' };
    const mine = await customizer(client, 'mine', in_, { '$.data.from': '"customized"' });
    await configMap(client, 'old', in_, { ...LARGE, more: '1' }, annotations);
    const sent = (more: string) => (object: { data?: { [key: string]: string } }) =>
      object.data?.from === 'customized' && object.data.more === more;
    for (const cluster of CLUSTERS) await arrives(core[cluster], CONFIG_MAPS, 'old', in_, sent('1'));

    const setReplacements = (replacements: { [path: string]: string }) => {
      const list = Object.entries(replacements).map(([path, value]) => ({ path, value }));
      return client.mergePatch(CUSTOMIZERS, mine.metadata, { replacements: list }, USER);
    };
    await setReplacements(TOO_MUCH);
    for (const name of ['old', 'new']) {
      if (name === 'new') {
        // Not before it is known what has become of the Customizer: watches of different kinds don't keep step.
        await client.mergePatch(CONFIG_MAPS, { name: 'old', namespace: in_ }, { data: { more: '2' } }, USER);
        await configMap(client, name, in_, LARGE, annotations);
      }
      const status = await eventually(
        `${name} to be told to take too much`,
        () => statusOf(client, 'configmaps', name, in_),
        (found) => found?.clusters.failing === 2,
        60,
      );
      assert.is(status?.failures?.[0]?.reason, 'OverBudget');
      assert.match(status?.failures?.[0]?.message ?? '', /takes more than it may/);
      await tells(client, CONFIG_MAPS, name, in_, [/takes more than it may/]);
    }
    await settles(client, core.edge1, in_);
    await neighbour.goesOn();
    for (const cluster of CLUSTERS) {
      assert.ok(sent('1')((await read(core[cluster], CONFIG_MAPS, 'old', in_)) ?? {}), 'the copy stays');
      assert.is(
        await read(core[cluster], CONFIG_MAPS, 'new', in_),
        undefined,
        'nothing is sent uncustomized',
      );
    }

    await setReplacements({ '$.data.from': '"customized"' });
    for (const cluster of CLUSTERS) {
      await arrives(core[cluster], CONFIG_MAPS, 'old', in_, sent('2'));
      await arrives(core[cluster], CONFIG_MAPS, 'new', in_, ({ data }) => data?.from === 'customized');
    }
    for (const name of ['old', 'new']) {
      await tells(client, CONFIG_MAPS, name, in_, []);
      const object = await client.get<KubeObject>(CONFIG_MAPS, { name, namespace: in_ });
      assert.is(object?.metadata.annotations?.['edge.kubestellar.io/quarantined'], undefined);
    }
  },
);

budgets('A8: parameters and values that multiply are refused, and told', async (core) => {
  const { client } = await core.tenant();
  const in_ = await customized(client);
  // Much, but not too much.
  const data = Object.fromEntries(Array.from({ length: 10 }, (_, n) => [`k${n}`, '%(env)'.repeat(15_000)]));
  await configMap(client, 'expanded', in_, data, EXPANDING);
  await customizer(client, 'wide', in_, { '$.data.*': JSON.stringify('x'.repeat(20_000)) });
  await configMap(client, 'widened', in_, LARGE, { [CUSTOMIZER]: 'wide' });
  await tells(client, CONFIG_MAPS, 'widened', in_, [/put in more than/]);
  await arrives(
    core.edge1,
    CONFIG_MAPS,
    'expanded',
    in_,
    (object) => object.data?.k0?.startsWith('demo') === true,
  );
  assert.not(await read(core.edge1, CONFIG_MAPS, 'widened', in_));
});

/** Each takes long enough to be noticed a thousand times, and some have no end. */
const LIST = `[${Array.from({ length: 50 }, (_, n) => n)}]`;
const SLOW = [
  `${LIST}.all(a, ${LIST}.all(b, ${LIST}.all(c, a + b + c >= 0)))`,
  `${LIST}.map(a, ${LIST}.map(b, ${LIST}.map(c, a + b + c))).size() > 0`,
  `"${'a'.repeat(60)}!".matches("^(a+)+$")`,
  `${LIST}.map(a, ${LIST}.map(b, obj.data.text.split(","))).size() > 0`,
];

budgets('A8: tables that take long stop nobody', async (core) => {
  const neighbour = await neighbourOf(core);
  const { client } = await core.tenant();
  const in_ = await namespace(client);
  const names = Array.from({ length: 10 }, (_, n) => `slow-${n}`);
  for (const [n, name] of names.entries()) {
    const { group, version, kind: kindName } = STATUS_COLLECTORS;
    const spec = { select: [{ name: 'x', def: SLOW[n % SLOW.length] ?? '' }] };
    const object = { apiVersion: `${group}/${version}`, kind: kindName, metadata: { name }, spec };
    await client.create(STATUS_COLLECTORS, object as StatusCollector, USER);
  }
  const text = 'x,'.repeat(20_000);
  for (let n = 0; n < 30; n++) await create(client, CONFIG_MAPS, `object-${n}`, in_, { data: { text } });
  await place(client, in_, [{ resources: ['configmaps'], namespaces: [in_], statusCollectors: names }]);
  await arrives(core.edge1, CONFIG_MAPS, 'object-0', in_);
  for (let n = 0; n < 3; n++) await neighbour.goesOn();
  const slow = await eventually(
    'a table that took too long',
    async () => {
      const statuses = await client.list<CombinedStatus>(COMBINED_STATUSES, { namespace: in_ });
      return statuses.flatMap(({ results = [] }) => results.flatMap(({ errors = [] }) => errors));
    },
    (errors) => errors.length > 0,
    60,
  );
  assert.match(slow[0]?.message ?? '', /takes too long|takes more than/);
  await neighbour.goesOn();
});

budgets(
  'A8: an EdgePlacement with very many selectors stops nobody, and what it has placed stays',
  async (core) => {
    const neighbour = await neighbourOf(core);
    const { client } = await core.tenant();
    const in_ = await namespace(client);
    await create(client, CONFIG_MAPS, 'placed', in_, { data: { from: '1' } });
    await place(client, in_, [{ namespaces: [in_] }]);
    await arrives(core.edge1, CONFIG_MAPS, 'placed', in_);
    const labelSelectors = Array.from({ length: 25_000 }, (_, n) => ({ matchLabels: { n: `${n}` } }));
    await place(client, in_, [{ namespaces: [in_], labelSelectors }]);
    for (let n = 0; n < 50; n++) await write(client, 'placed', in_, `${n}`);
    await tells(client, EDGE_PLACEMENTS, in_, undefined, [/more than 20000 terms .* is not evaluated/]);
    for (let n = 0; n < 3; n++) await neighbour.goesOn();
    assert.ok(await read(core.edge1, CONFIG_MAPS, 'placed', in_), 'nothing is withdrawn');
    await place(client, in_, [{ namespaces: [in_] }]);
    await write(client, 'placed', in_, 'again');
    await arrives(core.edge1, CONFIG_MAPS, 'placed', in_, ({ data }) => data?.from === 'again');
    await tells(client, EDGE_PLACEMENTS, in_, undefined, []);
  },
);

/** Another tenant, whose object is on both clusters. */
async function neighbourOf(core: TenantsCore): Promise<{ goesOn(): Promise<void> }> {
  const { client } = await core.tenant();
  const in_ = await namespace(client);
  await create(client, CONFIG_MAPS, 'theirs', in_, { data: { from: '0' } });
  await place(client, in_, [{ namespaces: [in_] }], { locationSelectors: BOTH });
  for (const cluster of CLUSTERS) await arrives(core[cluster], CONFIG_MAPS, 'theirs', in_);
  let changes = 0;
  /** A change arrives on both clusters at once. */
  const goesOn = async () => {
    const from = String(++changes);
    await write(client, 'theirs', in_, from);
    for (const cluster of CLUSTERS)
      await arrives(core[cluster], CONFIG_MAPS, 'theirs', in_, ({ data }) => data?.from === from, AT_ONCE);
  };
  return { goesOn };
}

function statusOf(
  client: KubeClient,
  groupResource: string,
  name: string,
  in_: string,
): Promise<CombinedStatus | undefined> {
  const ref = { name: combinedStatusName(groupResource, name), namespace: in_ };
  return client.get<CombinedStatus>(COMBINED_STATUSES, ref);
}
