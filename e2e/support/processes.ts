import { readdir, readFile, readlink } from 'node:fs/promises';

/** A process of this machine, as /proc tells it. */
export interface ProcessInfo {
  pid: number;
  command: string;
}

/**
 * @returns the processes whose command line or environment names a folder; Linux only
 */
export async function processesOf(folder: string): Promise<ProcessInfo[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const infos = await Promise.all(
    pids.map(async (pid) => {
      const [command, environment] = await Promise.all(
        ['cmdline', 'environ'].map((file) => readFile(`/proc/${pid}/${file}`, 'utf8').catch(() => '')),
      );
      const executable = await readlink(`/proc/${pid}/exe`).catch(() => '');
      const mentions = `${command}${environment}${executable}`.includes(folder);
      return mentions && pid !== process.pid
        ? [{ pid, command: (command ?? '').replaceAll('\0', ' ').trim() }]
        : [];
    }),
  );
  return infos.flat();
}
