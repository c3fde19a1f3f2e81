import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  commandLineOf,
  environmentOf,
  type ProcessRecord,
  startDetached,
  stopProcess,
} from '@kubestellar/process';
import { MemoryGroup, whyNoMemoryGroup } from '../memory-group.ts';
import { processesIn, programRecords, usageOf } from '../programs.ts';
import { atMost, MEMORY, type Result } from '../result.ts';
import { type Bench, unplace } from '../setup.ts';
import { round } from '../statistics.ts';
import { deliverAndSettle } from './settle.ts';

interface Limited {
  name: string;
  group: MemoryGroup;
}

/**
 * Delivers objects by programs that the kernel lets use no more memory than the aims allow: each starts anew in a
 * control group of its own, with a copy of Node of its own, so that Node's code counts as in a pod that is alone on its
 * machine. `VmHWM` would not tell: it holds as much of Node's file as the kernel happened to map, 50 to 65 MB.
 * @throws Error when this is not root on Linux
 */
export async function memory(bench: Bench, objects: number): Promise<Result> {
  const reason = whyNoMemoryGroup();
  if (reason !== undefined) throw new Error(`the scenario memory can't run here: ${reason}`);
  const { setup, wecs, log } = bench;
  const scratch = await mkdtemp(join(tmpdir(), 'kubestellar-bench-memory-'));
  const limited: Limited[] = [];
  try {
    for (const [stateDir, record] of programRecords(setup.state)) {
      const group = new MemoryGroup(`kubestellar-bench-${process.pid}-${record.name}`, limitOf(record.name));
      limited.push({ name: record.name, group });
      await restartIn(group, record, stateDir, scratch);
    }
    log(`limited: ${limited.map(({ name, group }) => `${name} ${group.limitMB} MB`).join(', ')}`);
    const namespace = `memory-${Date.now()}`;
    for (const arrival of await deliverAndSettle(bench, namespace, objects)) await arrival.stop();
    const programs = processesIn(setup.state, 'programs');
    const report = limited.map(({ name, group: { limitMB, kills } }) => {
      const record = programs.get(name);
      const killed = kills === 0 ? [] : [`the kernel has killed ${name}: ${limitMB} MB were not enough`];
      return { name, limitMB, peakMB: record ? round(usageOf(record.pid).peak) : Number.NaN, killed };
    });
    await unplace(bench, namespace);
    return {
      scenario: 'memory',
      objects,
      wecs: wecs.length,
      copies: objects * wecs.length,
      programs: Object.fromEntries(report.map(({ name, limitMB, peakMB }) => [name, { limitMB, peakMB }])),
      aims: report.map(({ name, limitMB, peakMB }) => atMost(`peak memory of ${name} (MB)`, peakMB, limitMB)),
      invalid: report.flatMap(({ killed }) => killed),
    };
  } finally {
    for (const record of processesIn(setup.state, 'programs').values()) await stopProcess(record);
    for (const { group } of limited) group.remove();
    await rm(scratch, { recursive: true, force: true });
  }
}

function limitOf(name: string): number {
  return name.endsWith('-syncer') ? MEMORY.syncer : MEMORY.controller;
}

/** Ends a program and starts it again in the group, with the very arguments and environment that it had. */
async function restartIn(
  group: MemoryGroup,
  record: ProcessRecord,
  stateDir: string,
  scratch: string,
): Promise<void> {
  const { name, pid, logFile, healthAddress } = record;
  const [command, env] = [commandLineOf(pid), environmentOf(pid)];
  await stopProcess(record);
  const [shell = '', ...args] = group.entering(command, join(scratch, name));
  await startDetached({ name, command: shell, args, env, logFile, stateDir, healthAddress });
}
