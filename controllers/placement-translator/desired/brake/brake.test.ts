import { assert, suite } from '@kubestellar/testing';
import fc from 'fast-check';
import { keyOf, World } from './brake-world.ts';
import { LONGEST, QUIET, RECENT, THRESHOLD } from './decide.ts';

const test = suite('the brake');

const MINUTE = 60_000;

async function placed(...args: ConstructorParameters<typeof World>): Promise<World> {
  const it = new World(...args);
  await it.settle(100);
  return it;
}

test('without any Location 60 objects stay, the count is reported, and undoing releases at once', async () => {
  const it = await placed(60);
  it.destinations.clear();
  await it.settle(MINUTE);
  assert.is(it.left(), 60);
  assert.is(it.pending()?.count, 60);
  assert.ok(it.pending()?.since);
  it.destinations.add('m');
  await it.settle(100);
  assert.is(it.pending(), undefined);
  assert.is(it.left(), 60);
});

test('objects that cease to match one by one stay all, if others follow soon', async () => {
  const it = await placed(60);
  for (let n = 0; n < 60; n++) {
    it.sources.set(`o${n}`, { isSelected: false });
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
    it.sources.set(`o${n}`, { isSelected: false });
    await it.look(keyOf('m', `o${n}`));
    await it.tick(2 * QUIET);
  }
  assert.is(it.left(), 48, '12 of 60 are a fifth');
});

test('a few removals are made when no others follow', async () => {
  const it = await placed(60);
  for (let n = 0; n < 3; n++) it.sources.set(`o${n}`, { isSelected: false });
  await it.settle(QUIET - 500);
  assert.is(it.left(), 60);
  await it.settle(1000);
  assert.is(it.left(), 57);
  assert.is(it.pending(), undefined);
});

test('an approval removes what was counted; what becomes pending later awaits another one', async () => {
  const it = await placed(60, ['m', 'n']);
  for (let n = 0; n < 40; n++) it.sources.set(`o${n}`, { isSelected: false });
  await it.settle(1000);
  assert.is(it.pending()?.count, 80, 'in two clusters');
  it.approve();
  for (let n = 40; n < 59; n++) it.sources.set(`o${n}`, { isSelected: false });
  await it.settle(MINUTE);
  assert.is(it.left(), 60, 'the approval does not cover so many');
  it.approve();
  await it.settle(MINUTE);
  assert.equal([it.left('m'), it.left('n')], [1, 1]);
  assert.is(it.pending(), undefined);
  it.destinations.clear();
  await it.settle(MINUTE);
  assert.is(it.left(), 1, 'nor what is later and fewer');
  it.approve();
  await it.settle(MINUTE);
  assert.is(it.left(), 0);
});

test('an approval is good for the generation of the EdgePlacement that was approved', async () => {
  const it = await placed(60);
  it.destinations.clear();
  await it.settle(1000);
  it.approve();
  const placement = it.placements.get('p');
  if (placement) placement.metadata.generation = 2;
  await it.settle(MINUTE);
  assert.is(it.left(), 60);
});

test('the deletion of objects, or of the EdgePlacement, is not delayed, even while removals await approval', async () => {
  const it = await placed(60);
  for (let n = 0; n < 30; n++) it.sources.delete(`o${n}`);
  await it.settle(0);
  assert.is(it.left(), 30);
  it.destinations.clear();
  await it.settle(1000);
  it.sources.delete('o59');
  it.sourceChanged('o59');
  await it.tick(100);
  assert.is(it.left(), 29);
  assert.is(it.pending()?.count, 29);
  it.placements.clear();
  await it.settle(200);
  assert.is(it.left(), 0);
});

test('objects whose kind is served no more stay', async () => {
  const it = await placed(60);
  it.isServed = false;
  it.sources.clear();
  await it.settle(MINUTE);
  assert.is(it.left(), 60);
});

test('an EdgePlacement that asks for it has removals made at once, also those that await approval', async () => {
  const it = await placed(60);
  it.destinations.clear();
  await it.settle(MINUTE);
  const placement = it.placements.get('p');
  if (placement) placement.spec = { ...placement.spec, removals: 'Immediate' };
  await it.settle(200);
  assert.is(it.left(), 0);
});

test('of several EdgePlacements each has to permit the removal', async () => {
  const it = await placed(60, ['m'], ['p', 'q']);
  it.destinations.clear();
  await it.settle(1000);
  it.approve('p');
  await it.settle(MINUTE);
  assert.is(it.left(), 60);
  it.placements.delete('q');
  await it.settle(MINUTE);
  assert.is(it.left(), 0);
});

test('whoever undoes a mistake object by object does not lose the last ones', async () => {
  const it = await placed(60);
  for (let n = 0; n < 60; n++) it.sources.set(`o${n}`, { isSelected: false });
  await it.settle(1000);
  for (let n = 0; n < 57; n++) it.sources.set(`o${n}`, { isSelected: true });
  await it.settle(2 * LONGEST);
  assert.is(it.left(), 60);
  assert.is(it.pending()?.count, 3);
});

