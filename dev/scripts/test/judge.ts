import type { ReportEvent } from '../../../lib/testing/src/report.ts';

/** How one test file went. */
export interface FileResult {
  file: string;
  passed: number;
  failures: { name: string; message: string }[];
  skipped: { name: string; reason: string }[];
}

/**
 * Judges a test file by its report, its exit code and why the runner had to stop it, if it had. A file that proves
 * nothing (no tests, a crash, an unexplained exit code) counts as one failure.
 */
export function judge(
  file: string,
  events: ReportEvent[],
  code: number | null,
  stopped: string | undefined,
): FileResult {
  const result: FileResult = { file, passed: 0, failures: [], skipped: [] };
  let running: string | undefined;
  for (const event of events) {
    if (event.event === 'start') running = title(event);
    if (event.event === 'pass') result.passed += 1;
    if (event.event === 'skip') result.skipped.push({ name: title(event), reason: event.reason });
    if (event.event === 'fail') result.failures.push({ name: title(event), message: event.message });
    if (event.event === 'pass' || event.event === 'fail') running = undefined;
  }

  const ended = events.some((event) => event.event === 'end');
  const problem = problemOf(result, { running, ended, code, stopped });
  if (problem !== undefined) result.failures.push({ name: file, message: problem });
  return result;
}

/** @returns why the file as a whole failed, whatever its tests say */
function problemOf(
  { passed, failures, skipped }: FileResult,
  end: { running: string | undefined; ended: boolean; code: number | null; stopped: string | undefined },
): string | undefined {
  const during = end.running === undefined ? '' : ` during "${end.running}"`;
  if (end.stopped !== undefined) return `${end.stopped}${during}`;
  if (!end.ended) return `the file ended early${during} (exit code ${end.code})`;
  if (passed + failures.length + skipped.length === 0) return 'the file reported no tests';
  if (end.code !== 0 && failures.length === 0)
    return `the file ended with exit code ${end.code}, though no test failed`;
  return undefined;
}

function title(event: { suite: string; test: string }): string {
  return event.suite === '' ? event.test : `${event.suite}: ${event.test}`;
}
