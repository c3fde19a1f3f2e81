import { hostname } from 'node:os';
import { assert, suite } from '@kubestellar/testing';
import { holderIdentity, isDeadHolder, standbyOf } from './heartbeat.ts';

const test = suite('heartbeat');

const alive = () => true;
const dead = () => false;

test('a holder that was an ended process of this host is dead', () => {
  const holder = holderIdentity('uid');
  assert.is(isDeadHolder(holder, dead), true);
  assert.is(isDeadHolder(holder, alive), false);
});

test('nothing is said of holders elsewhere, or of another form', () => {
  assert.is(isDeadHolder(holderIdentity('uid', `${hostname()}-2`), dead), false);
  assert.is(isDeadHolder('somebody', dead), false);
  assert.is(isDeadHolder('', dead), false);
});

test('this very process is seen to run', () => {
  assert.is(isDeadHolder(holderIdentity('uid')), false);
});

test('a syncer that holds the Lease has nothing to tell of it', () => {
  assert.equal(standbyOf({ held: true, holder: 'uid/a/1', problem: undefined }, 'uid/a/1'), {});
});

test('a syncer that stands by for a process of its own installation is ready, and says for whom', () => {
  const { notReady, note } = standbyOf({ held: false, holder: 'uid/a/1', problem: undefined }, 'uid/b/2');
  assert.is(notReady, undefined);
  assert.match(note ?? '', /^standing by: "uid\/a\/1" holds the Lease default\/kubestellar-syncer/);
});

test('a syncer that stands by for anybody else is not ready', () => {
  for (const holder of ['other/a/1', 'somebody', 'uid-2/a/1']) {
    const { notReady, note } = standbyOf({ held: false, holder, problem: undefined }, 'uid/b/2');
    assert.is(note, undefined);
    assert.match(notReady ?? '', new RegExp(`another syncer, "${holder}", holds the Lease`));
  }
});

test('a syncer that could not read or take the Lease is not ready, and says why', () => {
  for (const holder of [undefined, '', 'uid/b/2'])
    assert.match(
      standbyOf({ held: false, holder, problem: 'forbidden' }, 'uid/b/2').notReady ?? '',
      /: forbidden$/,
    );
});

test.run();
