import { Readable } from 'node:stream';
import { assert, suite } from '@kubestellar/testing';
import { Counter, Usage } from './limits.ts';
import { Refusal } from './refusal.ts';

const test = suite('limits of the workspace proxy');

/** Pieces of a body, of a mebibyte each. */
const mebibytes = (count: number) =>
  Readable.from(Array.from({ length: count }, () => Buffer.alloc(1024 * 1024)));
const client = (caller: string, isAccepted = true) => ({ caller, isAccepted });
const isTooMany = (error: unknown) => error instanceof Refusal && error.code === 429;

test('a counter limits each key, and lends again what was given back', () => {
  const counter = new Counter(2);
  assert.equal(
    [counter.take('a'), counter.take('a'), counter.take('a'), counter.take('b', 2)],
    [true, true, false, true],
  );
  counter.giveBack('a');
  assert.equal([counter.take('a'), counter.take('b')], [true, false]);
});

test('a client with too many requests is refused, without effect on others or on its count', () => {
  const usage = new Usage();
  const ends = Array.from({ length: 100 }, () => usage.begin(client('a'), true));
  for (let attempt = 0; attempt < 500; attempt++)
    assert.throws(() => usage.begin(client('a'), true), isTooMany);
  usage.begin(client('b'), true)();
  usage.begin(client('a'), false)();
  ends[0]?.();
  usage.begin(client('a'), true)();
});

test('bodies of clients with unaccepted credentials leave room for those of others', () => {
  const usage = new Usage();
  for (let at = 0; at < 100; at++) usage.begin(client(`stranger${at}`, false), true);
  assert.throws(() => usage.begin(client('one-more', false), true), isTooMany);
  usage.begin(client('one-more', false), false)();
  for (let at = 0; at < 300; at++) usage.begin(client(`known${at % 10}`), true)();
});

test('a body that arrives byte by byte takes no more memory than its limit and is complete', async () => {
  const usage = new Usage();
  const bytes = function* () {
    for (let at = 0; at < 2_500; at++) yield Buffer.from([at % 256]);
  };
  const content = await usage.hold('a', Readable.from(bytes()), async (whole) => whole);
  assert.equal(
    [...content],
    Array.from({ length: 2_500 }, (_, at) => at % 256),
  );
});

test('bodies are limited for each client and for all, and are not counted afterwards', async () => {
  const usage = new Usage();
  const held = Promise.withResolvers<void>();
  const begun = Array.from({ length: 8 }, () => Promise.withResolvers<void>());
  const holding = begun.map(({ resolve }, client) =>
    usage.hold(`client${client}`, mebibytes(12), () => {
      resolve();
      return held.promise;
    }),
  );
  await Promise.all(begun.map(({ promise }) => promise));
  const refused = (client: string, count: number) =>
    usage
      .hold(client, mebibytes(count), async () => undefined)
      .then(
        () => false,
        (error: unknown) => isTooMany(error),
      );
  assert.ok(await refused('client0', 13), 'more than the limit of a client');
  assert.ok(await refused('other', 1), 'more than the limit of all');
  held.resolve();
  await Promise.all(holding);
  assert.not(await refused('client0', 12));
  assert.not(await refused('other', 1));
});

test.run();
