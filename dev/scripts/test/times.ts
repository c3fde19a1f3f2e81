import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { root } from '../root.ts';

/** Where the table of times stands, between the line of the heading and the next one. */
export const DOCUMENT = 'docs/testing.md';
const [BEGIN, END] = ['<!-- times: npm test -- --record -->', '<!-- end of the times -->'];
const HEAD = ['| end-to-end test file | seconds |', '|---|---:|'];
const ROW = /^\| `(e2e\/[^`]+)` \| (\d+|–) \|$/gm;

/** Seconds by the path of the test file; NaN: it has not been measured. */
export type Times = ReadonlyMap<string, number>;

/** @returns the times in a document's table */
export function timesIn(document: string): Times {
  const rows = partsOf(document).table.matchAll(ROW);
  return new Map([...rows].map(([, file = '', seconds]) => [`${file}.test.ts`, Number(seconds)]));
}

/** @returns the document with another table, the longest first */
export function withTimes(document: string, times: Times): string {
  const { before, after } = partsOf(document);
  const rows = [...times]
    .map(([file, seconds]): [string, number] => [file, Math.round(seconds)])
    .sort(([a, first], [b, second]) => orderOf(second) - orderOf(first) || (a < b ? -1 : 1))
    .map(
      ([file, seconds]) =>
        `| \`${file.replace(/\.test\.ts$/, '')}\` | ${Number.isNaN(seconds) ? '–' : seconds} |`,
    );
  return `${before}\n\n${[...HEAD, ...rows].join('\n')}\n\n${after}`;
}

/** @returns the table of this clone */
export async function readTimes(): Promise<Times> {
  return timesIn(await readFile(join(root, DOCUMENT), 'utf8'));
}

/** Puts what was measured now into the table; files that are no more leave it. */
export async function recordTimes(measured: Times, existing: readonly string[]): Promise<void> {
  const document = await readFile(join(root, DOCUMENT), 'utf8');
  const all = new Map([...timesIn(document), ...measured]);
  const kept = new Map([...all].filter(([file]) => existing.includes(file)));
  await writeFile(join(root, DOCUMENT), withTimes(document, kept));
}

/** The files in the order in which to start them: the longest first, before them those of which no time is known. */
export function longestFirst(files: readonly string[], times: Times): string[] {
  const of = (file: string) => orderOf(times.get(file) ?? Number.NaN);
  return files.toSorted((a, b) => of(b) - of(a));
}

const orderOf = (seconds: number) => (Number.isNaN(seconds) ? Number.MAX_SAFE_INTEGER : seconds);

function partsOf(document: string): { before: string; table: string; after: string } {
  const [begin, end] = [document.indexOf(BEGIN), document.indexOf(END)];
  if (begin < 0 || end < begin) throw new Error(`${DOCUMENT} lacks the lines ${BEGIN} and ${END}`);
  const at = begin + BEGIN.length;
  return { before: document.slice(0, at), table: document.slice(at, end), after: document.slice(end) };
}
