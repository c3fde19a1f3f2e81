import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { assert, suite } from '@kubestellar/testing';
import { replaceInStream, restoreNamesInStream } from './replace-stream.ts';

const test = suite('replacing text in streams');

const through = (chunks: readonly Buffer[]) =>
  text(Readable.from(chunks).pipe(replaceInStream('abc.x', 'abc')));

test('a text is replaced wherever the borders of the chunks are', async () => {
  const whole = Buffer.from('abc.x ababc.x\nähabc.xabc.xab\nabc.');
  const wanted = 'abc ababc\nähabcabcab\nabc.';
  for (let size = 1; size <= whole.length; size++) {
    const count = Math.ceil(whole.length / size);
    const chunks = Array.from({ length: count }, (_, n) => whole.subarray(n * size, (n + 1) * size));
    assert.is(await through(chunks), wanted, `chunks of ${size}`);
  }
});

test('a line is passed on before the next one arrives', async () => {
  const stream = replaceInStream('abc.x', 'abc');
  const first = new Promise((resolve) => stream.once('data', (data: Buffer) => resolve(data.toString())));
  stream.write('{"a":"abc.x"}\n');
  assert.is(await first, '{"a":"abc"}\n');
});

test('escaped names become native ones in JSON wherever the borders of the chunks are', async () => {
  const whole = Buffer.from(
    '{"name":"denatured--az3abzz","b":"denatured--","c":"denatured--z22zz"}\n{"x":"denatured-"}',
  );
  const wanted = '{"name":"a:b","b":"denatured--","c":"\\""}\n{"x":"denatured-"}';
  for (let size = 1; size <= whole.length; size++) {
    const count = Math.ceil(whole.length / size);
    const chunks = Array.from({ length: count }, (_, n) => whole.subarray(n * size, (n + 1) * size));
    assert.is(await text(Readable.from(chunks).pipe(restoreNamesInStream())), wanted, `chunks of ${size}`);
  }
});

test.run();
