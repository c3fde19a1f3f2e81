import { assert, suite } from '@kubestellar/testing';
import fc from 'fast-check';
import {
  type ClusterCount,
  decideBrake,
  exceeds,
  LONGEST,
  QUIET,
  type Situation,
  THRESHOLD,
} from './decide.ts';

const test = suite('the brake: what is decided');

const situation = (more: Partial<Situation> = {}): Situation => ({
  isImmediate: false,
  hasCluster: true,
  clusters: [],
  isHeld: false,
  approved: undefined,
  spent: 0,
  total: 0,
  quietFor: QUIET,
  waitedFor: QUIET,
  ...more,
});
const cluster = (pending: number, placed: number, recent = 0): ClusterCount => ({ pending, placed, recent });

test('removals await approval when they are more than 10 and more than a fifth of what a cluster has', () => {
  for (const [count, isHeld] of [
    [cluster(60, 0), true],
    [cluster(11, 0), true],
    [cluster(10, 0), false],
    [cluster(11, 44), false],
    [cluster(12, 44), true],
    [cluster(60, 1000), false],
  ] as const)
    assert.is(
      decideBrake(situation({ clusters: [count] })).do,
      isHeld ? 'hold' : 'remove',
      JSON.stringify(count),
    );
});

test('each cluster counts for itself', () => {
  assert.is(decideBrake(situation({ clusters: [cluster(6, 0), cluster(6, 0)] })).do, 'remove');
  assert.is(decideBrake(situation({ clusters: [cluster(1, 900), cluster(11, 0)] })).do, 'hold');
});

test('what was removed lately counts along, so that slow removals come to a stop', () => {
  assert.is(decideBrake(situation({ clusters: [cluster(1, 49, 10)] })).do, 'remove');
  assert.is(decideBrake(situation({ clusters: [cluster(1, 30, 10)] })).do, 'hold');
});

test('a single removal awaits approval when no cluster is left', () => {
  assert.is(decideBrake(situation({ hasCluster: false, clusters: [cluster(1, 0)] })).do, 'hold');
  assert.is(
    decideBrake(situation({ hasCluster: false, clusters: [] })).do,
    'remove',
    'a protected one is no reason',
  );
});

test('few removals wait until no more come, but not for ever', () => {
  const clusters = [cluster(3, 0)];
  const decide = (quietFor: number, waitedFor: number) =>
    decideBrake(situation({ clusters, quietFor, waitedFor }));
  assert.equal(decide(1000, 1000), { do: 'wait', after: QUIET - 1000 });
  assert.equal(decide(1000, LONGEST - 500), { do: 'wait', after: 500 });
  assert.is(decide(1000, LONGEST).do, 'remove');
  assert.is(decide(QUIET, QUIET).do, 'remove');
});

test('once removals await approval, the last few that are left do so, too', () => {
  assert.is(decideBrake(situation({ clusters: [cluster(1, 59)], isHeld: true })).do, 'hold');
});

test('an approval covers as many removals as were counted, and no more', () => {
  const held = { clusters: [cluster(60, 0)], isHeld: true };
  const decide = (more: Partial<Situation>) => decideBrake(situation({ ...held, ...more }));
  assert.equal(decide({ total: 60, approved: 60 }), { do: 'remove', why: 'approved' });
  assert.is(decide({ total: 61, approved: 60 }).do, 'hold');
  assert.is(decide({ total: 20, spent: 40, approved: 60 }).do, 'remove');
  assert.is(decide({ total: 21, spent: 40, approved: 60 }).do, 'hold');
  assert.equal(decide({ total: 60, approved: 60, quietFor: 400 }), { do: 'hold', after: 600 });
});

test('an EdgePlacement that asks for it has removals made at once', () => {
  const all = situation({
    clusters: [cluster(60, 0)],
    isHeld: true,
    hasCluster: false,
    quietFor: 0,
    isImmediate: true,
  });
  assert.equal(decideBrake(all), { do: 'remove', why: 'immediate' });
});

const counts = fc.record({ pending: fc.nat(200), recent: fc.nat(50), placed: fc.nat(500) });
const situations = fc.record({
  isImmediate: fc.constant(false),
  hasCluster: fc.boolean(),
  clusters: fc.array(counts, { maxLength: 4 }),
  isHeld: fc.boolean(),
  approved: fc.option(fc.nat(300), { nil: undefined }),
  spent: fc.nat(100),
  total: fc.nat(600),
  quietFor: fc.nat(2 * QUIET),
  waitedFor: fc.nat(2 * LONGEST),
});

test('property: without approval never more than the threshold is removed from a cluster, nor the last one', () => {
  fc.assert(
    fc.property(situations, (some) => {
      const decision = decideBrake(some);
      if (decision.do !== 'remove' || decision.why === 'approved') return;
      for (const { pending, recent, placed } of some.clusters) {
        if (pending === 0) continue;
        const removed = pending + recent;
        const isSmall = removed <= THRESHOLD.copies || removed <= THRESHOLD.share * (placed + removed);
        assert.ok(isSmall && some.hasCluster && !some.isHeld);
      }
    }),
  );
});

test('property: more removals never make it permit what fewer did not', () => {
  fc.assert(
    fc.property(counts, fc.nat(100), (count, more) => {
      if (count.pending > 0 && exceeds(count))
        assert.ok(exceeds({ ...count, pending: count.pending + more }));
    }),
  );
});

test('property: whoever waits is told for how long, and no wait lasts for ever', () => {
  fc.assert(
    fc.property(situations, (some) => {
      const decision = decideBrake(some);
      if (decision.do !== 'wait') return;
      assert.ok(decision.after > 0 && decision.after <= QUIET);
      const { after } = decision;
      const later = decideBrake({
        ...some,
        quietFor: some.quietFor + after,
        waitedFor: some.waitedFor + after,
      });
      assert.is.not(later.do, 'wait');
    }),
  );
});

test.run();
