import {
  CONFIG_MAPS,
  type Resource,
  SECRETS,
  type SyncerConfig,
  type SyncerConfigSpec,
  syncerConfigName,
  type UpsyncSet,
} from '@kubestellar/api';
import { assert, suite } from '@kubestellar/testing';
import type { Removability } from '../desired/brake/brake.ts';
import { mailboxOf } from '../fixtures.ts';
import { type Named, namedIn } from './named.ts';
import {
  type ConfigDependencies,
  decideListed,
  decideWrites,
  reconcileConfigs,
  type WantedObject,
} from './reconcile.ts';
import { specOf } from './spec.ts';

const test = suite('SyncerConfigs of a mailbox workspace');

const named = (name: string, resource: Resource = CONFIG_MAPS): Named => ({
  resource,
  local: { groupResource: resource.plural, namespace: 'ns', name },
});
const wanted = (
  name: string,
  isAccepted = true,
  isForeign: WantedObject['isForeign'] = false,
): WantedObject => ({ named: named(name), isAccepted, isForeign });

function configOf(n: number, spec: SyncerConfigSpec): SyncerConfig {
  const metadata = { name: syncerConfigName(n), uid: `uid-${n}`, resourceVersion: '1' };
  return { apiVersion: 'edge.kubestellar.io/v2alpha1', kind: 'SyncerConfig', metadata, spec };
}
const configNaming = (n: number, ...names: string[]) => configOf(n, specOf(names.map((name) => named(name))));

interface World {
  live?: (SyncerConfig | undefined)[];
  wanted?: WantedObject[];
  proof?: Removability;
  isOrphan?: boolean;
  leftovers?: Resource[];
  upsync?: UpsyncSet[];
}

/** A mailbox workspace: what it has of SyncerConfigs, and what is wanted there. */
function world({ live = [undefined], wanted: all = [], proof = { isProven: true }, ...more }: World) {
  const log: string[] = [];
  const stored = new Map<string, SyncerConfig>();
  const proved: string[] = [];
  let resources: ReadonlySet<string> = new Set();
  const deps: ConfigDependencies = {
    getMailbox: (name) => (name === 'm' ? mailboxOf('m', more.isOrphan) : undefined),
    store: {
      read: async () => live,
      write: async (_, config, before, isPart) => {
        const { name } = config.metadata;
        log.push(`${before ? 'write' : 'create'} ${name}${isPart ? ' (part)' : ''}`);
        stored.set(name, config);
      },
      remove: async (_, { metadata }) => void log.push(`remove ${metadata.name}`),
    },
    isDesired: (_, { name }) => all.some((each) => each.named.local.name === name),
    mayRemove: async (_, { name }) => {
      proved.push(name);
      return proof;
    },
    listWanted: () => all,
    listLeftovers: (_, known) => {
      resources = known;
      return more.leftovers ?? [];
    },
    listUpsync: () => more.upsync ?? [],
  };
  const namesIn = (n = 0) => namedIn(stored.get(syncerConfigName(n))).map(({ local }) => local.name);
  const part = (n: number) => stored.get(syncerConfigName(n));
  const theOne = () => part(0)?.spec;
  return {
    log,
    proved,
    namesIn,
    part,
    theOne,
    resources: () => resources,
    run: () => reconcileConfigs('m', deps),
    deps,
  };
}

test('a mailbox workspace of which nothing is wanted gets none', async () => {
  const { run, log } = world({});
  assert.is(await run(), 'done');
  assert.equal(log, []);
});

test('one that is not ready is left alone', async () => {
  const { deps, log } = world({ wanted: [wanted('a')] });
  assert.is(await reconcileConfigs('other', deps), 'done');
  assert.equal(log, []);
});

test('what is wanted is listed, and what is proven unwanted leaves', async () => {
  const { run, log, namesIn, proved } = world({
    live: [configNaming(0, 'a', 'old')],
    wanted: [wanted('a'), wanted('b')],
  });
  assert.is(await run(), 'done');
  assert.equal(log, ['write the-one']);
  assert.equal(namesIn(), ['a', 'b']);
  assert.equal(proved, ['old'], 'of nothing else proof is looked for');
});

test('what is not proven unwanted stays listed, and the answer says so', async () => {
  const outdated = [{ type: { resource: CONFIG_MAPS, identity: '' }, key: 'w/ns/old' }];
  const { run, namesIn } = world({
    live: [configNaming(0, 'a', 'old')],
    wanted: [wanted('a')],
    proof: { isProven: false, outdated },
  });
  assert.equal(await run(), { isProven: false, outdated });
  assert.equal(namesIn(), ['a', 'old']);
});

test('what awaits approval stays listed, and nobody has to ask for it again', async () => {
  const { run, namesIn } = world({
    live: [configNaming(0, 'a', 'old')],
    wanted: [wanted('a')],
    proof: { isProven: false, isPending: true, outdated: [] },
  });
  assert.is(await run(), 'done');
  assert.equal(namesIn(), ['a', 'old']);
});

