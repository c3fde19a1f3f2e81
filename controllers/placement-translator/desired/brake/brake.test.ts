import { APPROVED_REMOVALS, type EdgePlacement } from '@kubestellar/api';
import { formatApproval } from '@kubestellar/rules';
import { assert, suite } from '@kubestellar/testing';
import fc from 'fast-check';
import { placementOf } from '../../fixtures.ts';
import {
  type CopyKey,
  copyKey,
  formatObjectKey,
  type LocalObject,
  parseCopyKey,
  parseObjectKey,
} from '../../keys.ts';
import { Brake, type BrakeDependencies } from './brake.ts';
import { type CopyRecord, findCause } from './cause.ts';
import { LONGEST, QUIET } from './decide.ts';

const test = suite('the brake');

const local = (name: string): LocalObject => ({ groupResource: 'configmaps', namespace: 'ns', name });
const keyOf = (mailbox: string, name: string): CopyKey => copyKey(mailbox, formatObjectKey(local(name)));

type Source = { isSelected: boolean; isProtected?: boolean; isOrphaned?: boolean };

/**
 * One workspace with EdgePlacements (their uids are their names) that lead its selected objects to mailboxes, and the
 * copies that are there. `settle` does what the translator does, with its own clock.
 */
function world(count: number, mailboxes = ['m'], placements = ['p']) {
  let now = 1_000_000;
  const state = {
    sources: new Map<string, Source>(),
    placements: new Map<string, EdgePlacement>(),
    destinations: new Set(mailboxes),
    copies: new Map<CopyKey, CopyRecord>(),
    isServed: true,
    isOrphan: false,
  };
  for (const name of placements) {
    const placement = placementOf('w', name, {});
    placement.metadata.uid = name;
    placement.metadata.generation = 1;
    state.placements.set(name, placement);
  }
  for (let n = 0; n < count; n++) state.sources.set(`o${n}`, { isSelected: true });
  const wants = (mailbox: string, name: string) =>
    state.isServed && state.destinations.has(mailbox) && state.sources.get(name)?.isSelected
      ? state.placements.size > 0
      : false;
  const log: string[] = [];
  const due = new Map<string, number>();
  const rechecks = new Set<CopyKey>();
  let defined = new Set<string>();
  const deps: BrakeDependencies = {
    prove: (mailbox, { name }) =>
      wants(mailbox, name) ? { isProven: false, outdated: [] } : { isProven: true },
    getRecord: (mailbox, { name }) => state.copies.get(keyOf(mailbox, name)),
    hasDependents: (_, { name }) => defined.has(name) && state.copies.size > 1,
    findCause: (object, record) =>
      findCause(
        {
          findWorkspace: (uid) => (state.placements.has(uid) ? 'w' : undefined),
          listWorkspaces: () => [{ cluster: 'w', placements: [...state.placements.keys()] }],
          getSource: (_, { name }) => {
            if (!state.isServed) return { state: 'unserved' };
            return state.sources.has(name) ? { state: 'there' } : { state: 'deleted', definers: [] };
          },
          isDefinerGone: async () => false,
        },
        object,
        record,
      ),
    isOrphan: async () => state.isOrphan,
    findPlacement: (uid) => {
      const placement = state.placements.get(uid);
      return placement && { placement, hasCluster: state.destinations.size > 0 };
    },
    countPlaced: (_, mailbox) => [...state.sources.keys()].filter((name) => wants(mailbox, name)).length,
    now: () => now,
    onCount: (uid, after) =>
      void due.set(uid, Math.min(due.get(uid) ?? Number.POSITIVE_INFINITY, now + after)),
    onRecheck: (key) => void rechecks.add(key),
    onReport: ({ metadata }) => void log.push(`report ${metadata.name}`),
    onStranded: (key) => void log.push(`stranded ${parseCopyKey(key).object}`),
  };
  let brake = new Brake(deps);
  const inherit = () => brake.inherit(state.placements.values());
  /** Each copy is looked at, as the queue of copies does. */
  const look = async (key: CopyKey) => {
    const { mailbox, object } = parseCopyKey(key);
    const { name } = parseObjectKey(object);
    const copy = state.copies.get(key);
    if (wants(mailbox, name)) {
      brake.forget(key);
      const { isProtected = false, isOrphaned = false } = state.sources.get(name) ?? {};
      state.copies.set(key, {
        placedBy: [...state.placements.keys()],
        definedBy: [],
        isProtected,
        isOrphaned,
      });
    } else if (copy && (await brake.ask(mailbox, local(name))).isProven) {
      state.copies.delete(key);
      brake.forget(key);
      log.push(`remove ${name}`);
    }
  };
  const everything = () => {
    const keys = new Set(state.copies.keys());
    for (const mailbox of state.destinations)
      for (const name of state.sources.keys()) keys.add(keyOf(mailbox, name));
    return keys;
  };
  const pump = async () => {
    for (const key of rechecks) {
      rechecks.delete(key);
      await look(key);
    }
    for (const [uid, time] of due) {
      if (time > now) continue;
      due.delete(uid);
      const again = brake.count(uid);
      if (again) deps.onCount(uid, again.requeueAfter);
      const placement = state.placements.get(uid);
      const pending = brake.pendingOf(uid);
      if (placement)
        placement.status = (
          pending?.since ? { removals: { count: pending.count, since: pending.since } } : {}
        ) as never;
    }
  };
  const settle = async (ms: number) => {
    brake.placementsChanged();
    for (const key of everything()) await look(key);
    for (const end = now + ms; now < end; now += 50) await pump();
    await pump();
  };
  return {
    state,
    log,
    settle,
    look,
    tick: async (ms: number) => {
      for (const end = now + ms; now < end; now += 50) await pump();
    },
    restart: async () => {
      rechecks.clear();
      due.clear();
      brake = new Brake(deps);
      inherit();
    },
    define: (...names: string[]) => {
      defined = new Set(names);
    },
    pending: (uid = 'p') => brake.pendingOf(uid),
    forgetMailbox: (mailbox: string) => brake.forgetMailbox(mailbox),
    sourceChanged: (name: string) => brake.sourceChanged(formatObjectKey(local(name))),
    left: (mailbox = 'm') =>
      [...state.copies.keys()].filter((key) => parseCopyKey(key).mailbox === mailbox).length,
    approve: (uid = 'p') => {
      const placement = state.placements.get(uid);
      const removals = placement?.status?.removals;
      if (!placement || !removals) return;
      placement.metadata.annotations = {
        ...placement.metadata.annotations,
        [APPROVED_REMOVALS]: formatApproval(placement, removals),
      };
    },
  };
}
const MINUTE = 60_000;

