import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ReadableStream } from 'node:stream/web';
import type { Download } from './catalog.ts';
import { messageOf } from './errors.ts';

/** Limits of a download in milliseconds. */
export interface DownloadLimits {
  /** Until the server's first answer, and between two pieces of data. */
  silence: number;
  /** For the whole file. */
  total: number;
}

// A machine without network must notice within seconds; a slow line still beats a build for five minutes.
const LIMITS: DownloadLimits = { silence: 4_000, total: 300_000 };

/** A download that failed; `reachable` tells whether the server answered at all. */
export class DownloadError extends Error {
  override name = 'DownloadError';
  readonly reachable: boolean;
  constructor(message: string, reachable: boolean) {
    super(message);
    this.reachable = reachable;
  }
}

/**
 * Downloads `source` to the file `to` and compares its SHA-256. Throws DownloadError when the server does not
 * answer, falls silent or sends something else; what lies at `to` is then worthless.
 */
export async function download(
  source: Download,
  to: string,
  signal?: AbortSignal,
  limits: DownloadLimits = LIMITS,
): Promise<void> {
  const silence = new AbortController();
  const timer = setTimeout(
    () => silence.abort(new Error(`no data for ${limits.silence / 1000} s`)),
    limits.silence,
  );
  const ends = [silence.signal, AbortSignal.timeout(limits.total), ...(signal ? [signal] : [])];
  const end = AbortSignal.any(ends);
  const hash = createHash('sha256');
  let reachable = false;
  try {
    const response = await fetch(source.url, { signal: end, redirect: 'follow' });
    reachable = true;
    if (!response.ok || response.body === null) throw new Error(`the server answered ${response.status}`);
    const meter = new Transform({
      transform(chunk: Buffer, _encoding, done) {
        timer.refresh();
        hash.update(chunk);
        done(null, chunk);
      },
    });
    // The two declarations of the same web stream (Node's and undici's) differ in name only.
    const body = Readable.fromWeb(response.body as ReadableStream);
    await pipeline(body, meter, createWriteStream(to), { signal: end });
  } catch (error) {
    const cause = end.aborted ? end.reason : error instanceof Error && error.cause ? error.cause : error;
    throw new DownloadError(`${source.url}: ${messageOf(cause)}`, reachable);
  } finally {
    clearTimeout(timer);
  }
  const sum = hash.digest('hex');
  if (sum !== source.sha256) {
    throw new DownloadError(`${source.url}: its SHA-256 is ${sum}, not ${source.sha256}`, true);
  }
}
