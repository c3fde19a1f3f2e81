import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { missingTest } from './coverage.ts';
import type { SourceFile } from './files.ts';

const DOCUMENT = 'docs/rules.md';
/** Tests here may name the rules that they show in their titles. */
const SCENARIOS = 'e2e/';
/** Names the folder with the specification, which is not part of this repository. */
const SPECIFICATION = 'KUBESTELLAR_SPECIFICATION';

/** One row of the document. */
interface Rule {
  /** `semantics`, `api` or `syncer`. */
  part: string;
  /** Numbers of the section, such as 4 and 3. */
  section: readonly number[];
  letter: string;
  id: string;
  shown: string;
}

/**
 * Checks that each rule of the specification has a scenario: that the document numbers them without gaps, that each
 * names tests that are there or a reason why there is none, and that no test names a rule that does not name it. The
 * sections are compared with the specification itself where there is one. Returns one line per finding.
 */
export async function checkRules(
  files: readonly SourceFile[],
  specification = process.env[SPECIFICATION],
): Promise<string> {
  const contents = new Map(files.map(({ path, content }) => [path, content]));
  const rules = rulesIn(contents.get(DOCUMENT) ?? '');
  if (rules.length === 0) return `${DOCUMENT} is missing or names no rule`;
  const named = new Map(
    files.filter(({ path }) => path.startsWith(SCENARIOS)).map(({ path, content }) => [path, idsIn(content)]),
  );
  return [
    ...gaps(rules),
    ...rules.flatMap((rule) => testFindings(rule, named, contents)),
    ...unknownRules(rules, named),
    ...(specification ? await compare(rules, specification) : []),
  ].join('\n');
}

function rulesIn(document: string): Rule[] {
  const rows = document.matchAll(/^\| (semantics|api|syncer) ([\d.]+)([a-z]) \| .+ \| (.+) \|$/gm);
  return [...rows].map(([, part = '', numbers = '', letter = '', shown = '']) => {
    const section = numbers.split('.').map(Number);
    return { part, section, letter, id: `${part} ${numbers}${letter}`, shown };
  });
}

/** A rule follows on the one before it by its letter, or begins the section that follows on that of the one before. */
function gaps(rules: readonly Rule[]): string[] {
  return rules.flatMap((rule, index) => {
    const before = rules[index - 1];
    const expected =
      before?.part === rule.part
        ? [nextLetter(before), ...nextSections(before).map((section) => `${rule.part} ${section}a`)]
        : [`${rule.part} 1a`];
    return expected.includes(rule.id) ? [] : [`${DOCUMENT}: ${rule.id} stands where ${expected[0]} should`];
  });
}

function nextLetter({ part, section, letter }: Rule): string {
  return `${part} ${section.join('.')}${String.fromCharCode(letter.charCodeAt(0) + 1)}`;
}

function nextSections({ section }: Rule): string[] {
  const [major = 0, minor = 0] = section;
  return [`${major}.${minor + 1}`, `${major + 1}`, `${major + 1}.1`];
}

function testFindings(
  { id, shown }: Rule,
  named: ReadonlyMap<string, ReadonlySet<string>>,
  contents: ReadonlyMap<string, string>,
): string[] {
  if (/^not testable: ./.test(shown)) return [];
  return shown.split('<br>').flatMap((entry) => {
    const [, file = '', name] = /^`([^`]+\.ts)`(?:: (.+))?$/.exec(entry) ?? [];
    if (file === '') return [`${DOCUMENT}: ${id} has neither a test nor a reason: ${entry}`];
    if (name !== undefined) return missingTest(DOCUMENT, file, name, contents);
    return named.get(file)?.has(id) ? [] : [`${DOCUMENT}: no test of ${file} names ${id}`];
  });
}

function unknownRules(rules: readonly Rule[], named: ReadonlyMap<string, ReadonlySet<string>>): string[] {
  const shownBy = new Map(rules.map(({ id, shown }) => [id, shown]));
  return [...named].flatMap(([file, ids]) =>
    [...ids]
      .filter((id) => !shownBy.get(id)?.includes(`\`${file}\``))
      .map((id) => `${file} names ${id}, for which ${DOCUMENT} does not name it`),
  );
}

/** The rules that titles of tests begin with: `semantics 4.3a, 4.3b; syncer 2a: what it shows`. */
function idsIn(content: string): Set<string> {
  const ids = new Set<string>();
  for (const [, list = ''] of content.matchAll(/['"`]((?:semantics|api|syncer) \d[^'"`:]*): /g)) {
    let part = '';
    for (const reference of list.split(/[;,] /)) {
      const [, word, number = ''] = /^(?:([a-z]+) )?(\d[\d.]*[a-z]?)$/.exec(reference) ?? [];
      part = word ?? part;
      ids.add(`${part} ${number || reference}`);
    }
  }
  return ids;
}

/** What a section says stands below its subsections only where it has any. */
async function compare(rules: readonly Rule[], specification: string): Promise<string[]> {
  const findings: string[] = [];
  for (const part of new Set(rules.map((rule) => rule.part))) {
    const text = await readFile(join(specification, `${part}.md`), 'utf8');
    const headings = [...text.matchAll(/^#{2,3} (\d+(?:\.\d+)?)\.? /gm)].map(([, number = '']) => number);
    const sections = new Set(
      rules.filter((rule) => rule.part === part).map(({ section }) => section.join('.')),
    );
    const leaves = headings.filter((number) => !headings.some((other) => other.startsWith(`${number}.`)));
    findings.push(
      ...leaves
        .filter((number) => !sections.has(number))
        .map((number) => `${DOCUMENT}: there is no rule of ${part} ${number}`),
      ...[...sections]
        .filter((number) => !headings.includes(number))
        .map((number) => `${DOCUMENT}: there is no section ${number} in ${part}`),
    );
  }
  return findings;
}
