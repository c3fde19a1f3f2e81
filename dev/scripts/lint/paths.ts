import type { SourceFile } from './files.ts';

/** What a path may lack at its end: texts name a test by what it shows, and a program by its folder. */
const ENDINGS = ['', '.ts', '.test.ts', '.md', '/'];

/**
 * Checks that each path of the repository that a text names in code style, such as `lib/pki/`, is there. Returns one line
 * per finding.
 */
export function checkPaths(files: readonly SourceFile[]): string {
  const known = new Set(files.flatMap(({ path }) => [path, ...foldersOf(path)]));
  const top = new Set(files.map(({ path }) => path.split('/')[0]));
  const texts = files.filter(({ path }) => path.endsWith('.md'));
  return texts
    .flatMap(({ path, content }) =>
      pathsIn(content)
        .filter((named) => top.has(named.split('/')[0]))
        .filter((named) => !ENDINGS.some((ending) => known.has(`${named}${ending}`)))
        .map((named) => `${path} names ${named}, which is not there`),
    )
    .join('\n');
}

/** What stands in code style and can only be a path: two parts or more, without a placeholder or a pattern. */
function pathsIn(content: string): string[] {
  const spans = [...content.matchAll(/`([^`\n]+)`/g)].map(([, span = '']) => span);
  return spans.filter((span) => /^[\w.-]+(\/[\w.-]+)+\/?$/.test(span));
}

/** @returns each folder that a file lies in, with a slash at its end */
function foldersOf(path: string): string[] {
  const parts = path.split('/').slice(0, -1);
  return parts.map((_, at) => `${parts.slice(0, at + 1).join('/')}/`);
}