test('a protected object stays when it is deleted, until that is approved', async () => {
  const it = await placed(3);
  it.sources.set('o0', { isSelected: true, isProtected: true });
  await it.settle(100);
  it.sources.clear();
  await it.settle(MINUTE);
  assert.is(it.left(), 1);
  assert.is(it.pending()?.count, 1);
  it.approve();
  await it.settle(2000);
  assert.is(it.left(), 0);
});

test('a protected object outlives its EdgePlacement, and leaves when it is protected no more', async () => {
  const it = await placed(1);
  it.sources.set('o0', { isSelected: true, isProtected: true });
  await it.settle(100);
  const placement = it.placements.get('p');
  it.placements.clear();
  await it.settle(MINUTE);
  assert.is(it.left(), 1);
  assert.ok(it.log.includes('stranded configmaps/ns/o0'));
  if (placement) it.placements.set('p', placement);
  it.sources.set('o0', { isSelected: true });
  await it.settle(100);
  it.placements.clear();
  await it.settle(100);
  assert.is(it.left(), 0);
});

test('what is to be orphaned awaits nothing', async () => {
  const it = await placed(60);
  for (let n = 0; n < 60; n++) it.sources.set(`o${n}`, { isSelected: true, isOrphaned: true });
  await it.settle(100);
  it.destinations.clear();
  await it.settle(0);
  assert.is(it.left(), 0);
});

test('a mailbox workspace that ends as a whole has nothing removed, and nothing awaits approval', async () => {
  const it = await placed(60);
  it.isOrphan = true;
  it.destinations.clear();
  await it.settle(MINUTE);
  assert.is(it.left(), 60);
  assert.is(it.pending(), undefined);
});

test('a mailbox workspace that is gone awaits nothing any more', async () => {
  const it = await placed(60);
  it.destinations.clear();
  await it.settle(1000);
  it.copies.clear();
  it.forgetMailbox('m');
  await it.tick(100);
  assert.is(it.pending(), undefined);
});

test('a definition leaves after what it defines, by the same approval', async () => {
  const it = await placed(12);
  it.defined = new Set(['o0']);
  it.destinations.clear();
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
  for (let n = 0; n < 60; n++) it.sources.set(`o${n}`, { isSelected: false });
  await it.settle(1000);
  const { since } = it.pending() ?? {};
  for (let n = 5; n < 60; n++) it.sources.set(`o${n}`, { isSelected: true });
  it.restart();
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
  it.destinations.clear();
  await it.settle(1000);
  it.destinations.add('m');
  it.restart();
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

type Operation = typeof operations extends fc.Arbitrary<infer T> ? T : never;

/** Does one thing. @returns the objects that it deletes */
function take(it: World, step: Operation): string[] {
  const some = 'from' in step ? Array.from({ length: step.count }, (_, n) => `o${step.from + n}`) : [];
  const there = some.filter((name) => it.isServed && it.sources.has(name));
  switch (step.op) {
    case 'select':
      for (const name of there) it.sources.set(name, { isSelected: step.isSelected });
      return [];
    case 'delete':
      for (const name of there) it.sources.delete(name);
      for (const name of there) it.sourceChanged(name);
      return there;
    case 'location':
      it.destinations.clear();
      if (step.isThere) it.destinations.add('m');
      return [];
    case 'serve':
      it.isServed = step.isServed;
      return [];
    case 'restart':
      it.restart();
      return [];
    case 'wait':
      return [];
  }
}

test('property: whatever happens, no cluster loses more than the threshold that no user has deleted', async () => {
  const property = fc.asyncProperty(fc.array(operations, { maxLength: 12 }), async (steps) => {
    const it = await placed(30);
    const [begin, deleted] = [it.now, new Set<string>()];
    for (const step of steps) {
      for (const name of take(it, step)) deleted.add(name);
      await it.settle(step.op === 'wait' ? step.ms : 50);
    }
    const removed = it.log
      .filter((line) => line.startsWith('remove '))
      .map((line) => line.slice('remove '.length));
    const lost = new Set(removed.filter((name) => !deleted.has(name)));
    // What was removed lately is forgotten by a restart, and after a time.
    const restarts = steps.filter(({ op }) => op === 'restart').length;
    const periods = 1 + restarts + Math.floor((it.now - begin) / RECENT);
    assert.ok(lost.size <= THRESHOLD.copies * periods, `${lost.size} lost`);
    // In the end all that is wanted is there.
    it.destinations.add('m');
    it.isServed = true;
    for (const name of it.sources.keys()) it.sources.set(name, { isSelected: true });
    await it.settle(MINUTE);
    assert.is(it.left(), it.sources.size);
    assert.is(it.pending(), undefined);
  });
  await fc.assert(property, { numRuns: 60 });
});

test.run();
