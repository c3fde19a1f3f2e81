import { missingTest } from './coverage.ts';
import type { SourceFile } from './files.ts';

const DOCUMENT = 'docs/security.md';
const DECISIONS = 'docs/decisions/';
const INDEX = `${DECISIONS}README.md`;
/** A table whose rows must each name a test has this as the title of its last column. */
const SHOWN = 'shown by';
/** What each decision consists of. */
const PARTS = ['## Context', '## Decision', '## Consequences'];

/**
 * Checks that each check that the document on security names is shown by tests that are there, or that the row says why
 * there is none; and that decisions have numbers of their own and their three parts, and are listed. Returns one line per
 * finding.
 */
export function checkSecurity(files: readonly SourceFile[]): string {
  const contents = new Map(files.map(({ path, content }) => [path, content]));
  const document = contents.get(DOCUMENT);
  if (document === undefined) return `${DOCUMENT} is missing`;
  const rows = rowsIn(document);
  if (rows.length === 0) return `${DOCUMENT} has no table with a last column "${SHOWN}"`;
  return [
    ...rows.flatMap((row) => testFindings(row, contents)),
    ...decisionFindings(files, contents.get(INDEX) ?? ''),
  ].join('\n');
}

/** The rows of all tables whose last column tells by which tests they are shown. */
function rowsIn(document: string): string[][] {
  const rows: string[][] = [];
  let isShown = false;
  for (const line of document.split('\n')) {
    const cells = /^\| (.+) \|$/.exec(line)?.[1]?.split(' | ');
    if (!cells) isShown = /^\|-/.test(line) && isShown;
    else if (cells.at(-1) === SHOWN) isShown = true;
    else if (isShown) rows.push(cells);
  }
  return rows;
}

function testFindings(row: readonly string[], contents: ReadonlyMap<string, string>): string[] {
  const [what = ''] = row;
  const shown = row.at(-1) ?? '';
  if (/^no test: ./.test(shown)) return [];
  return shown.split('<br>').flatMap((entry) => {
    const [, file = '', name = ''] = /^`([^`]+\.ts)`: (.+)$/.exec(entry) ?? [];
    if (name === '') return [`${DOCUMENT}: "${what}" has neither a test nor a reason: ${entry}`];
    return missingTest(DOCUMENT, file, name, contents);
  });
}

function decisionFindings(files: readonly SourceFile[], index: string): string[] {
  const decisions = files.filter(({ path }) => path.startsWith(DECISIONS) && path !== INDEX);
  const names = decisions.map(({ path }) => path.slice(DECISIONS.length)).sort();
  const numbers = names.map((name) => /^(\d{4})-[a-z0-9-]+\.md$/.exec(name)?.[1]);
  const findings = names.flatMap((name, at) => {
    const number = numbers[at];
    if (number === undefined) return [`${DECISIONS}${name} is not named like 0001-two-words.md`];
    const first = names[numbers.indexOf(number)];
    return first === name ? [] : [`${DECISIONS}${name} has the number of ${first}`];
  });
  const unlisted = names.filter((name) => !index.includes(`](${name})`));
  const incomplete = decisions.flatMap(({ path, content }) =>
    PARTS.filter((part) => !content.split('\n').includes(part)).map((part) => `${path} has no "${part}"`),
  );
  return [...findings, ...unlisted.map((name) => `${INDEX} does not list ${name}`), ...incomplete];
}