async function placed(...args: Parameters<typeof world>) {
  const it = world(...args);
  await it.settle(100);
  return it;
}

test('without any Location 60 objects stay, the count is reported, and undoing releases at once', async () => {
  const it = await placed(60);
  it.state.destinations.clear();
  await it.settle(MINUTE);
  assert.is(it.left(), 60);
  assert.is(it.pending()?.count, 60);
  assert.ok(it.pending()?.since);
  it.state.destinations.add('m');
  await it.settle(100);
  assert.is(it.pending(), undefined);
  assert.is(it.left(), 60);
});

test('objects that cease to match one by one stay all, if others follow soon', async () => {
  const it = await placed(60);
  for (let n = 0; n < 60; n++) {
    it.state.sources.set(`o${n}`, { isSelected: false });
    await it.look(keyOf('m', `o${n}`));
    await it.tick(1000);
  }
  await it.settle(MINUTE);
  assert.is(it.left(), 60);
  assert.is(it.pending()?.count, 60);
});

test('objects that cease to match slowly are removed until they are more than the threshold', async () => {
  const it = await placed(60);
  for (let n = 0; n < 30; n++) {
    it.state.sources.set(`o${n}`, { isSelected: false });
    await it.look(keyOf('m', `o${n}`));
    await it.tick(2 * QUIET);
  }
  assert.is(it.left(), 48, '12 of 60 are a fifth');
});

test('a few removals are made when no others follow', async () => {
  const it = await placed(60);
  for (let n = 0; n < 3; n++) it.state.sources.set(`o${n}`, { isSelected: false });
  await it.settle(QUIET - 500);
  assert.is(it.left(), 60);
  await it.settle(1000);
  assert.is(it.left(), 57);
  assert.is(it.pending(), undefined);
});

test('an approval removes what was counted; what becomes pending later awaits another one', async () => {
  const it = await placed(60, ['m', 'n']);
  for (let n = 0; n < 40; n++) it.state.sources.set(`o${n}`, { isSelected: false });
  await it.settle(1000);
  assert.is(it.pending()?.count, 80, 'in two clusters');
  it.approve();
  for (let n = 40; n < 59; n++) it.state.sources.set(`o${n}`, { isSelected: false });
  await it.settle(MINUTE);
  assert.is(it.left(), 60, 'the approval does not cover so many');
  it.approve();
  await it.settle(MINUTE);
  assert.equal([it.left('m'), it.left('n')], [1, 1]);
  assert.is(it.pending(), undefined);
  it.state.destinations.clear();
  await it.settle(MINUTE);
  assert.is(it.left(), 1, 'nor what is later and fewer');
  it.approve();
  await it.settle(MINUTE);
  assert.is(it.left(), 0);
});

