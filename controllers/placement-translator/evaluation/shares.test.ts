import { assert, suite } from '@kubestellar/testing';
import { Shares } from './shares.ts';

const test = suite('the share of a workspace in the time for evaluations');

test('a workspace may take ten seconds at once, and then ten in each minute', () => {
  let now = 0;
  const shares = new Shares(() => now);
  shares.spend('w', 'collect', 9_000);
  assert.is(shares.waitOf('w', 'collect'), 0);
  shares.spend('w', 'collect', 2_000);
  const wait = shares.waitOf('w', 'collect');
  assert.ok(wait > 6_000 && wait < 6_100, `${wait} ms`);
  now += wait;
  assert.is(shares.waitOf('w', 'collect'), 0);
  now += 60_000;
  shares.spend('w', 'collect', 9_000);
  assert.is(shares.waitOf('w', 'collect'), 0, 'all has come back');
});

test('what tables take does not count for customization, nor one workspace for another', () => {
  const shares = new Shares(() => 0);
  shares.spend('w', 'collect', 60_000);
  assert.is(shares.waitOf('w', 'customize'), 0);
  assert.is(shares.waitOf('other', 'collect'), 0);
  assert.ok(shares.waitOf('w', 'read-collector') > 0);
});

test.run();
