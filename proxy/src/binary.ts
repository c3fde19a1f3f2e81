/** The protobuf encoding of objects, as far as the workspace proxy must understand it: just the metadata. */
import { BinaryReader, BinaryWriter, WireType } from '@bufbuild/protobuf/wire';

/** Marks the protobuf encoding: four bytes before a message that names the kind and contains the object. */
const MAGIC = Buffer.from('k8s\0');
/** Fields of runtime.Unknown, of every object, and of ObjectMeta in k8s.io/apimachinery. */
const RAW = 2;
const METADATA = 1;
const NAMES = { 1: 'name', 2: 'generateName', 5: 'uid', 6: 'resourceVersion' } as const;

/** Decodes all texts: creating a decoder takes longer than decoding. */
const texts = new TextDecoder();

/** What identifies an object, and its version. */
export type Identity = { [name in (typeof NAMES)[keyof typeof NAMES]]?: string };

/**
 * Turns an object into one that a server would create, whatever it contains: under another name, without a version.
 * @returns the changed object, and what was removed from it
 * @throws Error when it is not protobuf, or repeats a field that an object has once
 */
export function asNew(object: Buffer, name: string): { object: Buffer; identity: Identity } {
  if (!object.subarray(0, MAGIC.length).equals(MAGIC))
    throw new Error('it is not the protobuf encoding of Kubernetes');
  const identity: Identity = {};
  const anonymous = (metadata: Uint8Array) => withName(metadata, name, identity);
  const raw = (content: Uint8Array) => replaced(content, METADATA, anonymous);
  const changed = replaced(object.subarray(MAGIC.length), RAW, raw);
  return { object: Buffer.concat([MAGIC, changed]), identity };
}

function withName(metadata: Uint8Array, name: string, identity: Identity): Uint8Array {
  const writer = new BinaryWriter().tag(1, WireType.LengthDelimited).string(name);
  for (const { field, bytes, value } of fieldsOf(metadata)) {
    const known = NAMES[field as keyof typeof NAMES];
    if (!known) writer.raw(bytes);
    else if (identity[known] !== undefined) throw new Error(`it has more than one ${known}`);
    else identity[known] = texts.decode(value);
  }
  return writer.finish();
}

/** A message with one of its fields, which is a message itself, changed. */
function replaced(
  message: Uint8Array,
  wanted: number,
  change: (value: Uint8Array) => Uint8Array,
): Uint8Array {
  const writer = new BinaryWriter();
  let isReplaced = false;
  for (const { field, bytes, value } of fieldsOf(message)) {
    if (field !== wanted || !value) {
      writer.raw(bytes);
      continue;
    }
    // Each of a million empty ones would get a name.
    if (isReplaced) throw new Error(`it has more than one field ${wanted}`);
    isReplaced = true;
    writer.tag(field, WireType.LengthDelimited).bytes(change(value));
  }
  return writer.finish();
}

/** The fields of a message, with the content of those that have a length. */
function* fieldsOf(
  message: Uint8Array,
): Generator<{ field: number; bytes: Uint8Array; value: Uint8Array | undefined }> {
  const reader = new BinaryReader(message);
  while (reader.pos < reader.len) {
    const start = reader.pos;
    const [field, type] = reader.tag();
    const value = type === WireType.LengthDelimited ? reader.bytes() : undefined;
    if (!value) reader.skip(type, field);
    yield { field, bytes: message.subarray(start, reader.pos), value };
  }
}
