import { basename } from 'node:path';
import { runChildSync } from './child.ts';
import { allPids, bootId, type ProcessStat, programOf, statOf } from './proc.ts';

/**
 * When a process started, in a form that no other process with the same id ever has.
 * @returns undefined when no process with this id runs; a dead one that waits to be reaped does not run
 */
export function startTimeOf(pid: number): string | undefined {
  return process.platform === 'linux' ? fromProc(pid) : fromPs(pid);
}

/** Ticks since boot, with the boot's id: after a reboot the same ticks come again. */
function fromProc(pid: number): string | undefined {
  const stat = statOf(pid);
  if (stat === undefined || hasEnded(stat)) return undefined;
  return `${bootId()}/${stat.startTicks}`;
}

/** A killed process is a zombie before its other threads have ended, and its ports are taken until they have. */
function hasEnded({ state, threads }: ProcessStat): boolean {
  return state === 'X' || (state === 'Z' && threads <= 1);
}

function fromPs(pid: number): string | undefined {
  const { stdout } = runChildSync('ps', ['-o', 'stat=,lstart=', '-p', String(pid)], {
    env: { ...process.env, LC_ALL: 'C' },
  });
  const [state = '', ...started] = stdout.trim().split(/\s+/);
  return state === '' || state.startsWith('Z') ? undefined : started.join(' ');
}

/** The names of the executables of all processes. */
export function runningPrograms(): string[] {
  if (process.platform === 'linux') return allPids().map((pid) => programOf(pid) ?? '');
  const lines = runChildSync('ps', ['-axo', 'comm=']).stdout.split('\n');
  return lines.map((line) => basename(line.trim()));
}
