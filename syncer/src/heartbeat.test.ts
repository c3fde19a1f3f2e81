import { hostname } from 'node:os';
import { assert, suite } from '@kubestellar/testing';
import { holderIdentity, isDeadHolder } from './heartbeat.ts';

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

test.run();
