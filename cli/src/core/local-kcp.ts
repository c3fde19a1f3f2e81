import { runningPrograms } from '@kubestellar/process';
import { CommandFailure } from '../shell/failure.ts';

/** @throws CommandFailure unless a process of this machine has an executable named exactly "kcp" */
export function requireLocalKcp(): void {
  if (runningPrograms().includes('kcp')) return;
  throw new CommandFailure(
    'kcp is not running - please start it .... (or say --local-kcp false if it runs elsewhere)',
  );
}
