import { allPids, commandLineOf, environmentOf, executableOf } from '@kubestellar/process';

/** A process of this machine. */
export interface ProcessInfo {
  pid: number;
  command: string;
}

/** @returns the processes whose command line, environment or executable names a folder; Linux only */
export function processesOf(folder: string): ProcessInfo[] {
  return allPids()
    .filter((pid) => pid !== process.pid)
    .map((pid) => ({ pid, command: commandLineOf(pid).join(' ') }))
    .filter(({ pid, command }) =>
      [command, executableOf(pid), ...Object.values(environmentOf(pid))].some((text) =>
        text?.includes(folder),
      ),
    );
}
