import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { assert, suite } from '@kubestellar/testing';
import { asNew } from './binary.ts';

const test = suite('protobuf encoding of objects');

/** A message of fields with texts, or with messages. */
function message(...fields: [number, string | Uint8Array][]): Uint8Array {
  const writer = new BinaryWriter();
  for (const [field, value] of fields) {
    writer.tag(field, WireType.LengthDelimited);
    if (typeof value === 'string') writer.string(value);
    else writer.bytes(value);
  }
  return writer.finish();
}

const binary = (metadata: Uint8Array, rules: string) =>
  Buffer.concat([
    Buffer.from('k8s\0'),
    message([1, message([1, 'v1'], [2, 'Role'])], [2, message([1, metadata], [2, rules])], [4, 'type']),
  ]);

test('decoding removes name, generateName, uid and version and keeps all other bytes', () => {
  const labels: [number, Uint8Array] = [11, message([1, 'app'], [2, 'x'])];
  const metadata = message([1, 'mine'], [3, 'ns'], [5, 'u-1'], [6, '77'], labels);
  const { object, identity } = asNew(binary(metadata, 'rules'), 'another');
  assert.equal(identity, { name: 'mine', uid: 'u-1', resourceVersion: '77' });
  assert.equal(object, binary(message([1, 'another'], [3, 'ns'], labels), 'rules'));
});

test('an object without a name gets one', () => {
  const { object, identity } = asNew(binary(message([2, 'gen-'], [3, 'ns']), ''), 'another');
  assert.equal(identity, { generateName: 'gen-' });
  assert.equal(object, binary(message([1, 'another'], [3, 'ns']), ''));
});

test('an object with a repeated field is refused', () => {
  const [magic, raw] = [Buffer.from('k8s\0'), message([1, message([1, 'mine'])])];
  for (const content of [
    message([2, raw], [2, raw]),
    message([2, Buffer.concat([raw, raw])]),
    message([2, message([1, message([1, 'mine'], [1, 'other'])])]),
  ])
    assert.throws(() => asNew(Buffer.concat([magic, content]), 'another'), /more than one/);
});

test('numbers are kept in each encoding', () => {
  const generation = new BinaryWriter().tag(7, WireType.Varint).int64(12345678901n).finish();
  const fixed = new BinaryWriter().tag(99, WireType.Bit64).fixed64(5n).finish();
  const metadata = Buffer.concat([message([1, 'mine']), generation, fixed]);
  const { object } = asNew(binary(metadata, ''), 'n');
  assert.equal(object, binary(Buffer.concat([message([1, 'n']), generation, fixed]), ''));
});

test('bytes that are no protobuf object are refused', () => {
  assert.throws(() => asNew(Buffer.from('{"kind":"Role"}'), 'n'), /not the protobuf encoding/);
  assert.throws(() => asNew(Buffer.concat([Buffer.from('k8s\0'), Buffer.from([0x12, 0x7f, 1])]), 'n'));
});

test.run();
