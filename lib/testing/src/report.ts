/**
 * What a test file reports to the runner: one JSON line per event, appended to the file that the environment
 * variable KUBESTELLAR_TEST_REPORT names. Results are written at once, so that a file which hangs or
 * crashes still shows which test was running.
 */
import { appendFileSync } from 'node:fs';

/** One line of the report; `ms` is a duration in milliseconds. */
export type ReportEvent =
  | { event: 'start'; suite: string; test: string }
  | { event: 'pass'; suite: string; test: string; ms: number }
  | { event: 'fail'; suite: string; test: string; ms: number; message: string }
  | { event: 'skip'; suite: string; test: string; reason: string }
  | { event: 'end' };

/** Name of the environment variable that holds the report file's path. */
export const REPORT_VARIABLE = 'KUBESTELLAR_TEST_REPORT';

/**
 * Returns the function that appends events to the report; without a runner it does nothing.
 * @param path of the report; default: what the environment names
 */
export function openReport(path = process.env[REPORT_VARIABLE]): (event: ReportEvent) => void {
  // A program that the test starts may itself be a test file; its results are not ours.
  delete process.env[REPORT_VARIABLE];
  if (path === undefined || path === '') return () => {};
  return (event) => appendFileSync(path, `${JSON.stringify(event)}\n`);
}

/** Parses a report's text; a last line that was cut off by a kill is ignored. */
export function parseReport(text: string): ReportEvent[] {
  const lines = text.split('\n').slice(0, -1);
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as ReportEvent);
}
