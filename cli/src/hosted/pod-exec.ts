/** Runs a program in a pod by kubectl, whose own kubeconfig handling and protocol for it are kept. */
import { spawn } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { CommandFailure } from '../shell/failure.ts';
import type { FlagValues } from '../shell/flags.ts';

/** Flags of kubectl that choose cluster and user. */
const CHOOSING = [
  'kubeconfig',
  'cluster',
  'user',
  'server',
  'token',
  'as',
  'as-group',
  'as-uid',
  'as-user-extra',
  'certificate-authority',
  'client-certificate',
  'client-key',
  'tls-server-name',
];

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
  { input, output }: Streams,
): Promise<void> {
  const chosen = CHOOSING.flatMap((name) => flags.texts(name).map((value) => `--${name}=${value}`));
  if (flags.flag('insecure-skip-tls-verify')) chosen.push('--insecure-skip-tls-verify');
  const child = spawn('kubectl', [...chosen, 'exec', '-i', '-n', pod.namespace, pod.name, '--', ...command], {
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
