import type { SourceFile } from './files.ts';

/** Where processes are started: the helper, what starts daemons, what runs before any package is installed, their tests. */
const ALLOWED: readonly (string | RegExp)[] = [
  'lib/process/src/child.ts',
  'lib/process/src/processes.ts',
  /^dev\/scripts\/task\/[a-z]+\.mjs$/,
  'dev/scripts/task.test.ts',
  'dev/scripts/launch.test.ts',
];

const IMPORT =
  /(?:\bfrom\s*|\bimport\s*\(?\s*|\brequire\s*\(\s*|getBuiltinModule\s*\(\s*)['"](?:node:)?child_process['"]/;

/**
 * Checks that all others run programs by lib/process, dax or zx, so that limits, process groups and the end of what was
 * started are right in one place. Returns one line for each file that imports `node:child_process` itself.
 */
export function checkChildProcesses(files: readonly SourceFile[]): string {
  return files
    .filter(({ path }) => /\.[cm]?[jt]s$/.test(path))
    .filter(({ path }) => !ALLOWED.some((one) => (typeof one === 'string' ? one === path : one.test(path))))
    .filter(({ content }) => IMPORT.test(content))
    .map(({ path }) => `${path}: runs programs by node:child_process; use @kubestellar/process, dax or zx`)
    .join('\n');
}
