import { CONFIG_MAPS, EVENTS } from '@kubestellar/api';
import { ApiError } from '@kubestellar/kube';
import { assert, suite } from '@kubestellar/testing';
import { FakeServer } from '@kubestellar/testing/fake-server';
import { loggerOf, objectOf } from '../fixtures.ts';
import { EventRecorder, type Happening } from './events.ts';

const test = suite('Events about objects of a WMW');

const about = (name = 'x', namespace?: string) =>
  objectOf(CONFIG_MAPS, 'w', name, namespace ? { namespace } : {});
const denied: Happening = { type: 'Warning', reason: 'NotApplied', message: '1 of 2: no', topic: 'no' };

function world() {
  const server = new FakeServer();
  return { server, events: new EventRecorder(server.client, loggerOf()) };
}
const eventsOf = ({ objects }: FakeServer) =>
  [...objects].flatMap(([key, event]) =>
    key.includes(` ${EVENTS.plural} `) ? [event as unknown as { [field: string]: unknown }] : [],
  );

test('an Event is beside its object, and says what it is about', async () => {
  const { server, events } = world();
  await events.record(about('x', 'ns'), denied);
  const [event] = eventsOf(server);
  assert.match(server.log[0] ?? '', /^create w events ns\/x\.[0-9a-f]{16}$/);
  const { type, reason, message, count } = event as { [field: string]: unknown };
  assert.equal(
    { type, reason, message, count },
    { type: 'Warning', reason: 'NotApplied', message: '1 of 2: no', count: 1 },
  );
  assert.equal((event?.involvedObject as { uid?: string } | undefined)?.uid, 'uid-x');
});

test('what happens again is counted, although its numbers may be others', async () => {
  const { server, events } = world();
  await events.record(about(), denied);
  await events.record(about(), { ...denied, message: '2 of 2: no' });
  assert.is(server.log.length, 2);
  assert.match(server.log[1] ?? '', /^patch/);
  const { count, message } = server.bodies[1] as { count: number; message: string };
  assert.equal([count, message], [2, '2 of 2: no']);
});

test('other topics, reasons and objects make other Events', async () => {
  const { server, events } = world();
  await events.record(about(), denied);
  await events.record(about(), { ...denied, topic: 'other' });
  await events.record(about(), { ...denied, reason: 'Conflict' });
  await events.record(about('y'), denied);
  assert.is(eventsOf(server).length, 4);
});

test('an object whose name no Event may have gets one, too', async () => {
  const { server, events } = world();
  await events.record(about('Team|reader:'), denied);
  await events.record(about('|'), denied);
  assert.match(server.log[0] ?? '', /\/team-reader\.[0-9a-f]{16}$/);
  assert.match(server.log[1] ?? '', /\/object\.[0-9a-f]{16}$/);
});

test('a burst is bounded, and an Event that can not be written is lost', async () => {
  const { server, events } = world();
  for (let n = 0; n < 100; n++) await events.record(about(`x${n}`), denied);
  const { length } = eventsOf(server);
  assert.ok(length >= 50 && length < 100, `${length}`);
  const failing = world();
  failing.server.fails = { line: /create/, error: new ApiError('POST', 403, {}) };
  await failing.events.record(about(), denied);
  assert.equal(failing.server.log, []);
});

test.run();
