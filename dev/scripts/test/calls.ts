import { writeFileSync } from 'node:fs';
import { type Profiler, Session } from 'node:inspector';
import { fileURLToPath } from 'node:url';
import { root } from '../root.ts';

/** By source file, relative to the root, the functions (where they begin) that were called while a test file ran. */
export type Calls = Record<string, readonly number[]>;

const OURS = /\/(?:controllers|syncer|operator|proxy)\/(?!.*(?:\.test\.ts|node_modules\/))/;

/** Counts the calls of all functions of this process. */
export class CallCounter {
  readonly #session = new Session();
  #before = new Map<string, number>();

  constructor() {
    this.#session.connect();
    this.#session.post('Profiler.enable');
    // Whoever collects coverage has begun already, and for the whole process: what it counts is read, never reset.
    if (!process.env.NODE_V8_COVERAGE)
      this.#session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: false });
  }

  /** Begins anew with what is called from now on. */
  begin(): void {
    this.#before = new Map([...this.#read()].map(({ key, count }) => [key, count]));
  }

  /** @returns what was called since */
  end(): Calls {
    const calls: Record<string, number[]> = {};
    for (const { key, file, start, count } of this.#read())
      if (count > (this.#before.get(key) ?? 0)) calls[file] = [...(calls[file] ?? []), start];
    return calls;
  }

  /** The same, into a file, as JSON. */
  write(path: string): void {
    writeFileSync(path, JSON.stringify(this.end()));
  }

  *#read(): Generator<{ key: string; file: string; start: number; count: number }> {
    let found: Profiler.ScriptCoverage[] = [];
    // Answered at once: the session is of this very thread.
    this.#session.post('Profiler.getBestEffortCoverage', (error, answer) => {
      if (error) throw error;
      found = answer.result;
    });
    for (const { url, functions } of found) {
      if (!url.startsWith('file:') || !OURS.test(url)) continue;
      const file = fileURLToPath(url).slice(root.length).replace(/^\//, '');
      for (const { functionName, ranges } of functions) {
        const { startOffset: start = 0, count = 0 } = ranges[0] ?? {};
        // The first one is the module itself, which runs when it is imported.
        if (start > 0) yield { key: `${file} ${functionName} ${start}`, file, start, count };
      }
    }
  }
}
