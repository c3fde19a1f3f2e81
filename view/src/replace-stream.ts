import { Transform, type TransformCallback } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';

/**
 * Replaces a text wherever it stands in a stream, across the borders of chunks, too. Whole lines go on at once, so
 * that nobody waits for an event of a watch.
 */
export function replaceInStream(from: string, to: string): Transform {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  return new Transform({
    transform(chunk: Buffer, _encoding, done: TransformCallback) {
      const text = rest + decoder.write(chunk);
      const keep = text.endsWith('\n') ? 0 : overlap(text, from);
      rest = text.slice(text.length - keep);
      done(null, text.slice(0, text.length - keep).replaceAll(from, to));
    },
    flush(done: TransformCallback) {
      done(null, (rest + decoder.end()).replaceAll(from, to));
    },
  });
}

/** How many characters at the end of `text` could be the beginning of `sought`. */
function overlap(text: string, sought: string): number {
  for (let length = Math.min(sought.length - 1, text.length); length > 0; length--) {
    if (sought.startsWith(text.slice(text.length - length))) return length;
  }
  return 0;
}
