import type { IncomingMessage } from 'node:http';
import { PassThrough } from 'node:stream';
import { buffer, text } from 'node:stream/consumers';
import { assert, suite } from '@kubestellar/testing';
import { ClientLeft, discardRest, RequestBody } from './request-body.ts';

const test = suite('the body of a request');

const LARGEST = 3 * 1024 * 1024;

/** A request as a client sends it. */
function incomingOf(headers: { [name: string]: string } = {}) {
  const stream = new PassThrough({ highWaterMark: 16 * 1024 * 1024 });
  const incoming = Object.assign(stream, { headers, complete: false });
  stream.once('end', () => {
    incoming.complete = true;
  });
  return incoming as unknown as IncomingMessage & PassThrough;
}

const errorOf = (work: Promise<unknown>) =>
  work.then(
    () => undefined,
    (error: unknown) => error,
  );

test('nothing is read before somebody wants it, and then all of it', async () => {
  const incoming = incomingOf();
  let begun = 0;
  const body = new RequestBody(incoming, () => begun++);
  incoming.end('hello');
  assert.is(begun, 0);
  assert.is(await text(body), 'hello');
  assert.is(begun, 1, 'once');
});

test('what the client announces is known, and refused at once if it is too much', () => {
  assert.is(new RequestBody(incomingOf({ 'content-length': '007' }), () => undefined).announced, '7');
  assert.is(new RequestBody(incomingOf(), () => undefined).announced, undefined);
  const announced = incomingOf({ 'content-length': `${LARGEST + 1}` });
  assert.throws(() => new RequestBody(announced, () => undefined), /larger than 3145728 bytes/);
});

test('what is too much without being announced is refused as well', async () => {
  const exact = incomingOf();
  exact.end(Buffer.alloc(LARGEST));
  assert.is((await buffer(new RequestBody(exact, () => undefined))).length, LARGEST);
  const more = incomingOf();
  more.end(Buffer.alloc(LARGEST + 1));
  assert.match(String(await errorOf(buffer(new RequestBody(more, () => undefined)))), 'larger than');
});

test('a client that leaves in the midst of its body ends it by an error', async () => {
  const incoming = incomingOf();
  const reading = errorOf(text(new RequestBody(incoming, () => undefined)));
  incoming.write('half');
  incoming.destroy();
  assert.instance(await reading, ClientLeft);
});

test('whoever gives up reading stops the client', async () => {
  const incoming = incomingOf();
  const body = new RequestBody(incoming, () => undefined);
  body.read();
  body.destroy();
  await new Promise((resolve) => body.once('close', resolve));
  assert.ok(incoming.isPaused());
});

test('the rest of a body is read for nothing, up to a limit', async () => {
  const done = incomingOf();
  done.end('rest');
  await discardRest(done);
  assert.is(done.read(), null);
  const flood = incomingOf();
  flood.write(Buffer.alloc(300 * 1024));
  await discardRest(flood);
  assert.ok(flood.isPaused());
  const complete = Object.assign(incomingOf(), { complete: true });
  await discardRest(complete);
  assert.is(complete.listenerCount('data'), 0, 'of a request that is complete nothing is left');
});

test.run();
