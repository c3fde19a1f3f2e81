/** What Linux reports of processes (proc(5)): the one reader of /proc. Nothing is known of a process that has ended. */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { basename } from 'node:path';

/** The id of a process, or `self` for ours. */
type Pid = number | 'self';

/** What `/proc/<pid>/stat` has of a process. */
export interface ProcessStat {
  /** `Z` for a zombie, `X` for a dead one. */
  readonly state: string;
  /** How many of its threads are left. */
  readonly threads: number;
  /** Clock ticks from the boot to its start. */
  readonly startTicks: string;
  /** User and system time since then, in seconds. */
  readonly cpuSeconds: number;
}

/** Clock ticks in a second; Linux has as many everywhere. */
const TICKS = 100;

/** The ids of all processes. */
export function allPids(): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
}

/** Undefined when there is no such process. */
export function statOf(pid: Pid): ProcessStat | undefined {
  const text = read(`${pid}/stat`);
  // The program's name (field 2) is in parentheses and may hold spaces and parentheses itself.
  const fields = text?.slice(text.lastIndexOf(')') + 2).split(' ');
  const [state, startTicks] = [fields?.[0], fields?.[19]];
  if (fields === undefined || state === undefined || startTicks === undefined) return undefined;
  const cpuSeconds = (Number(fields[11]) + Number(fields[12])) / TICKS;
  return { state, threads: Number(fields[17]), startTicks, cpuSeconds };
}

/** A line of `/proc/<pid>/status`, such as `CapBnd`. */
export function statusOf(pid: Pid, name: string): string | undefined {
  return new RegExp(`^${name}:\\s*(.*)$`, 'm').exec(read(`${pid}/status`) ?? '')?.[1];
}

/** How much memory is (`now`), or at most was (`peak`), resident (bytes); NaN when the process has ended. */
export function residentOf(pid: number, when: 'now' | 'peak'): number {
  return Number.parseInt(statusOf(pid, when === 'now' ? 'VmRSS' : 'VmHWM') ?? '', 10) * 1024;
}

/** The executable and its arguments; empty when the process has ended, or is one of the kernel's. */
export function commandLineOf(pid: Pid): string[] {
  return entries(read(`${pid}/cmdline`));
}

/** The environment that a process was started with; empty for those of other users. */
export function environmentOf(pid: Pid): Record<string, string> {
  const pairs = entries(read(`${pid}/environ`)).flatMap((entry) => {
    const at = entry.indexOf('=');
    return at > 0 ? [[entry.slice(0, at), entry.slice(at + 1)]] : [];
  });
  return Object.fromEntries(pairs);
}

/** The path of the file that a process runs, also when it has been replaced since; undefined for those of other users. */
export function executableOf(pid: Pid): string | undefined {
  return readLink(`${pid}/exe`)?.replace(/ \(deleted\)$/, '');
}

/** The name of the executable, or what the process calls itself, where that is all that may be known. */
export function programOf(pid: Pid): string | undefined {
  const executable = executableOf(pid);
  return executable === undefined ? read(`${pid}/comm`)?.trim() : basename(executable);
}

/** The files, sockets (`socket:[<inode>]`) and pipes that a process has open; empty for those of other users. */
export function openFilesOf(pid: Pid): Map<number, string> {
  const files = new Map<number, string>();
  for (const name of list(`${pid}/fd`)) {
    const target = readLink(`${pid}/fd/${name}`);
    if (target !== undefined) files.set(Number(name), target);
  }
  return files;
}

/** A process and those below it, in the order in which they were started. */
export function descendantsOf(pid: number): number[] {
  const children = read(`${pid}/task/${pid}/children`)?.split(' ').filter(Boolean) ?? [];
  return [pid, ...children.map(Number).flatMap(descendantsOf)];
}

/** Changes with every boot; '' where it is not known. */
export function bootId(): string {
  return read('sys/kernel/random/boot_id')?.trim() ?? '';
}

/** TCP state "listen" in /proc/net/tcp. */
const LISTEN = '0A';

/** The inodes of the sockets that listen at a TCP port. */
export function listeningSockets(port: number): Set<string> {
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  const lines = ['net/tcp', 'net/tcp6'].flatMap((table) => read(table)?.split('\n') ?? []);
  const found = lines
    .map((line) => line.trim().split(/\s+/))
    .filter((fields) => fields[1]?.endsWith(suffix) && fields[3] === LISTEN);
  return new Set(found.map((fields) => fields[9] ?? ''));
}

function entries(text: string | undefined): string[] {
  return text?.split('\0').slice(0, -1) ?? [];
}

function read(path: string): string | undefined {
  try {
    return readFileSync(`/proc/${path}`, 'utf8');
  } catch {
    return undefined;
  }
}

function readLink(path: string): string | undefined {
  try {
    return readlinkSync(`/proc/${path}`);
  } catch {
    return undefined;
  }
}

function list(path: string): string[] {
  try {
    return readdirSync(`/proc/${path}`);
  } catch {
    return [];
  }
}
