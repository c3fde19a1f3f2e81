import { readdir, readFile, readlink } from 'node:fs/promises';
import { basename } from 'node:path';

/** A process that listens at a port. */
export interface Listener {
  pid: number;
  command: string;
}

/** TCP state "listen" in /proc/net/tcp (proc(5)). */
const LISTEN = '0A';

/** @returns the process that listens at a TCP port; undefined where the kernel does not tell (other users', macOS) */
export async function listenerOf(port: number): Promise<Listener | undefined> {
  const inodes = new Set([
    ...(await listening('/proc/net/tcp', port)),
    ...(await listening('/proc/net/tcp6', port)),
  ]);
  if (inodes.size === 0) return undefined;
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    const sockets = await openSockets(pid);
    if (!sockets.some((inode) => inodes.has(inode))) continue;
    return { pid: Number(pid), command: await commandOf(pid) };
  }
  return undefined;
}

async function commandOf(pid: string): Promise<string> {
  const program = await readlink(`/proc/${pid}/exe`).catch(() => undefined);
  return program ? basename(program) : (await readFile(`/proc/${pid}/comm`, 'utf8').catch(() => '?')).trim();
}

async function listening(table: string, port: number): Promise<string[]> {
  const text = await readFile(table, 'utf8').catch(() => '');
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  return text
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter((fields) => fields[1]?.endsWith(suffix) && fields[3] === LISTEN)
    .map((fields) => fields[9] ?? '');
}

async function openSockets(pid: string): Promise<string[]> {
  const folder = `/proc/${pid}/fd`;
  const names = await readdir(folder).catch(() => []);
  const targets = await Promise.all(names.map((name) => readlink(`${folder}/${name}`).catch(() => '')));
  return targets
    .map((target) => /^socket:\[(\d+)\]$/.exec(target)?.[1])
    .filter((inode) => inode !== undefined);
}
