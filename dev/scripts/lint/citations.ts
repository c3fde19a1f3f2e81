import type { SourceFile } from './files.ts';
import { commentsOf } from './source-text.ts';

const RULES = 'docs/rules.md';

/** Documents that readers of the repository do not have. */
const UNKNOWN: readonly [cited: RegExp, instead: string][] = [
  [/\b(?<!docs\/)design\.md\b/, 'a decision in docs/decisions/'],
  [/\bspec (semantics|api|syncer|commands)\b|\bthe spec's\b/, `${RULES} or docs/commands.md`],
  [/(?<!\[)\bdecisions? \d+\b(?!\])/, 'the path of the decision, docs/decisions/NNNN-title.md'],
  [/\b(issue|ticket) #?\d+\b/i, 'the reason itself'],
  [/\((the )?reference\b/, 'docs/commands.md'],
];
/** Files of the repository as comments name them, and rows of the document on rules. */
const PATH =
  /\b((?:api|chart|cli|controllers|dev|docs|e2e|lib|operator|proxy|release|syncer)\/[\w./-]*\.(?:ts|md|mjs|sh|yaml|json))\b/g;
const ROWS =
  /docs\/rules\.md, ((?:(?:semantics|api|syncer) )?\d[\d.]*[a-z]?(?:(?:, | and )(?:(?:semantics|api|syncer) )?\d[\d.]*[a-z]?)*)/g;

/**
 * Checks that comments cite only what is in the repository, or a public standard: files that exist, and rules that
 * docs/rules.md has. Returns one line for each other citation.
 */
export function checkCitations(files: readonly SourceFile[]): string {
  const paths = new Set(files.map(({ path }) => path));
  const rules = sectionsIn(files.find(({ path }) => path === RULES)?.content ?? '');
  return files
    .filter(({ path }) => path.endsWith('.ts'))
    .flatMap((file) =>
      commentsOf(file).flatMap(({ line, text }) => [
        ...UNKNOWN.flatMap(([cited, instead]) => {
          const found = cited.exec(text)?.[0];
          return found
            ? [`${file.path}:${line}: cites "${found}", which is not in the repository; cite ${instead}`]
            : [];
        }),
        ...[...text.matchAll(PATH)].flatMap(([path = '']) =>
          paths.has(path) || isBuilt(path)
            ? []
            : [`${file.path}:${line}: cites ${path}, which does not exist`],
        ),
        ...[...text.matchAll(ROWS)].flatMap(([, cited = '']) =>
          sectionsOf(cited)
            .filter((section) => !rules.has(section))
            .map(
              (section) => `${file.path}:${line}: cites the rule "${section}", which ${RULES} does not have`,
            ),
        ),
      ]),
    )
    .join('\n');
}

/** Files below `dist/` exist after a build only. */
function isBuilt(path: string): boolean {
  return path.includes('dist/');
}

function sectionsIn(document: string): ReadonlySet<string> {
  const rows = document.matchAll(/^\| (semantics|api|syncer) ([\d.]+)[a-z] \|/gm);
  return new Set(
    [...rows].flatMap(([, part, section = '']) =>
      section.split('.').map((_, index, all) => `${part} ${all.slice(0, index + 1).join('.')}`),
    ),
  );
}

/** @returns the sections that a text such as "semantics 8.3 and 8.4, api 4" names, without their letters */
function sectionsOf(cited: string): string[] {
  let part = '';
  return cited.split(/, | and /).map((each) => {
    const [, own, section = ''] = /^(?:([a-z]+) )?([\d.]*\d)/.exec(each) ?? [];
    part = own ?? part;
    return `${part} ${section}`;
  });
}
