import { createHash } from 'node:crypto';
import { existsSync, renameSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { isRunning, lastLines, readRecord, startDetached, stopProcess } from '@kubestellar/process';
import { LocalError, messageOf, throwIfInterrupted } from '../errors.ts';
import type { Run } from '../run.ts';
import { readIfThere, writePrivate } from '../state/files.ts';
import { waitFor } from '../wait.ts';
import { likelyCause, tellingLines } from './cause.ts';

/** A background process that a run wants to have. */
export interface Component {
  /** Unique in the state folder; names its record and log. */
  name: string;
  command: string;
  args: readonly string[];
  env?: NodeJS.ProcessEnv;
  /** What beside command and arguments makes a running process outdated when it changes, such as its build. */
  settings?: readonly string[];
  /** Throws while the process is not ready; absent when being alive is all that can be asked. */
  ready?: () => Promise<unknown>;
  /** Names of processes without which it can't become ready. */
  needs?: readonly string[];
  /** Seconds that it may take to become ready. */
  limitSeconds: number;
  /** Seconds that it may take to end when asked. */
  graceSeconds?: number;
}

/** A log larger than this is set aside when its process starts anew (bytes). */
const LARGE_LOG = 20_000_000;
/** Seconds in which a process that runs from before must answer; after that it is started anew. */
const PATIENCE_SECONDS = 30;

/**
 * Makes a component run and be ready: one that runs from before with the same settings and answers is left
 * alone, any other is started.
 * @returns true when it was started now
 * @throws LocalError when it dies or does not become ready; Interrupted
 */
export async function ensureRunning(run: Run, component: Component): Promise<boolean> {
  if (await isGoodAlready(run, component)) return false;
  await startComponent(run, component);
  await whenReady(run, component);
  return true;
}

/**
 * Starts a component that does not run, without waiting for it. One that runs from before with other settings
 * is ended first.
 * @returns false when it runs already
 */
export async function startComponent(run: Run, component: Component): Promise<boolean> {
  const { state, log, signal, started } = run;
  throwIfInterrupted(signal);
  const { name, command, args, env } = component;
  const record = readRecord(state.pids, name);
  if (record && isRunning(record)) {
    if (readIfThere(settingsPath(run, name)) === settingsOf(component)) return false;
    log(`${name}: its settings have changed; starting it anew`);
    await stopProcess(record, graceOf(component));
    throwIfInterrupted(signal);
  }
  const logFile = state.log(name);
  if (existsSync(logFile) && statSync(logFile).size > LARGE_LOG) renameSync(logFile, `${logFile}.old`);
  writePrivate(settingsPath(run, name), settingsOf(component));
  started.push(await startDetached({ name, command, args, env, logFile, stateDir: state.pids }));
  return true;
}

/** Waits until a component that runs is ready. @throws LocalError when it dies or the limit passes */
export async function whenReady(
  run: Run,
  component: Component,
  limitSeconds = component.limitSeconds,
): Promise<void> {
  const { ready, name, needs = [] } = component;
  const { signal, log } = run;
  const giveUp = () => {
    for (const process of [...needs, name]) throwIfDead(run, process);
  };
  giveUp();
  if (ready) await waitFor({ what: `${name} to be ready`, limitSeconds, signal, log, giveUp }, ready);
}

/** @returns true when the process of this name runs */
export function isComponentRunning(run: Pick<Run, 'state'>, name: string): boolean {
  const record = readRecord(run.state.pids, name);
  return record !== undefined && isRunning(record);
}

/** @throws LocalError with the end of its log when the component has ended */
export function throwIfDead(run: Pick<Run, 'state'>, name: string): void {
  if (isComponentRunning(run, name)) return;
  const logFile = run.state.log(name);
  const log = lastLines(logFile, 80);
  throw new LocalError(
    `${name} has ended unexpectedly. From the end of its log, ${logFile}:\n` +
      `${tellingLines(log).replaceAll(/^/gm, '    ') || '    (empty)'}\n${likelyCause(log)}`,
  );
}

async function isGoodAlready(run: Run, component: Component): Promise<boolean> {
  const { name, ready } = component;
  if (!isComponentRunning(run, name) || readIfThere(settingsPath(run, name)) !== settingsOf(component))
    return false;
  if (!ready) return true;
  try {
    await whenReady(run, component, Math.min(PATIENCE_SECONDS, component.limitSeconds));
    return true;
  } catch (error) {
    throwIfInterrupted(run.signal);
    const record = readRecord(run.state.pids, name);
    if (!record || !isRunning(record)) return false;
    run.log(`${name} (process ${record.pid}) runs but is not ready: ${messageOf(error)}\nStarting it anew.`);
    await stopProcess(record, graceOf(component));
    return false;
  }
}

function graceOf(component: Component): { graceMs: number } {
  return { graceMs: (component.graceSeconds ?? 10) * 1000 };
}

function settingsOf({ command, args, settings = [] }: Component): string {
  return createHash('sha256')
    .update(JSON.stringify([command, args, settings]))
    .digest('hex');
}

function settingsPath(run: Run, name: string): string {
  return join(run.state.pids, `${name}.settings`);
}
