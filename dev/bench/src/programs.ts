/** What our programs, and the servers, have used and asked for: from /proc and from the programs' metrics. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { StateFolder } from '@kubestellar/local';
import {
  commandLineOf,
  isRunning,
  type ProcessRecord,
  readRecords,
  residentOf,
  statOf,
} from '@kubestellar/process';
import { type Metrics, parseMetrics } from './metrics.ts';
import { round } from './statistics.ts';

/** One process at one moment. */
export interface Sample {
  /** CPU time since its start, in seconds. */
  cpu: number;
  /** Most memory it ever had resident, in MB. */
  peak: number;
  /** What it tells by /metrics; absent of servers. */
  metrics: Metrics | undefined;
}

/** What a program did between two samples. */
export interface Usage {
  cpuSeconds: number;
  /** MB, since the program's start. */
  peakMemory: number;
  /** Requests other than those for Leases. */
  requests: number;
  leaseRequests: number;
  bytesSent: number;
  bytesReceived: number;
}

const CONTROLLERS = /where-resolver$|^mailbox-controller$|^placement-translator$/;

/** Finds our programs in a state folder, or the servers. @returns records by name */
export function processesIn(state: StateFolder, which: 'programs' | 'servers'): Map<string, ProcessRecord> {
  const found = running(state).filter(([, { name }]) => isOurs(name) === (which === 'programs'));
  return new Map(found.map(([, record]) => [record.name, record]));
}

/** Finds our programs' records, with the folder of each. */
export function programRecords(state: StateFolder): [folder: string, ProcessRecord][] {
  return running(state).filter(([, { name }]) => isOurs(name));
}

function running(state: StateFolder): [folder: string, ProcessRecord][] {
  const entries = readdirSync(state.core, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  const folders = [...entries.map(({ name }) => join(state.core, name)), state.pids];
  return folders.flatMap((folder) =>
    readRecords(folder)
      .filter((record) => isRunning(record))
      .map((record): [string, ProcessRecord] => [folder, record]),
  );
}

const isOurs = (name: string) => CONTROLLERS.test(name) || name.endsWith('-syncer');

/** Looks at processes now. @throws when one has ended, or does not answer */
export async function sample(processes: ReadonlyMap<string, ProcessRecord>): Promise<Map<string, Sample>> {
  const entries = [...processes].map(async ([name, { pid }]): Promise<[string, Sample]> => {
    const address = /--server-bind-address=(\S+)/.exec(commandLineOf(pid).join(' '))?.[1];
    const metrics = address ? await readMetrics(address) : undefined;
    return [name, { ...usageOf(pid), metrics }];
  });
  return new Map(await Promise.all(entries));
}

/** @returns the difference of two samples, by name */
export function usage(
  before: ReadonlyMap<string, Sample>,
  after: ReadonlyMap<string, Sample>,
): Map<string, Usage> {
  return new Map(
    [...after].flatMap(([name, now]) => {
      const then = before.get(name);
      return then ? [[name, difference(then, now)] as const] : [];
    }),
  );
}

/** @returns the same for a report, per copy that was delivered */
export function perCopy(used: ReadonlyMap<string, Usage>, copies: number): Record<string, object> {
  return Object.fromEntries(
    [...used].map(([name, one]) => [
      name,
      {
        cpuSeconds: round(one.cpuSeconds),
        peakMemoryMB: Math.round(one.peakMemory),
        requestsPerCopy: round(one.requests / copies, 3),
        bytesSentPerCopy: Math.round(one.bytesSent / copies),
        bytesReceivedPerCopy: Math.round(one.bytesReceived / copies),
      },
    ]),
  );
}

function difference(before: Sample, after: Sample): Usage {
  const requests = total(after, isOther) - total(before, isOther);
  const leaseRequests = total(after, isLease) - total(before, isLease);
  const bytes = (direction: string) =>
    total(after, (labels) => labels.direction === direction, BYTES) -
    total(before, (labels) => labels.direction === direction, BYTES);
  return {
    cpuSeconds: after.cpu - before.cpu,
    peakMemory: after.peak,
    requests,
    leaseRequests,
    bytesSent: bytes('sent'),
    bytesReceived: bytes('received'),
  };
}

const REQUESTS = 'kubestellar_client_requests_total';
const BYTES = 'kubestellar_client_bytes_total';

const isLease = (labels: Record<string, string>) => labels.resource === 'leases' && labels.verb !== 'watch';
const isOther = (labels: Record<string, string>) => !isLease(labels);

function total(
  { metrics }: Sample,
  fits: (labels: Record<string, string>) => boolean,
  name = REQUESTS,
): number {
  const lines = metrics?.get(name) ?? [];
  return lines.filter(({ labels }) => fits(labels)).reduce((sum, { value }) => sum + value, 0);
}

async function readMetrics(address: string): Promise<Metrics> {
  const response = await fetch(`http://${address}/metrics`, { signal: AbortSignal.timeout(10_000) });
  if (!response.ok) throw new Error(`http://${address}/metrics answers ${response.status}`);
  return parseMetrics(await response.text());
}

/** CPU seconds since its start, and the most memory (MB) that a process ever had. @throws when it has ended */
export function usageOf(pid: number): { cpu: number; peak: number } {
  const stat = statOf(pid);
  if (!stat) throw new Error(`process ${pid} has ended`);
  return { cpu: stat.cpuSeconds, peak: residentOf(pid, 'peak') / 1024 / 1024 };
}
