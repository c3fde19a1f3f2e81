import { Transform, type TransformCallback } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';
import { restoreNativeNames, SPELLED_OUT } from '@kubestellar/api';

/** Replaces a text wherever it occurs in a stream, even across the borders of chunks. */
export function replaceInStream(from: string, to: string): Transform {
  return rewriteStream(
    (text) => text.replaceAll(from, to),
    (text) => overlap(text, from),
  );
}

/** No name is longer (characters; Kubernetes convention). */
const LONGEST_NAME = 253;

/** Replaces escaped names of denatured resources by the native names, as parts of JSON strings. */
export function restoreNamesInStream(): Transform {
  const write = (name: string) => JSON.stringify(name).slice(1, -1);
  const unfinished = (text: string) => {
    const tail = text.slice(-LONGEST_NAME);
    const begun = tail.lastIndexOf(SPELLED_OUT);
    return begun < 0 || /"/.test(tail.slice(begun)) ? overlap(text, SPELLED_OUT) : tail.length - begun;
  };
  return rewriteStream((text) => restoreNativeNames(text, write), unfinished);
}

/**
 * Rewrites the text of a stream. Whole lines are passed on at once, so that no event of a watch is delayed.
 * @param unfinished how many characters at the end of a text could be the beginning of a match
 */
function rewriteStream(rewrite: (text: string) => string, unfinished: (text: string) => number): Transform {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  return new Transform({
    transform(chunk: Buffer, _encoding, done: TransformCallback) {
      const text = rest + decoder.write(chunk);
      const keep = text.endsWith('\n') ? 0 : unfinished(text);
      rest = text.slice(text.length - keep);
      done(null, rewrite(text.slice(0, text.length - keep)));
    },
    flush(done: TransformCallback) {
      done(null, rewrite(rest + decoder.end()));
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
