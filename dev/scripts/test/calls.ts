import { mkdirSync, writeFileSync } from 'node:fs';
import { type Profiler, Session } from 'node:inspector';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { root } from '../root.ts';

/** By source file, relative to the root, the functions (where they begin) that were called while a test file ran. */
export type Calls = Record<string, readonly number[]>;

const ROOT = `${pathToFileURL(root).href}/`;
const PROGRAMS = /^(?:controllers|syncer|operator|proxy)\/(?!.*(?:\.test\.ts$|node_modules\/))/;

/** Counts the calls of all functions of this process. */
export class CallCounter {
  readonly #session = new Session();
  /** Where whoever collects coverage of the whole process wants it. */
  readonly #coverage = process.env.NODE_V8_COVERAGE;
  #taken = 0;

  constructor() {
    // Node makes the folder when a process ends, which may be later.
    if (this.#coverage) mkdirSync(this.#coverage, { recursive: true });
    this.#session.connect();
    this.#session.post('Profiler.enable');
    // The engine has one way of counting for all that ask: coverage needs the detailed one.
    const detailed = Boolean(this.#coverage);
    this.#session.post('Profiler.startPreciseCoverage', { callCount: true, detailed });
  }

  /** Begins anew with what is called from now on. */
  begin(): void {
    this.#take();
  }

  /** @returns what was called since */
  end(): Calls {
    const calls: Record<string, number[]> = {};
    for (const { url, functions } of this.#take()) {
      const file = fileURLToPath(url).slice(root.length + 1);
      if (!PROGRAMS.test(file)) continue;
      // The first one is the module itself, which runs when it is imported.
      const starts = functions.flatMap(({ ranges: [range] }) =>
        range && range.count > 0 && range.startOffset > 0 ? [range.startOffset] : [],
      );
      if (starts.length > 0) calls[file] = starts;
    }
    return calls;
  }

  /** The same, into a file, as JSON. */
  write(path: string): void {
    writeFileSync(path, JSON.stringify(this.end()));
  }

  /** Reads what was counted in our sources, and counts from nothing again. */
  #take(): Profiler.ScriptCoverage[] {
    let result: Profiler.ScriptCoverage[] = [];
    // Answered at once: the session is of this very thread.
    this.#session.post('Profiler.takePreciseCoverage', (error, answer) => {
      if (error) throw error;
      result = answer.result.filter(({ url }) => url.startsWith(ROOT) && !url.includes('/node_modules/'));
    });
    // What is taken here is not in what the process writes when it ends.
    if (this.#coverage)
      writeFileSync(
        join(this.#coverage, `calls-${process.pid}-${++this.#taken}.json`),
        JSON.stringify({ result }),
      );
    return result;
  }
}
