import type { SourceFile } from './files.ts';

/** The features whose promises end-to-end tests show; each has a folder in e2e/. */
const FEATURES = ['cli', 'hosted', 'install', 'model', 'security', 'semantics', 'sync', 'workloads'];
const TEST = new RegExp(`^e2e/(${FEATURES.join('|')})/[a-z0-9-]+\\.test\\.ts$`);

/**
 * Checks that `ls e2e/*` reads like a list of features and promises: tests lie in the folder of a feature, all else in
 * e2e/support/, tests of helpers beside these. Returns one line per file that lies elsewhere.
 */
export function checkPlaces(files: readonly SourceFile[]): string {
  return files
    .map(({ path }) => path)
    .filter((path) => path.startsWith('e2e/') && path.endsWith('.ts'))
    .filter((path) => !TEST.test(path) && !path.startsWith('e2e/support/'))
    .map(
      (path) =>
        `${path}: tests are e2e/<${FEATURES.join('|')}>/<promise>.test.ts, helpers lie in e2e/support/`,
    )
    .join('\n');
}