test('what comes to be unwanted while others are asked for stays listed until it is asked for itself', async () => {
  const all = [wanted('a'), wanted('b')];
  const { run, deps, namesIn, proved } = world({ live: [configNaming(0, 'a', 'b', 'old')], wanted: all });
  const { mayRemove } = deps;
  deps.mayRemove = (...of) => {
    all.pop();
    return mayRemove(...of);
  };
  await run();
  assert.equal(proved, ['old']);
  assert.equal(namesIn(), ['a', 'b']);
});

test('a mailbox workspace that ends as a whole keeps what it has, while something would leave', async () => {
  const ending = world({ live: [configNaming(0, 'a', 'old')], wanted: [wanted('a')], isOrphan: true });
  assert.is(await ending.run(), 'done');
  assert.equal(ending.log, []);
  const growing = world({ live: [configNaming(0, 'a')], wanted: [wanted('a'), wanted('b')], isOrphan: true });
  await growing.run();
  assert.equal(growing.log, ['write the-one']);
});

test('the last object that leaves leaves an empty SyncerConfig', async () => {
  const { run, log, namesIn } = world({ live: [configNaming(0, 'old')] });
  await run();
  assert.equal(log, ['write the-one']);
  assert.equal(namesIn(), []);
});

test('resources with copies that nobody wants stay listed without objects, and upsync sets are told', async () => {
  const upsync: UpsyncSet[] = [{ resources: ['things'], names: ['*'] }];
  const { run, theOne, resources } = world({ wanted: [wanted('a')], leftovers: [SECRETS], upsync });
  await run();
  assert.equal([...resources()], ['configmaps'], 'what is named anyway is no leftover');
  assert.equal(
    theOne()?.namespacedObjects?.map(({ resource }) => resource),
    ['configmaps', 'secrets'],
  );
  assert.equal(theOne()?.upsync, upsync);
  assert.is(theOne()?.parts, undefined);
});

test('upsync sets alone are a reason for a SyncerConfig', async () => {
  const { run, log } = world({ upsync: [{ resources: ['things'], names: ['*'] }] });
  await run();
  assert.equal(log, ['create the-one']);
});

test('an object of another API does not become listed; what the cluster has of it stays', () => {
  const listed = [[named('known')], [named('part')]];
  const all = [wanted('good'), wanted('bad', false), wanted('known', false), wanted('part', false)];
  assert.equal(
    decideListed(all, listed).map(({ local }) => local.name),
    ['good', 'known', 'part'],
  );
});

test('an object whose place has one that is not ours does not become listed; what the cluster has stays', () => {
  const all = [wanted('good'), wanted('bad', true, true), wanted('known', true, true)];
  assert.equal(
    decideListed(all, [[named('known')]]).map(({ local }) => local.name),
    ['good', 'known'],
  );
});

test('what has the place of an object is not known: it waits, and the answer says so', async () => {
  const { run, namesIn } = world({ wanted: [wanted('a'), wanted('b', true, 'unknown')] });
  assert.equal(await run(), { isProven: false, outdated: [] });
  assert.equal(namesIn(), ['a']);
});

test('parts that are there are written first, surplus ones are removed last, from the end', () => {
  const specs = ['a', 'b', 'c'].map((name) => specOf([named(name)]));
  const live = [configNaming(0, 'a'), undefined, configNaming(2, 'c')];
  const { writes, removals, isParted } = decideWrites(specs, live);
  assert.equal(
    writes.map(({ config, live: before }) => [config.metadata.name, before?.metadata.uid]),
    [
      ['the-one', 'uid-0'],
      ['the-one-2', 'uid-2'],
      ['the-one-1', undefined],
    ],
  );
  assert.equal([removals, isParted], [[], true]);
  const fewer = decideWrites(specs.slice(0, 1), [
    ...live.slice(0, 1),
    configNaming(1, 'b'),
    ...live.slice(2),
  ]);
  assert.equal(
    fewer.removals.map(({ metadata }) => metadata.name),
    ['the-one-2', 'the-one-1'],
  );
  assert.ok(fewer.isParted, 'there were several');
  assert.not(decideWrites(specs.slice(0, 1), live.slice(0, 1)).isParted);
});

test('several parts are announced by the first one, and each object stays where it is', async () => {
  const { run, log, namesIn, theOne } = world({
    live: [configNaming(0, 'a'), configNaming(1, 'b')],
    wanted: [wanted('b'), wanted('a'), wanted('c')],
  });
  await run();
  assert.equal(log, ['write the-one (part)', 'write the-one-1 (part)']);
  assert.equal([namesIn(0), namesIn(1)], [['a', 'c'], ['b']]);
  assert.is(theOne()?.parts, 1);
});

test('leftovers, upsync sets and the number of parts are told by the first part only', async () => {
  const { run, part } = world({
    live: [configNaming(0, 'a'), configNaming(1, 'b')],
    wanted: [wanted('a'), wanted('b')],
    leftovers: [SECRETS],
    upsync: [{ resources: ['things'], names: ['*'] }],
  });
  await run();
  assert.equal(part(1)?.spec, specOf([named('b')]));
});

test.run();
