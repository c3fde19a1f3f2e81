import { createHash, type Hash } from 'node:crypto';
import { Transform } from 'node:stream';

/** A stream that passes everything on, and what it saw. */
export interface Digesting {
  stream: Transform;
  /** Bytes so far. */
  size(): number;
  /** The digest of everything in the form of OCI: `sha256:` and 64 hexadecimal digits. Call once, at the end. */
  value(): string;
}

/** Makes a stream that counts and hashes what passes through it. */
export function digesting(hash: Hash): Digesting {
  let size = 0;
  const stream = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      size += chunk.length;
      hash.update(chunk);
      done(null, chunk);
    },
  });
  return { stream, size: () => size, value: () => `sha256:${hash.digest('hex')}` };
}

/** The digest of `content` in the form of OCI. */
export function digestOf(content: string | Uint8Array): string {
  return `sha256:${createHash('sha256').update(content).digest('hex')}`;
}
