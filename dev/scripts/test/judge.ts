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
  code: number | undefined,
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

  const during = running === undefined ? '' : ` during "${running}"`;
  const ended = events.some((event) => event.event === 'end');
  if (stopped !== undefined) {
    result.failures.push({ name: file, message: `${stopped}${during}` });
  } else if (!ended) {
    result.failures.push({ name: file, message: `the file ended early${during} (exit code ${code})` });
  } else if (result.passed + result.failures.length + result.skipped.length === 0) {
    result.failures.push({ name: file, message: 'the file reported no tests' });
  } else if (code !== 0 && result.failures.length === 0) {
    result.failures.push({
      name: file,
      message: `the file ended with exit code ${code}, though no test failed`,
    });
  }
  return result;
}

function title(event: { suite: string; test: string }): string {
  return event.suite === '' ? event.test : `${event.suite}: ${event.test}`;
}