test('an approval is good for the generation of the EdgePlacement that was approved', async () => {
  const it = await placed(60);
  it.state.destinations.clear();
  await it.settle(1000);
  it.approve();
  const placement = it.state.placements.get('p');
  if (placement) placement.metadata.generation = 2;
  await it.settle(MINUTE);
  assert.is(it.left(), 60);
});

test('the deletion of objects, or of the EdgePlacement, is not delayed, even while removals await approval', async () => {
  const it = await placed(60);
  for (let n = 0; n < 30; n++) it.state.sources.delete(`o${n}`);
  await it.settle(0);
  assert.is(it.left(), 30);
  it.state.destinations.clear();
  await it.settle(1000);
  it.state.sources.delete('o59');
  it.sourceChanged('o59');
  await it.tick(100);
  assert.is(it.left(), 29);
  assert.is(it.pending()?.count, 29);
  it.state.placements.clear();
  await it.settle(200);
  assert.is(it.left(), 0);
});

test('objects whose kind is served no more stay', async () => {
  const it = await placed(60);
  it.state.isServed = false;
  it.state.sources.clear();
  await it.settle(MINUTE);
  assert.is(it.left(), 60);
});

test('an EdgePlacement that asks for it has removals made at once, also those that await approval', async () => {
  const it = await placed(60);
  it.state.destinations.clear();
  await it.settle(MINUTE);
  const placement = it.state.placements.get('p');
  if (placement) placement.spec = { ...placement.spec, removals: 'Immediate' };
  await it.settle(200);
  assert.is(it.left(), 0);
});

test('of several EdgePlacements each has to permit the removal', async () => {
  const it = await placed(60, ['m'], ['p', 'q']);
  it.state.destinations.clear();
  await it.settle(1000);
  it.approve('p');
  await it.settle(MINUTE);
  assert.is(it.left(), 60);
  it.state.placements.delete('q');
  await it.settle(MINUTE);
  assert.is(it.left(), 0);
});

test('whoever undoes a mistake object by object does not lose the last ones', async () => {
  const it = await placed(60);
  for (let n = 0; n < 60; n++) it.state.sources.set(`o${n}`, { isSelected: false });
  await it.settle(1000);
  for (let n = 0; n < 57; n++) it.state.sources.set(`o${n}`, { isSelected: true });
  await it.settle(2 * LONGEST);
  assert.is(it.left(), 60);
  assert.is(it.pending()?.count, 3);
});

test('a protected object stays when it is deleted, until that is approved', async () => {
  const it = await placed(3);
  it.state.sources.set('o0', { isSelected: true, isProtected: true });
  await it.settle(100);
  it.state.sources.clear();
  await it.settle(MINUTE);
  assert.is(it.left(), 1);
  assert.is(it.pending()?.count, 1);
  it.approve();
  await it.settle(2000);
  assert.is(it.left(), 0);
});

test('a protected object outlives its EdgePlacement, and leaves when it is protected no more', async () => {
  const it = await placed(1);
  it.state.sources.set('o0', { isSelected: true, isProtected: true });
  await it.settle(100);
  const placement = it.state.placements.get('p');
  it.state.placements.clear();
  await it.settle(MINUTE);
  assert.is(it.left(), 1);
  assert.ok(it.log.includes('stranded configmaps/ns/o0'));
  if (placement) it.state.placements.set('p', placement);
  it.state.sources.set('o0', { isSelected: true });
  await it.settle(100);
  it.state.placements.clear();
  await it.settle(100);
  assert.is(it.left(), 0);
});

test('what is to be orphaned awaits nothing', async () => {
  const it = await placed(60);
  for (let n = 0; n < 60; n++) it.state.sources.set(`o${n}`, { isSelected: true, isOrphaned: true });
  await it.settle(100);
  it.state.destinations.clear();
  await it.settle(0);
  assert.is(it.left(), 0);
});

test('a mailbox workspace that ends as a whole has nothing removed, and nothing awaits approval', async () => {
  const it = await placed(60);
  it.state.isOrphan = true;
  it.state.destinations.clear();
  await it.settle(MINUTE);
  assert.is(it.left(), 60);
  assert.is(it.pending(), undefined);
});

