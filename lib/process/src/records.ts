import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { requireOwnFolder } from './own-folder.ts';

/** The record of a background process, so that exactly that process can be found again and ended. */
export interface ProcessRecord {
  /** Name of the record's file too. */
  name: string;
  pid: number;
  /** See startTimeOf; distinguishes the process from a later one with the same id. */
  startTime: string;
  command: string;
  logFile: string;
  /** `host:port` of /healthz and /readyz, for programs that serve them. */
  healthAddress?: string | undefined;
}

/** Path of the record of `name`. */
export function recordPath(stateDir: string, name: string): string {
  return join(stateDir, `${name}.json`);
}

/** @returns the record of `name`; undefined when there is no valid one */
export function readRecord(stateDir: string, name: string): ProcessRecord | undefined {
  try {
    const record = JSON.parse(readFileSync(recordPath(stateDir, name), 'utf8')) as Partial<ProcessRecord>;
    const { pid, startTime } = record;
    // Signals to pid 0, 1 or a negative one would reach far more than one process.
    if (typeof pid !== 'number' || !Number.isInteger(pid) || pid <= 1 || typeof startTime !== 'string')
      return undefined;
    return {
      name,
      pid,
      startTime,
      command: record.command ?? '',
      logFile: record.logFile ?? '',
      healthAddress: record.healthAddress,
    };
  } catch {
    return undefined;
  }
}

/** @returns all records of a state folder; none when the folder does not exist */
export function readRecords(stateDir: string): ProcessRecord[] {
  try {
    const names = readdirSync(stateDir).filter((file) => file.endsWith('.json'));
    return names
      .map((file) => readRecord(stateDir, file.slice(0, -'.json'.length)))
      .filter((record) => record !== undefined);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

/**
 * Writes a record by rename, mode 0600, in a folder that it creates with mode 0700. Synchronous, so that
 * nothing can come between starting a process and having its record.
 */
export function writeRecord(stateDir: string, record: ProcessRecord): void {
  mkdirSync(stateDir, { recursive: true, mode: 0o700 });
  requireOwnFolder(stateDir);
  const path = recordPath(stateDir, record.name);
  const temporary = `${path}.new-${process.pid}`;
  writeFileSync(temporary, `${JSON.stringify(record, null, 2)}\n`, { mode: 0o600 });
  renameSync(temporary, path);
}

/** Removes the record of `name`, if there is one. */
export function removeRecord(stateDir: string, name: string): void {
  rmSync(recordPath(stateDir, name), { force: true });
}
