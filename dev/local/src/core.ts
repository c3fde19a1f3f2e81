import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { isRunning, type ProcessRecord, readRecords, removeRecord, stopProcess } from '@kubestellar/process';
import { codeOf, LocalError, messageOf, throwIfInterrupted } from './errors.ts';
import type { Kcp } from './kcp.ts';
import { IMW, WMW } from './names.ts';
import { commandEnv, runCommand } from './process/command.ts';
import { buildOf, programCommand } from './programs.ts';
import type { Run } from './run.ts';
import { readIfThere, writePrivate } from './state/files.ts';
import type { StateFolder } from './state/folder.ts';
import { waitFor } from './wait.ts';

/** Seconds that `kubestellar start` may take: it publishes about 40 APIs in a fresh kcp. */
const START_LIMIT = 400;
/** Seconds in which controllers that run from before must be ready. */
const PATIENCE = 30;

/** What is remembered of the last `kubestellar start` that went well. */
interface CoreSettings {
  build: string;
  server: string;
  controllers: string[];
}

/**
 * Makes the core complete: `kubestellar start`, unless its controllers run from before, of the same build, and
 * are ready.
 * @throws LocalError with the command's output when it fails; Interrupted
 */
export async function ensureCore(run: Run, kcp: Kcp): Promise<void> {
  const { state, log } = run;
  const build = buildOf('cli', 'mailbox-controller', 'where-resolver', 'placement-translator');
  // Controllers that still run read it again when kcp, started anew, refuses the token that they have.
  const kubeconfig = privateKubeconfig(state, state.path, 'core');
  if (await isComplete(run, { build, server: kcp.server })) {
    log('core: its controllers are still running');
    return;
  }
  log('core: setting up the workspaces and APIs, then starting the controllers (kubestellar start)');
  rmSync(settingsPath(state), { force: true });
  run.undo.push(() => stopCore(state).then(() => undefined));
  await runCommand(run, {
    title: 'kubestellar start',
    ...programCommand('cli', [
      'kubestellar',
      'start',
      `--kubeconfig=${kubeconfig}`,
      `--log-folder=${state.logs}`,
      // We know that it runs, whatever its executable is called.
      '--local-kcp=false',
      `--ensure-imw=${IMW}`,
      `--ensure-wmw=${WMW}`,
    ]),
    env: commandEnv(run, { KUBECONFIG: kubeconfig, KUBESTELLAR_STATE_DIR: state.core }),
    cwd: state.path,
    limitSeconds: START_LIMIT,
  });
  const controllers = controllerRecords(state).map(({ record }) => record.name);
  const settings: CoreSettings = { build, server: kcp.server, controllers };
  writePrivate(settingsPath(state), JSON.stringify(settings));
  log(`core: ${controllers.join(', ')} are ready`);
}

/** Ends the controllers that `kubestellar start` started in this state folder. @returns how many ran */
export async function stopCore(state: StateFolder): Promise<{ stopped: number; failures: string[] }> {
  const failures: string[] = [];
  const outcomes = await Promise.all(
    controllerRecords(state).map(async ({ folder, record }) => {
      try {
        const stopped = await stopProcess(record);
        removeRecord(folder, record.name);
        return stopped;
      } catch (error) {
        failures.push(messageOf(error));
        return false;
      }
    }),
  );
  return { stopped: outcomes.filter(Boolean).length, failures };
}

/**
 * A copy of kcp's own kubeconfig for one use of the commands: they change its current workspace, which must
 * disturb neither each other nor the user.
 */
export function privateKubeconfig(state: StateFolder, folder: string, use: string): string {
  const path = join(folder, `${use}.kubeconfig`);
  writePrivate(path, readIfThere(join(state.kcp, 'admin.kubeconfig')) ?? '');
  return path;
}

async function isComplete(run: Run, wanted: Pick<CoreSettings, 'build' | 'server'>): Promise<boolean> {
  const settings = readSettings(run.state);
  if (settings?.build !== wanted.build || settings.server !== wanted.server) return false;
  const running = controllerRecords(run.state).filter(({ record }) => isRunning(record));
  if (!settings.controllers.every((name) => running.some(({ record }) => record.name === name))) return false;
  try {
    const wait = {
      what: 'the controllers to be ready',
      limitSeconds: PATIENCE,
      signal: run.signal,
      log: run.log,
    };
    await waitFor(wait, async () => {
      for (const { record } of running) await askReady(record);
    });
    return true;
  } catch (error) {
    throwIfInterrupted(run.signal);
    run.log(`core: ${messageOf(error)}`);
    return false;
  }
}

async function askReady({ name, healthAddress }: ProcessRecord): Promise<void> {
  if (!healthAddress) return;
  const response = await fetch(`http://${healthAddress}/readyz`, { signal: AbortSignal.timeout(3_000) });
  if (!response.ok) throw new LocalError(`${name}: ${(await response.text()).trim()}`);
}

function readSettings(state: StateFolder): CoreSettings | undefined {
  try {
    return JSON.parse(readIfThere(settingsPath(state)) ?? '') as CoreSettings;
  } catch {
    return undefined;
  }
}

function settingsPath(state: StateFolder): string {
  return join(state.pids, 'core.settings');
}

/** The command keeps one folder of records per core. */
function controllerRecords(state: StateFolder): { folder: string; record: ProcessRecord }[] {
  try {
    const folders = readdirSync(state.core, { withFileTypes: true }).filter((entry) => entry.isDirectory());
    return folders.flatMap(({ name }) => {
      const folder = join(state.core, name);
      return readRecords(folder).map((record) => ({ folder, record }));
    });
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return [];
    throw error;
  }
}
