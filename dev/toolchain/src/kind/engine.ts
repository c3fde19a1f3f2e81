import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isRunning, lastLines, runChild, startDetached, stopRecorded } from '@kubestellar/process';
import { type Context, throwIfAborted } from '../context.ts';
import { ToolchainError } from '../errors.ts';
import { isRoot, requirePackages, withSystemFolders } from '../packages.ts';
import { lacksSysResource, writeRuntime } from './capabilities.ts';
import { dockerAnswers } from './docker.ts';
import { kindFolder } from './folder.ts';

const START_LIMIT_MS = 60_000;
const STOP_LIMIT_MS = 30_000;
const POLL_MS = 300;

/** Name of its record. */
const ENGINE = 'engine';

/**
 * Makes sure that a Docker engine answers: takes the one that runs; else, as root on Linux, installs Debian's
 * where none is and starts it. An engine started here is left running for later runs (it idles at no cost), and is
 * ended by `stopEngine`. Needs the lock (two must not start one). Throws ToolchainError with what to do.
 */
export async function ensureEngine(context: Context): Promise<void> {
  const { answers } = await dockerAnswers(context);
  if (answers) return;
  const reason = await whyNoEngine(context);
  if (reason !== undefined) {
    throw new ToolchainError(
      `${reason}; kind needs it. Start it, or let this user use it ` +
        '(on Linux: be root or in the group "docker"), then run this again.',
    );
  }
  await requirePackages(
    context,
    [
      { program: 'dockerd', package: 'docker.io' },
      { program: 'docker', package: 'docker.io' },
      { program: 'iptables', package: 'iptables' },
    ],
    'running kind',
  );
  if (existsSync('/run/systemd/system') && (await startBySystemd(context))) return;
  await startEngine(context);
}

/** Why there is no engine and none can be started; undefined when one answers or this process may start one. */
export async function whyNoEngine(context: Context): Promise<string | undefined> {
  const { answers, reason } = await dockerAnswers(context);
  if (answers || (process.platform === 'linux' && isRoot())) return undefined;
  return `Docker does not answer (${reason})`;
}

async function startBySystemd(context: Context): Promise<boolean> {
  await runChild('systemctl', ['start', 'docker'], { env: context.env, limitMs: START_LIMIT_MS });
  throwIfAborted(context);
  return (await dockerAnswers(context)).answers;
}

async function startEngine(context: Context): Promise<void> {
  const folder = await kindFolder(context);
  const args: string[] = [];
  if (await lacksSysResource()) {
    args.push('--add-runtime', `without-sys-resource=${await writeRuntime(folder)}`);
    args.push('--default-runtime', 'without-sys-resource');
  }
  const logPath = join(folder, 'dockerd.log');
  context.log(`starting the Docker engine (log: ${logPath})`);
  await rm(logPath, { force: true });
  const engine = await startDetached({
    name: ENGINE,
    command: 'dockerd',
    args,
    env: withSystemFolders(context),
    logFile: logPath,
    stateDir: folder,
  });
  for (const end = Date.now() + START_LIMIT_MS; Date.now() < end && isRunning(engine); await sleep(POLL_MS))
    if ((await dockerAnswers(context)).answers) return;
  const why = isRunning(engine) ? `no answer in ${START_LIMIT_MS / 1000} s` : 'it has ended';
  const last = lastLines(logPath, 5).replaceAll('\n', '\n  ');
  throw new ToolchainError(`The Docker engine did not start (${why}):\n  ${last}`);
}

/** Ends the engine that this toolchain has started, with all its containers; none of another. Needs the lock. */
export async function stopEngine(context: Context): Promise<void> {
  const ended = await stopRecorded(await kindFolder(context), ENGINE, { graceMs: STOP_LIMIT_MS });
  if (ended) context.log(`ended the Docker engine (process ${ended.pid})`);
}
