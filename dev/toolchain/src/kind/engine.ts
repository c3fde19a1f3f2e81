import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { open, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Context, throwIfAborted } from '../context.ts';
import { ToolchainError } from '../errors.ts';
import { isRoot, requirePackages, withSystemFolders } from '../packages.ts';
import { startOf } from '../process-identity.ts';
import { run } from '../run.ts';
import { lacksSysResource, writeRuntime } from './capabilities.ts';
import { dockerAnswers } from './docker.ts';
import { kindFolder } from './folder.ts';

const START_LIMIT_MS = 60_000;
const STOP_LIMIT_MS = 30_000;
const POLL_MS = 300;

/** The engine that this toolchain has started, as noted in `engine.json`. */
interface Engine {
  pid: number;
  started: string;
}

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
  await run('systemctl', ['start', 'docker'], { env: context.env, timeout: START_LIMIT_MS });
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
  const log = await open(logPath, 'w');
  const child = spawn('dockerd', args, {
    env: withSystemFolders(context),
    detached: true,
    stdio: ['ignore', log.fd, log.fd],
  });
  const failed = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('exit', (code) => resolve(`it ended with code ${code}`));
  });
  await log.close();
  if (child.pid !== undefined) await record(folder, child.pid);
  child.unref();
  let ended: string | undefined;
  void failed.then((why) => {
    ended = why;
  });
  for (const end = Date.now() + START_LIMIT_MS; Date.now() < end; await sleep(POLL_MS)) {
    if ((await dockerAnswers(context)).answers) return;
    if (ended !== undefined) break;
  }
  const last = (await readFile(logPath, 'utf8')).trim().split('\n').slice(-5).join('\n  ');
  throw new ToolchainError(
    `The Docker engine did not start (${ended ?? `no answer in ${START_LIMIT_MS / 1000} s`}):\n  ${last}`,
  );
}

async function record(folder: string, pid: number): Promise<void> {
  const engine: Engine = { pid, started: (await startOf(pid)) ?? '' };
  const path = join(folder, 'engine.json');
  await writeFile(`${path}.tmp`, JSON.stringify(engine));
  await rename(`${path}.tmp`, path);
}

/** Ends the engine that this toolchain has started, with all its containers; none of another. Needs the lock. */
export async function stopEngine(context: Context): Promise<void> {
  const path = join(await kindFolder(context), 'engine.json');
  const text = await readFile(path, 'utf8').catch(() => undefined);
  if (text === undefined) return;
  const { pid, started } = JSON.parse(text) as Engine;
  const lives = async () => (await startOf(pid)) === started;
  if (await lives()) {
    context.log(`ending the Docker engine (process ${pid})`);
    process.kill(pid, 'SIGTERM');
    for (const end = Date.now() + STOP_LIMIT_MS; (await lives()) && Date.now() < end; ) await sleep(POLL_MS);
    if (await lives()) throw new ToolchainError(`The Docker engine (process ${pid}) does not end.`);
  }
  await rm(path, { force: true });
}
