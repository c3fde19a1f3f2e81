/** The real helm as a process. */
import { startChild } from '@kubestellar/process';
import { CommandFailure } from '../shell/failure.ts';
import { tidyingUp } from '../shell/interrupt.ts';
import type { HelmCall } from './helm-flags.ts';

/** How long an interrupted helm may take to note that its release failed (milliseconds). */
const GRACE_MS = 10_000;

/** The exit code of shells, and of dax, for a program that is not on `$PATH`. */
const NOT_FOUND = 127;

/**
 * Runs helm to its end. A signal that ends us ends it first, so that it is not left at work.
 * @param onStart gets its pid
 * @returns its exit code
 * @throws CommandFailure when it can't be run
 */
export async function runHelm(
  { args, env }: HelmCall,
  onStart: (pid: number) => void = () => undefined,
): Promise<number> {
  const helm = startChild('helm', args, {
    env: { ...process.env, ...env },
    stdout: 'inherit',
    stderr: 'inherit',
    // What gets it a credential may ask at the terminal.
    hasOwnGroup: false,
  });
  if (helm.pid !== undefined) onStart(helm.pid);
  const end = async (signal: NodeJS.Signals) => {
    helm.kill(signal);
    const impatience = setTimeout(() => helm.kill('SIGKILL'), GRACE_MS);
    await helm.ended.finally(() => clearTimeout(impatience));
  };
  const { code, failure } = await tidyingUp(end, () => helm.ended);
  if (failure)
    throw failure.code === 'ENOENT' ? missing() : new CommandFailure(`cannot run helm: ${failure.message}`);
  return code ?? 1;
}

/** @returns what `helm version` prints by a template @throws CommandFailure when helm is missing or fails */
export async function helmVersion(): Promise<string> {
  // Only some commands need it.
  const { CommandBuilder } = await import('dax');
  const { code, stdout } = await new CommandBuilder()
    .command(['helm', 'version', '--template', '{{.Version}}'])
    .stdout('piped')
    .stderr('piped')
    .noThrow();
  if (code === NOT_FOUND) throw missing();
  return code === 0 ? stdout.trim() : '';
}

const missing = () => new CommandFailure('helm is not on $PATH; install helm 3.14 or newer');
