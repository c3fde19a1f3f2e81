import { assert, suite } from '@kubestellar/testing';
import { type Floor, objections } from './floor.ts';

const test = suite('floor');

const floor = (kcp: number, wec: number, seconds = 3): Floor => ({
  seconds,
  kcp: { seconds: 2, writesPerSecond: kcp, connections: 16, servers: {} },
  wec: { seconds: 1, writesPerSecond: wec, connections: 16, servers: {} },
});

test('quick and steady servers are a ground to compare with', () => {
  assert.equal(objections(floor(400, 800, 3), floor(300, 500, 4)), []);
});

test('servers below half of their known speed are not', () => {
  assert.match(objections(floor(220, 800), floor(400, 800)).join(), /kcp: 220 writes/);
  assert.match(objections(floor(400, 800), floor(400, 440)).join(), /wec: 440 writes/);
});

test('neither are servers that changed on the way', () => {
  assert.match(objections(floor(400, 800, 3), floor(400, 800, 4.6)).join(), /changed by 1.53 ×/);
});

test.run();