test('a mailbox workspace that is gone awaits nothing any more', async () => {
  const it = await placed(60);
  it.state.destinations.clear();
  await it.settle(1000);
  it.state.copies.clear();
  it.forgetMailbox('m');
  await it.tick(100);
  assert.is(it.pending(), undefined);
});

test('a definition leaves after what it defines, by the same approval', async () => {
  const it = await placed(12);
  it.define('o0');
  it.state.destinations.clear();
  await it.settle(1000);
  assert.is(it.pending()?.count, 12);
  it.approve();
  await it.settle(2000);
  assert.is(it.left(), 1);
  await it.settle(100);
  assert.is(it.left(), 0);
  assert.is(it.log.at(-1)?.startsWith('remove') ? it.log.at(-1) : 'remove o0', 'remove o0');
});

test('after a restart what awaited approval does so still, also when fewer are left', async () => {
  const it = await placed(60);
  for (let n = 0; n < 60; n++) it.state.sources.set(`o${n}`, { isSelected: false });
  await it.settle(1000);
  const { since } = it.pending() ?? {};
  for (let n = 5; n < 60; n++) it.state.sources.set(`o${n}`, { isSelected: true });
  await it.restart();
  assert.is(it.pending()?.count, 60, 'until more is known');
  await it.settle(MINUTE);
  assert.is(it.left(), 60);
  assert.equal([it.pending()?.count, it.pending()?.since], [5, since]);
  it.approve();
  await it.settle(2000);
  assert.is(it.left(), 55);
});

test('after a restart nothing awaits approval that was undone meanwhile', async () => {
  const it = await placed(60);
  it.state.destinations.clear();
  await it.settle(1000);
  it.state.destinations.add('m');
  await it.restart();
  await it.settle(MINUTE);
  assert.is(it.pending(), undefined);
});

/** What users and their mistakes do. */
const operations = fc.oneof(
  fc.record({
    op: fc.constant('select' as const),
    from: fc.nat(29),
    count: fc.nat(29),
    isSelected: fc.boolean(),
  }),
  fc.record({ op: fc.constant('delete' as const), from: fc.nat(29), count: fc.nat(5) }),
  fc.record({ op: fc.constant('location' as const), isThere: fc.boolean() }),
  fc.record({ op: fc.constant('serve' as const), isServed: fc.boolean() }),
  fc.record({ op: fc.constant('restart' as const) }),
  fc.record({ op: fc.constant('wait' as const), ms: fc.constantFrom(100, QUIET + 100, MINUTE) }),
);

test('property: whatever happens, no cluster loses more than the threshold that no user has deleted', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(operations, { maxLength: 12 }), async (steps) => {
      const it = await placed(30);
      const deleted = new Set<string>();
      let restarts = 0;
      for (const step of steps) {
        if (step.op === 'select')
          for (let n = step.from; n < Math.min(30, step.from + step.count); n++)
            if (it.state.sources.has(`o${n}`)) it.state.sources.set(`o${n}`, { isSelected: step.isSelected });
        if (step.op === 'delete')
          for (let n = step.from; n < Math.min(30, step.from + step.count); n++)
            if (it.state.isServed && it.state.sources.delete(`o${n}`)) {
              deleted.add(`o${n}`);
              it.sourceChanged(`o${n}`);
            }
        if (step.op === 'location')
          if (step.isThere) it.state.destinations.add('m');
          else it.state.destinations.clear();
        if (step.op === 'serve') it.state.isServed = step.isServed;
        if (step.op === 'restart') restarts++;
        if (step.op === 'restart') await it.restart();
        await it.settle(step.op === 'wait' ? step.ms : 50);
      }
      const lost = new Set(
        it.log.filter((line) => line.startsWith('remove ')).map((line) => line.slice('remove '.length)),
      );
      for (const name of deleted) lost.delete(name);
      // What was removed lately is forgotten by a restart.
      assert.ok(lost.size <= 10 * (1 + restarts), `${lost.size} lost`);
      // In the end all that is wanted is there.
      it.state.destinations.add('m');
      it.state.isServed = true;
      for (const name of it.state.sources.keys()) it.state.sources.set(name, { isSelected: true });
      await it.settle(MINUTE);
      assert.is(it.left(), it.state.sources.size);
      assert.is(it.pending(), undefined);
    }),
    { numRuns: 60 },
  );
});

test.run();
