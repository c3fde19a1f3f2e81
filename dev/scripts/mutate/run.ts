import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
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
  const child = spawn(process.execPath, [...(mutation ? ['--import', HOOK] : []), test], {
    cwd: root,
    env: { ...process.env, KUBESTELLAR_MUTANT: mutation },
    stdio: 'ignore',
    // A group of its own, so that what it has started ends with it.
    detached: true,
  });
  const timer = setTimeout(() => end(child.pid), LIMIT_MS);
  const [code] = (await once(child, 'exit')) as [number | null];
  clearTimeout(timer);
  end(child.pid);
  return code === 0;
}

function end(pid: number | undefined): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL');
  } catch {
    // The group is gone.
  }
}
