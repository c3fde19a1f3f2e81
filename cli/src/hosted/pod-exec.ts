/** Runs a program in a pod by kubectl, whose own kubeconfig handling and protocol for it are kept. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { kubeconfigOf, targetOf } from '../kubeconfig/connect.ts';
import { kubeconfigFiles } from '../kubeconfig/files.ts';
import { readKubeconfig } from '../kubeconfig/kubeconfig.ts';
import { CommandFailure } from '../shell/failure.ts';
import type { FlagValues } from '../shell/flags.ts';

/** Flags of kubectl that choose cluster and user. */
const CHOOSING = [
  'kubeconfig',
  'cluster',
  'user',
  'server',
  'certificate-authority',
  'client-certificate',
  'client-key',
  'tls-server-name',
];
/** Flags of kubectl that say as whom to act. */
const IMPERSONATING = ['as', 'as-group', 'as-uid', 'as-user-extra'];
/** Flags that are secrets, or go with one: every user of this machine can read the arguments of kubectl. */
const SECRET = ['token', 'username', 'password'];

/** What goes in and where what comes out goes. */
export interface Streams {
  readonly input: Readable;
  readonly output: Writable;
}

/** @throws CommandFailure when kubectl or the program fails, with what they say */
export async function execInPod(
  pod: { readonly namespace: string; readonly name: string },
  command: readonly string[],
  flags: FlagValues,
  streams: Streams,
): Promise<void> {
  const secrets = SECRET.some((name) => flags.has(name)) ? writeKubeconfig(flags) : undefined;
  try {
    const choice = secrets ? [`--kubeconfig=${secrets.file}`] : textsOf(flags, CHOOSING);
    if (!secrets && flags.flag('insecure-skip-tls-verify')) choice.push('--insecure-skip-tls-verify');
    await exec(pod, command, [...choice, ...textsOf(flags, IMPERSONATING)], streams);
  } finally {
    secrets?.remove();
  }
}

async function exec(
  pod: { readonly namespace: string; readonly name: string },
  command: readonly string[],
  flags: readonly string[],
  { input, output }: Streams,
): Promise<void> {
  const child = spawn('kubectl', [...flags, 'exec', '-i', '-n', pod.namespace, pod.name, '--', ...command], {
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let told = '';
  child.stderr.on('data', (data: Buffer) => {
    told += data;
  });
  const ended = new Promise<number>((resolve, reject) => {
    child.on('error', (error) => reject(new CommandFailure(`cannot run kubectl: ${error.message}`)));
    child.on('close', (code) => resolve(code ?? 1));
  });
  // A program that has ended takes no more: why is told by its exit code.
  const written = pipeline(input, child.stdin).catch(() => undefined);
  const read = pipeline(child.stdout, output);
  const [code] = await Promise.all([ended, written, read]);
  if (code !== 0)
    throw new CommandFailure(
      `${command.join(' ')} in pod ${pod.name} failed: ${told.trim() || `exit code ${code}`}`,
    );
}

function textsOf(flags: FlagValues, names: readonly string[]): string[] {
  return names.flatMap((name) => flags.texts(name).map((value) => `--${name}=${value}`));
}

/** Writes what the flags choose to a file that only its owner may read, until it is removed or this process ends. */
function writeKubeconfig(flags: FlagValues): { file: string; remove: () => void } {
  const target = targetOf(readKubeconfig(kubeconfigFiles(flags.text('kubeconfig'))), {}, flags);
  const folder = mkdtempSync(join(tmpdir(), 'kubestellar-'));
  const removeFolder = () => rmSync(folder, { recursive: true, force: true });
  process.once('exit', removeFolder);
  const remove = () => {
    removeFolder();
    process.removeListener('exit', removeFolder);
  };
  const file = join(folder, 'kubeconfig');
  try {
    writeFileSync(file, kubeconfigOf(target, flags), { mode: 0o600, flag: 'wx' });
    return { file, remove };
  } catch (error) {
    remove();
    throw error;
  }
}
