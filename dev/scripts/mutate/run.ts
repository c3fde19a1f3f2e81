import { join } from 'node:path';
import { startChild } from '@kubestellar/process';
import { root } from '../root.ts';
import type { Mutant } from './syntax.ts';

const HOOK = join(root, 'dev', 'scripts', 'mutate', 'hook.mjs');
/** A test that takes longer waits for what should have been refused. */
const LIMIT_MS = 60_000;

/**
 * Runs a test file.
 * @param without the module that is loaded without one of its checks
 * @returns whether all its tests pass
 */
export async function passes(
  test: string,
  without?: { readonly module: string; readonly mutant: Mutant },
): Promise<boolean> {
  const mutation = without && JSON.stringify({ file: join(root, without.module), ...without.mutant });
  const running = startChild(process.execPath, [...(mutation ? ['--import', HOOK] : []), test], {
    cwd: root,
    env: { ...process.env, KUBESTELLAR_MUTANT: mutation },
    stdout: 'ignore',
    stderr: 'ignore',
    limitMs: LIMIT_MS,
    endWith: 'SIGKILL',
  });
  const code = await running.exited;
  // What it has started ends with it.
  running.kill('SIGKILL');
  return code === 0;
}
