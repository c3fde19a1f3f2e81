/** The real helm as a process. */
import { spawn } from 'node:child_process';
import { CommandFailure } from '../shell/failure.ts';
import { tidyingUp } from '../shell/interrupt.ts';
import type { HelmCall } from './helm-flags.ts';

/** How long an interrupted helm may take to note that its release failed (milliseconds). */
const GRACE_MS = 10_000;

/** How helm ended. */
export interface HelmEnd {
  readonly exitCode: number;
  /** What it printed, if that was to be read. */
  readonly stdout: string;
}

/**
 * Runs helm to its end. A signal that ends us ends it first, so that it is not left at work.
 * @param onStart gets its pid
 * @throws CommandFailure when it can't be run
 */
export function runHelm(
  { args, env }: HelmCall,
  stdout: 'inherit' | 'pipe',
  onStart: (pid: number) => void = () => undefined,
): Promise<HelmEnd> {
  const child = spawn('helm', args, {
    env: { ...process.env, ...env },
    stdio: ['ignore', stdout, 'inherit'],
  });
  let text = '';
  child.stdout?.on('data', (data: Buffer) => {
    text += data;
  });
  const ended = new Promise<HelmEnd>((resolve, reject) => {
    child.on('error', (error: NodeJS.ErrnoException) => {
      const missing = 'helm is not on $PATH; install helm 3.14 or newer';
      reject(new CommandFailure(error.code === 'ENOENT' ? missing : `cannot run helm: ${error.message}`));
    });
    child.on('close', (code) => resolve({ exitCode: code ?? 1, stdout: text }));
  });
  if (child.pid !== undefined) onStart(child.pid);
  const end = async (signal: NodeJS.Signals) => {
    child.kill(signal);
    const impatience = setTimeout(() => child.kill('SIGKILL'), GRACE_MS);
    await ended.finally(() => clearTimeout(impatience));
  };
  return tidyingUp(end, () => ended);
}
