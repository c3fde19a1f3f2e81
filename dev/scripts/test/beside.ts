import { dirname } from 'node:path';
import type { SourceFile } from '../lint/files.ts';
import { visitSource } from '../mutate/syntax.ts';
import type { Calls } from './calls.ts';

/** The programs whose files need tests beside them; what only helps tests does not. */
const PROGRAMS = /^(?:controllers|syncer|operator|proxy)\/(?!.*\.test\.ts$|(?:.*\/)?fixtures\.ts$).*\.ts$/;
/** What is not longer may be tested by those who use it. */
const SHORT = 40;
/** So much of a file's functions, at least, has to be called. */
const SHARE = 0.5;

/** What is known of a run of unit tests. */
export interface UnitRun {
  /** All unit tests that there are. */
  all: readonly string[];
  /** By test file that has run, what it has called. */
  calls: ReadonlyMap<string, Calls>;
}

/**
 * Checks that every longer file of the programs that has functions is run by the unit tests beside it, which are those
 * in the same folder: at least half of its functions are called by them. Folders of which not all tests have run are
 * left out. Returns one line per finding.
 */
export function checkTestedBeside(files: readonly SourceFile[], { all, calls }: UnitRun): string[] {
  const isWhole = all.every((test) => calls.has(test));
  const partial = new Set(all.filter((test) => !calls.has(test)).map(dirname));
  const tested = new Set(all.map(dirname));
  const called = calledBeside(calls);
  return files.flatMap(({ path, content }) => {
    if (!PROGRAMS.test(path) || content.split('\n').length - 1 <= SHORT) return [];
    const folder = dirname(path);
    if (partial.has(folder) || (!isWhole && !tested.has(folder))) return [];
    const total = functionsIn(path, content);
    const count = called.get(path)?.size ?? 0;
    if (total === 0 || (count > 0 && count >= total * SHARE)) return [];
    return [
      `${path}: the tests in its folder call ${count} of its ${total} functions; at least half should be`,
    ];
  });
}

/** By file, the functions that tests in its folder have called. */
function calledBeside(calls: ReadonlyMap<string, Calls>): Map<string, Set<number>> {
  const called = new Map<string, Set<number>>();
  for (const [test, of] of calls) {
    for (const [file, starts] of Object.entries(of)) {
      if (dirname(file) !== dirname(test)) continue;
      called.set(file, new Set([...(called.get(file) ?? []), ...starts]));
    }
  }
  return called;
}

function functionsIn(path: string, content: string): number {
  let count = 0;
  visitSource(path, content, ({ type, body }) => {
    if (/^(?:Function(?:Declaration|Expression)|ArrowFunctionExpression)$/.test(type) && body) count++;
  });
  return count;
}
