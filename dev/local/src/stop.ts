import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { isRunning, type LockHolder, readRecords, removeRecord } from '@kubestellar/process';
import { stopCore } from './core.ts';
import { LocalError } from './errors.ts';
import { stopInOrder } from './process/order.ts';
import { START } from './start.ts';
import { StateFolder, stateFolderOf } from './state/folder.ts';
import { withLock } from './state/lock.ts';

/** What to stop. */
export interface StopOptions {
  /** The state folder; default `$KUBESTELLAR_HOME`, else `.kubestellar` of the clone. */
  home?: string | undefined;
  /** Removes the state folder afterwards. */
  purge?: boolean | undefined;
  log: (line: string) => void;
  signal: AbortSignal;
}

/** Seconds that a process may take to end by itself. */
const GRACE_SECONDS = 20;
/** Seconds that an interrupted `npm start` may take to stop what it has started. */
const LOCK_LIMIT = 120;

/**
 * Ends every process that `npm start` started in this state folder, and nothing else. A start that is under
 * way there is interrupted first.
 * @returns how many processes were ended
 * @throws LocalError when one could not be ended, or the folder to purge is not ours
 */
export async function stopLocal(options: StopOptions): Promise<number> {
  const { log, signal, purge = false } = options;
  const state = options.home === undefined ? stateFolderOf(process.env) : new StateFolder(options.home);
  if (!existsSync(state.path)) return 0;
  if (!state.isOurs()) {
    // Refuses with the reason when something is to be removed; without our marker nothing was started here.
    if (purge) state.remove();
    return 0;
  }
  state.requireOwn();
  const lock = {
    what: 'npm stop',
    signal,
    limitSeconds: LOCK_LIMIT,
    onHeld: (holder: LockHolder) => interrupt(holder, log),
  };
  return withLock(state.lock, lock, async () => {
    const stopped = await stopAll(state, log);
    if (purge) {
      state.remove();
      log(`removed ${state.path}`);
    }
    return stopped;
  });
}

async function stopAll(state: StateFolder, log: (line: string) => void): Promise<number> {
  const core = await stopCore(state);
  if (core.stopped > 0) log(`ended ${core.stopped} controllers of the core`);
  const { ended, failures } = await stopInOrder(readRecords(state.pids), GRACE_SECONDS, (what, step) =>
    log(`ended ${what}: ${step.map(({ name }) => name).join(', ')}`),
  );
  for (const record of readRecords(state.pids)) if (!isRunning(record)) forget(state, record.name);
  const reasons = [...core.failures, ...failures];
  if (reasons.length > 0) throw new LocalError(`Some processes are still running:\n${reasons.join('\n')}`);
  return core.stopped + ended.length;
}

function forget(state: StateFolder, name: string): void {
  removeRecord(state.pids, name);
  rmSync(join(state.pids, `${name}.settings`), { force: true });
}

function interrupt({ pid, what }: LockHolder, log: (line: string) => void): void {
  if (what === START) {
    log(`npm start is under way (process ${pid}); interrupting it`);
    process.kill(pid, 'SIGTERM');
  } else {
    log(`waiting for "${what}" (process ${pid}), which works in the same state folder`);
  }
}
