import { StringDecoder } from 'node:string_decoder';
import type { Dispatcher } from 'undici';
import { countReceived } from './traffic.ts';

type Body = AsyncIterable<Buffer>;

/** @returns the whole body as text */
export async function text(body: Body): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of body) chunks.push(chunk);
  const whole = Buffer.concat(chunks);
  countReceived(whole.length);
  return whole.toString('utf8');
}

/** Splits a stream into its lines as they arrive; a last line without line break is yielded too. */
export async function* lines(body: Body): AsyncGenerator<string> {
  const decoder = new StringDecoder('utf8');
  let rest: string[] = [];
  for await (const chunk of body) {
    countReceived(chunk.length);
    const parts = decoder.write(chunk).split('\n');
    for (let i = 0; i < parts.length - 1; i++) {
      rest.push(parts[i] ?? '');
      const line = rest.join('');
      rest = [];
      if (line !== '') yield line;
    }
    rest.push(parts[parts.length - 1] ?? '');
  }
  const last = rest.join('') + decoder.end();
  if (last !== '') yield last;
}

/** @returns the seconds of a Retry-After header, when there is one with a number */
export function retryAfterSeconds(response: Dispatcher.ResponseData): number | undefined {
  const header = response.headers['retry-after'];
  const seconds = Number(Array.isArray(header) ? header[0] : header);
  return Number.isFinite(seconds) && header !== undefined ? seconds : undefined;
}
