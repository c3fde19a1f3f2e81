/** `kubestellar start`: the controllers as background processes of this machine. */
import { once } from 'node:events';
import { accessSync, constants, existsSync } from 'node:fs';
import { createServer } from 'node:net';
import { delimiter, dirname, join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  isRunning,
  lastLines,
  PROGRAM_ENVIRONMENT,
  PROGRAM_NODE_FLAGS,
  type ProcessRecord,
  startDetached,
} from '@kubestellar/process';
import { type KubeconfigFiles, kubeconfigFiles } from '../kubeconfig/files.ts';
import { readKubeconfig } from '../kubeconfig/kubeconfig.ts';
import { distFolder } from '../shell/dist.ts';
import { CommandFailure } from '../shell/failure.ts';
import type { FlagValues } from '../shell/flags.ts';
import type { Output } from '../shell/output.ts';
import { type Session, withSession } from '../workspace/session.ts';
import { CONTROLLERS, stateFolder } from './state.ts';
import { endRunning, lockControllers } from './stop.ts';

const READY_LIMIT_MS = 60_000;
const POLL_MS = 100;

/**
 * Ends the running controllers, initializes the core, and starts the controllers again.
 * @returns when all three are ready
 * @throws CommandFailure with the end of the log when one does not become ready; then none keeps running
 */
export async function startControllers(
  flags: FlagValues,
  initialize: (session: Session) => Promise<void>,
  output: Output,
): Promise<void> {
  const files = kubeconfigFiles(flags.text('kubeconfig'));
  const folder = stateFolder(readKubeconfig(files));
  const logFolder = requireLogFolder(resolve(flags.text('log-folder') ?? 'kubestellar-logs'));
  const release = lockControllers(folder);
  try {
    await endRunning(folder, output);
    await withSession(flags, initialize);
    output.remark('Launching KubeStellar ...');
    await launch(files, folder, logFolder, output);
    output.remark('Finished launching KubeStellar ...');
  } finally {
    release();
  }
}

/** @throws CommandFailure when it cannot be created or used; checked before running controllers are ended */
function requireLogFolder(path: string): string {
  let existing = path;
  while (!existsSync(existing)) existing = dirname(existing);
  try {
    // With the trailing slash, a file does not pass for a folder.
    accessSync(`${existing}/`, constants.W_OK);
    return path;
  } catch (error) {
    const why =
      (error as NodeJS.ErrnoException).code === 'ENOTDIR'
        ? `${existing} is a file`
        : 'you may not write there';
    throw new CommandFailure(`cannot use the folder for logs ${path}: ${why}; name another by --log-folder`);
  }
}

async function launch(
  files: KubeconfigFiles,
  folder: string,
  logFolder: string,
  output: Output,
): Promise<void> {
  const env = { ...process.env, ...PROGRAM_ENVIRONMENT, KUBECONFIG: files.paths.join(delimiter) };
  const addresses = await freeAddresses(CONTROLLERS.length);
  try {
    const started = CONTROLLERS.map(async ({ name, bundle }, index) => {
      const healthAddress = addresses[index];
      const record = await startDetached({
        name,
        command: process.execPath,
        args: [...PROGRAM_NODE_FLAGS, join(distFolder(), bundle), `--server-bind-address=${healthAddress}`],
        env,
        logFile: join(logFolder, `${name}-log.txt`),
        stateDir: folder,
        healthAddress,
      });
      await waitUntilReady(record);
      output.remark(` ${name} is running (log file: ${record.logFile})`);
    });
    await Promise.all(started);
  } catch (error) {
    await endRunning(folder, output);
    throw error;
  }
}

async function waitUntilReady(record: ProcessRecord): Promise<void> {
  const deadline = Date.now() + READY_LIMIT_MS;
  for (;;) {
    if (!isRunning(record)) throw failure(record, 'failed to start');
    const answer = await readiness(record);
    if (answer === 'ready') return;
    if (Date.now() > deadline)
      throw failure(record, `is not ready after ${READY_LIMIT_MS / 1000} s (${answer})`);
    await sleep(POLL_MS);
  }
}

/** @returns 'ready', or why not */
async function readiness({ healthAddress }: ProcessRecord): Promise<string> {
  try {
    const response = await fetch(`http://${healthAddress}/readyz`, { signal: AbortSignal.timeout(2_000) });
    return response.ok ? 'ready' : (await response.text()).trim();
  } catch {
    return `no response at ${healthAddress}`;
  }
}

function failure({ name, logFile }: ProcessRecord, what: string): CommandFailure {
  return new CommandFailure(`${name} ${what}; the end of its log, ${logFile}:\n${lastLines(logFile, 10)}`);
}

/** Ports that are free now, all different. A program whose port is taken later uses another one. */
async function freeAddresses(count: number): Promise<string[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'));
  await Promise.all(servers.map((server) => once(server, 'listening')));
  const addresses = servers.map((server) => {
    const address = server.address();
    return `127.0.0.1:${typeof address === 'object' ? address?.port : 0}`;
  });
  await Promise.all(servers.map((server) => once(server.close(), 'close')));
  return addresses;
}
