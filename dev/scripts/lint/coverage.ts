import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { SourceFile } from './files.ts';

const DOCUMENT = 'docs/reference-coverage.md';
const LINES = 'dev/scripts/lint/reference-lines.txt';
/** Names the file with the reference, which is not part of this repository. */
const REFERENCE = 'KUBESTELLAR_REFERENCE';

/**
 * Checks that the document tells of every line of the reference, and that the tests that it names are there. The
 * numbers of the lines are compared with the reference itself where there is one. Returns one line per finding.
 */
export async function checkReferenceCoverage(
  files: readonly SourceFile[],
  reference = process.env[REFERENCE],
): Promise<string> {
  const contents = new Map(files.map(({ path, content }) => [path, content]));
  const document = contents.get(DOCUMENT) ?? '';
  const hashes = new Map(
    (contents.get(LINES) ?? '').split('\n').flatMap((line): [number, string][] => {
      const [number, hash] = line.split(' ');
      return hash === undefined ? [] : [[Number(number), hash]];
    }),
  );
  if (hashes.size === 0) return `${LINES} is missing or empty`;
  const rows = [...document.matchAll(/^\| ([\d][-\d, ]*) \| .+ \| (.+) \|$/gm)];
  return [
    ...lineFindings(
      rows.map(([, lines = '']) => lines),
      new Set(hashes.keys()),
    ),
    ...rows.flatMap(([, lines = '', checks = '']) => testFindings(lines, checks, contents)),
    ...(reference ? compare(await readFile(reference, 'utf8'), hashes) : []),
  ].join('\n');
}

function lineFindings(ranges: readonly string[], wanted: ReadonlySet<number>): string[] {
  const seen = new Map<number, number>();
  for (const range of ranges.flatMap((text) => text.split(','))) {
    const [first = 0, last = first] = range.split('-').map(Number);
    for (let line = first; line <= last; line++)
      if (wanted.has(line)) seen.set(line, (seen.get(line) ?? 0) + 1);
    if (!wanted.has(first) || !wanted.has(last)) seen.set(first, 0);
  }
  const missing = [...wanted].filter((line) => !seen.has(line));
  return [
    ...missing.map((line) => `${DOCUMENT}: line ${line} of the reference is not told of`),
    ...[...seen].flatMap(([line, count]) =>
      count === 1 ? [] : `${DOCUMENT}: line ${line} ${count === 0 ? 'says nothing' : 'is told of twice'}`,
    ),
  ];
}

function testFindings(lines: string, checks: string, contents: ReadonlyMap<string, string>): string[] {
  if (/^not checkable( yet)?: ./.test(checks)) return [];
  return checks.split('<br>').flatMap((check) => {
    const [, file = '', name = ''] = /^`([^`]+\.test\.ts)`: (.+)$/.exec(check) ?? [];
    if (name === '') return [`${DOCUMENT}: lines ${lines} have neither a test nor a reason: ${check}`];
    return missingTest(DOCUMENT, file, name, contents);
  });
}

/** Checks that a test that a document names is there. @returns the finding, if there is one */
export function missingTest(
  document: string,
  file: string,
  name: string,
  contents: ReadonlyMap<string, string>,
): string[] {
  const content = contents.get(file);
  if (content === undefined) return [`${document}: there is no ${file}`];
  const quoted = [`'${name.replaceAll("'", "\\'")}'`, `"${name}"`, `\`${name}\``];
  return quoted.some((text) => content.includes(text)) ? [] : [`${document}: ${file} has no test "${name}"`];
}

function compare(reference: string, hashes: ReadonlyMap<number, string>): string[] {
  return reference.split('\n').flatMap((text, index) => {
    const line = index + 1;
    const hash =
      text.trim() === '' ? undefined : createHash('sha256').update(text.trim()).digest('hex').slice(0, 16);
    return hash === hashes.get(line) ? [] : [`${LINES}: line ${line} is another one in the reference`];
  });
}
