/** Control groups of Linux that limit memory, in version 1 or 2 of their interface. For root only. */
import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = '/sys/fs/cgroup';
const MB = 1024 * 1024;

/** Names of the same things in both versions. */
const V1 = {
  folder: join(ROOT, 'memory'),
  limit: 'memory.limit_in_bytes',
  kills: 'memory.oom_control',
};
const V2 = { folder: ROOT, limit: 'memory.max', kills: 'memory.events' };
const version = existsSync(join(ROOT, 'cgroup.controllers')) ? V2 : V1;

/** Why no group can be made here; undefined when it can. */
export function whyNoMemoryGroup(): string | undefined {
  if (process.getuid?.() !== 0) return 'limits of memory are set by root only';
  if (existsSync(join(version.folder, 'cgroup.procs'))) return undefined;
  return `there are no control groups for memory in ${version.folder}`;
}

/**
 * A limit that the kernel keeps: what the processes in it use, pages of files that they were the first to read
 * included, never exceeds it; when not enough can be given back, it kills one. The limits of pods are the same.
 */
export class MemoryGroup {
  readonly limitMB: number;
  readonly #path: string;

  /** @param name of the folder that stands for it */
  constructor(name: string, limitMB: number) {
    this.limitMB = limitMB;
    this.#path = join(version.folder, name);
    mkdirSync(this.#path, { recursive: true });
    writeFileSync(join(this.#path, version.limit), String(limitMB * MB));
  }

  /**
   * @param copy path for a copy of the executable: made by a process of the group, its pages count as the group's
   * @returns a command line that enters the group and goes on as the given one
   */
  entering([executable = '', ...args]: readonly string[], copy: string): string[] {
    const script = 'echo $$ > "$0" && cp "$1" "$2" && shift && exec "$@"';
    return ['/bin/sh', '-c', script, join(this.#path, 'cgroup.procs'), executable, copy, ...args];
  }

  /** How many processes the kernel has killed for want of memory. */
  get kills(): number {
    return Number(/^oom_kill (\d+)$/m.exec(this.#read(version.kills))?.[1] ?? Number.NaN);
  }

  /** Removes the group; its processes must have ended. */
  remove(): void {
    rmdirSync(this.#path);
  }

  #read(file: string): string {
    return readFileSync(join(this.#path, file), 'utf8').trim();
  }
}
