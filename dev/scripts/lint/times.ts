import { DOCUMENT, timesIn } from '../test/times.ts';
import type { SourceFile } from './files.ts';

/** Checks that the table of times tells of every end-to-end test file, and of no other. Returns one line per finding. */
export function checkTimes(files: readonly SourceFile[]): string {
  const suites = files.map(({ path }) => path).filter((path) => /^e2e\/.*\.test\.ts$/.test(path));
  const times = timesIn(files.find(({ path }) => path === DOCUMENT)?.content ?? '');
  return [
    ...suites
      .filter((path) => !times.has(path))
      .map((path) => `${DOCUMENT}: no time of ${path}; run: npm test -- --record ${path}`),
    ...[...times.keys()]
      .filter((path) => !suites.includes(path))
      .map((path) => `${DOCUMENT}: a time of ${path}, which is not there`),
  ].join('\n');
}
