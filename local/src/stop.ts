import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import {
  isRunning,
  type ProcessRecord,
  readRecords,
  removeRecord,
  stopProcess,
} from '@kubestellar/kube/process';
import { stopCore } from './core.ts';
import { LocalError, messageOf } from './errors.ts';
import { START } from './start.ts';
import { StateFolder, stateFolderOf } from './state/folder.ts';
import { type LockHolder, withLock } from './state/lock.ts';

/** What to stop. */
export interface StopOptions {
  /** The state folder; default `$KUBESTELLAR_HOME`, else `.kubestellar` of the clone. */
  home?: string | undefined;
  /** Removes the state folder afterwards. */
  purge?: boolean | undefined;
  log: (line: string) => void;
  signal: AbortSignal;
}

/** Who needs whom: each step ends processes that none of the later ones' clients are left of. */
const STEPS: readonly (readonly [what: string, names: RegExp])[] = [
  ['syncers', /-syncer$/],
  ['cluster controllers', /-(kwok|scheduler|controller-manager)$/],
  ['API servers', /^kcp$|-apiserver$/],
  ['the rest', /./],
];

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
  const lock = {
    what: 'npm stop',
    signal,
    log,
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
  let stopped = core.stopped;
  const failures = core.failures;
  if (core.stopped > 0) log(`ended ${core.stopped} controllers of the core`);
  let left = readRecords(state.pids);
  for (const [what, names] of STEPS) {
    const step = left.filter(({ name }) => names.test(name));
    left = left.filter(({ name }) => !names.test(name));
    const outcomes = await Promise.all(step.map((record) => stopOne(state, record)));
    failures.push(...outcomes.filter((outcome) => typeof outcome === 'string'));
    const count = outcomes.filter((outcome) => outcome === true).length;
    stopped += count;
    if (count > 0)
      log(
        `ended ${what}: ${step
          .filter((_, index) => outcomes[index] === true)
          .map(({ name }) => name)
          .join(', ')}`,
      );
  }
  if (failures.length > 0) throw new LocalError(`Some processes are still running:\n${failures.join('\n')}`);
  return stopped;
}

/** @returns true when it was running, or why it could not be ended */
async function stopOne(state: StateFolder, record: ProcessRecord): Promise<boolean | string> {
  try {
    const stopped = isRunning(record) && (await stopProcess(record, { graceMs: GRACE_SECONDS * 1000 }));
    removeRecord(state.pids, record.name);
    rmSync(join(state.pids, `${record.name}.settings`), { force: true });
    return stopped;
  } catch (error) {
    return messageOf(error);
  }
}

function interrupt({ pid, what }: LockHolder, log: (line: string) => void): void {
  if (what === START) {
    log(`npm start is under way (process ${pid}); interrupting it`);
    process.kill(pid, 'SIGTERM');
  } else {
    log(`waiting for "${what}" (process ${pid}), which works in the same state folder`);
  }
}
