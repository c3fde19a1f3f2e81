import { allPids, listeningSockets, openFilesOf, programOf } from '@kubestellar/process';

/** A process that listens at a port. */
export interface Listener {
  pid: number;
  command: string;
}

/** @returns the process that listens at a TCP port; undefined where the kernel does not tell (other users', macOS) */
export function listenerOf(port: number): Listener | undefined {
  const inodes = listeningSockets(port);
  if (inodes.size === 0) return undefined;
  const pid = allPids().find((candidate) =>
    [...openFilesOf(candidate).values()].some((file) =>
      inodes.has(/^socket:\[(\d+)\]$/.exec(file)?.[1] ?? ''),
    ),
  );
  return pid === undefined ? undefined : { pid, command: programOf(pid) ?? '?' };
}
