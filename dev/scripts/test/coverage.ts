import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { $ } from 'dax';
import { root } from '../root.ts';

/**
 * Prepares collecting coverage: `env` makes Node processes write it, `report` writes coverage/lcov.info and returns a
 * summary in text.
 */
export async function startCoverage(): Promise<{ env: NodeJS.ProcessEnv; report: () => Promise<string> }> {
  const folder = join(root, 'coverage');
  const raw = join(folder, 'tmp');
  await rm(folder, { recursive: true, force: true });
  const c8 = join(root, 'node_modules', 'c8', 'bin', 'c8.js');
  const included = ['*/src/**/*.ts', '*/*/src/**/*.ts', 'controllers/**/*.ts'].flatMap((glob) => [
    '--include',
    glob,
  ]);
  const excluded = ['**/*.test.ts', '**/fixtures/**'].flatMap((glob) => ['--exclude', glob]);
  // "--all" counts files that no test loads, too.
  const options = ['--all', ...included, ...excluded, '--reporter', 'text-summary', '--reporter', 'lcov'];
  const folders = ['--temp-directory', raw, '--reports-dir', folder];
  return {
    env: { NODE_V8_COVERAGE: raw },
    async report() {
      const summary = await $`${process.execPath} ${c8} report ${options} ${folders}`.cwd(root).text();
      await rm(raw, { recursive: true, force: true });
      return summary;
    },
  };
}
