import type { SourceFile } from './files.ts';
import { type Finding, identifiersOf, proseOf } from './source-text.ts';

/** Words that only this project used, and the words of Kubernetes, kcp and Helm to use instead. */
const WORDS: readonly [word: RegExp, instead: string][] = [
  [/\b(tells?|told)\b/i, 'report, print, log, record, return or notify'],
  [/\b(mend(s|ed|ing)?|troubles?|obstacles?|hinder(s|ed)?)\b/i, 'fix, problem, error or blocker'],
  [/\b(authority|authorities)\b/i, 'CA, cross-signed CA or chain'],
  [/\bwish(es|ed)?\b/i, 'spec or desired'],
  [/\b(twins?|natural (form|group|kind|name)s?|denatured form)\b/i, 'denatured resource or native resource'],
  [/\b(wmw-view|(the|a|its) view)\b/i, "workspace proxy, or kcp's virtual workspace"],
  [/\bwho(ever)? (asks|has shown)\b/i, 'the caller, the client or the user'],
  [/\b(is|are|was|were) gone\b/i, 'is deleted'],
  [/\bgoes as it is\b/i, 'is copied unchanged'],
  [/\b(com(e|es|ing)|br(ing|ings|ought)) (up|down)\b|\bway (up|down)\b/i, 'upsync or downsync'],
  [/\bleftovers?\b/i, 'orphan'],
  [/\b(at work|(falls?|fallen|is) silent|silence|heard of)\b/i, 'unreachable, last seen or active'],
  [
    /\b(tally|last words|pok(e|es|ed)|judg(e|es|ed|ing))\b/i,
    'termination message, probe, conditions, recheck',
  ],
  [/\bleads? to\b|\bled to\b/i, 'route to, or name the effect'],
  [/\b(is|are|can't|not) to be had\b|\bcan't be had\b/i, 'is available, cannot be pulled or found'],
  [/\b(first light|calm|surroundings)\b/i, 'smoke test, quiescent, environment'],
  [/\bat the most\b/i, 'at most, or at most once per second'],
];

/** Parts of identifiers, in lower case. */
const PARTS: ReadonlyMap<string, string> = new Map([
  ...['tell', 'tells', 'told'].map((part) => [part, 'report, print, record or notify'] as const),
  ...['mend', 'trouble', 'troubles', 'obstacle', 'hinder'].map(
    (part) => [part, 'fix, problem or blocker'] as const,
  ),
  ...['authority', 'authorities'].map((part) => [part, 'CA'] as const),
  ...['wish', 'wishes', 'wished'].map((part) => [part, 'spec or desired'] as const),
  ...['twin', 'twins'].map((part) => [part, 'denatured'] as const),
  ...['natural'].map((part) => [part, 'native'] as const),
  ...['leftover', 'leftovers'].map((part) => [part, 'orphan'] as const),
  ...['silence'].map((part) => [part, 'unreachable'] as const),
  ...['judge', 'judges', 'judged', 'poke', 'tally'].map(
    (part) => [part, 'conditions, probe, recheck'] as const,
  ),
]);

/** Methods are verbs with an object, such as `listByMailbox` or `getDestinations`. */
const PREPOSITIONS = new Set([
  'about',
  'as',
  'at',
  'by',
  'for',
  'from',
  'in',
  'into',
  'needing',
  'of',
  'on',
  'to',
  'under',
  'with',
]);

/** Names that are published, and so stay; and words of libraries, standards and commands. */
const PUBLISHED = [
  /certificate[- ]authorit(y|ies)|certificate-authority(-data)?/gi,
  /\b(server|client|proxy)-authority\b|--authorities\b|rotate-authorities/g,
  /\bauthority(Lifetime|Overlap|KeyIdentifier|InfoAccess)|AuthorityKeyIdentifier(Extension)?\b/gi,
  /`(authority|trouble)`/g,
  /`[^`\n]*(wmw-view|--view|core\.view|spec\.view)[^`\n]*`|--view\b|'wmw-view'|alias (of )?wmw-view/g,
];

/** Folders and files that do not use these words yet. This list only shrinks. */
const UNCONVERTED: readonly string[] = [
  'controllers/mailbox-controller/',
  'controllers/placement-translator/',
  'dev/',
  'e2e/',
  'images/',
  'release/',
  'syncer/',
  // Others change these now.
  'cli/src/hosted/helm-process.ts',
  'cli/src/hosted/pod-exec',
  'lib/kube/src/lease',
  'lib/kube/src/workqueue',
  // Their rows are the promises of tests in folders above.
  'docs/reference-coverage.md',
  'docs/rules.md',
  'docs/security.md',
];

/** Published names in code: fields of commands with `--output json`, and a flag. */
const PUBLISHED_IN: readonly [path: string, name: string][] = [
  ['cli/src/status/', 'trouble'],
  ['cli/src/commands/rotate-certs.ts', 'authorities'],
  ['cli/src/pki/server-creds', 'authority'],
];

/**
 * Checks that docs, comments, messages, titles and identifiers use Kubernetes' words, and that methods are verbs.
 * Returns one line for each other word, and for each folder that is listed as unconverted and has none.
 */
export function checkGlossary(files: readonly SourceFile[], unconverted = UNCONVERTED): string {
  const findings = files
    .filter(({ path }) => /\.(ts|md|tpl|txt|yaml)$/.test(path))
    .flatMap((file) => [...wordsIn(file), ...namesIn(file)]);
  const isListed = (path: string) => unconverted.some((each) => path.startsWith(each));
  return [
    ...findings
      .filter(({ path }) => !isListed(path))
      .map(({ path, line, message }) => `${path}:${line}: ${message}`),
    ...unconverted
      .filter((each) => !findings.some(({ path }) => path.startsWith(each)))
      .map((each) => `${each} has none of these words: remove it from the list of unconverted folders`),
  ].join('\n');
}

function wordsIn(file: SourceFile): Finding[] {
  return proseOf(file).flatMap(({ line, text }) => {
    const own = PUBLISHED.reduce((rest, name) => rest.replaceAll(name, ''), text);
    return WORDS.flatMap(([word, instead]) => {
      const found = word.exec(own)?.[0];
      return found ? [{ path: file.path, line, message: `not "${found}", but ${instead}` }] : [];
    });
  });
}

function namesIn(file: SourceFile): Finding[] {
  return identifiersOf(file).flatMap(({ line, name, isMethod }) => {
    if (isMethod && PREPOSITIONS.has(name.replace('#', '')))
      return [{ path: file.path, line, message: `the method "${name}" is no verb with an object` }];
    if (PUBLISHED.some((published) => name.search(published) >= 0)) return [];
    if (PUBLISHED_IN.some(([path, published]) => name === published && file.path.startsWith(path))) return [];
    const parts = name.match(/[A-Z]?[a-z0-9]+|[A-Z]+(?![a-z])/g) ?? [];
    const part = parts.map((each) => each.toLowerCase()).find((each) => PARTS.has(each));
    return part ? [{ path: file.path, line, message: `not "${name}", but ${PARTS.get(part)}` }] : [];
  });
}
