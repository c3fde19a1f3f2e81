/** Runs a program in a pod by kubectl, whose own kubeconfig handling and protocol for it are kept. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { runChild } from '@kubestellar/process';
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
  const { code, stderr, failure, sinkError } = await runChild(
    'kubectl',
    [...flags, 'exec', '-i', '-n', pod.namespace, pod.name, '--', ...command],
    // What gets it a credential may ask at the terminal.
    { input, stdout: output, hasOwnGroup: false },
  );
  if (failure) throw new CommandFailure(`cannot run kubectl: ${failure.message}`);
  if (sinkError) throw sinkError;
  if (code !== 0)
    throw new CommandFailure(
      `${command.join(' ')} in pod ${pod.name} failed: ${stderr.trim() || `exit code ${code ?? 1}`}`,
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
