import { createReadStream, createWriteStream, renameSync, rmSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { HOSTED_DATA_FOLDER, type KubeObject, SECRETS } from '@kubestellar/api';
import { CommandFailure } from '../shell/failure.ts';
import type { FlagValues } from '../shell/flags.ts';
import type { Output } from '../shell/output.ts';
import { requireWritable } from '../shell/write-file.ts';
import { type Hosting, readCore, withHosting } from './connect.ts';
import { describeBackup, KEY_SECRETS, type Keys } from './description.ts';
import { execInPod } from './pod-exec.ts';
import { withStoppedCore } from './stopped-core.ts';

/** Where to write it, and from which cluster. */
export interface BackupOptions {
  readonly file: string;
  readonly flags: FlagValues;
}

/**
 * Writes a complete backup, or none. The core is stopped meanwhile.
 * @throws CommandFailure
 */
export async function backUp({ file, flags }: BackupOptions, output: Output): Promise<void> {
  requireWritable(file);
  const target = resolve(file);
  const partial = `${target}.new-${process.pid}`;
  const removePartial = () => rmSync(partial, { force: true });
  process.once('exit', removePartial);
  try {
    await withHosting(flags, async (hosting) => {
      const release = (await readCore(hosting))?.status?.version ?? '';
      await withStoppedCore(hosting, 'a backup', output, async (name) => {
        const description = JSON.stringify(describeBackup(release, await readKeys(hosting)));
        output.remark('reading the data');
        await execInPod(
          { namespace: hosting.namespace, name },
          ['kubestellar-data', 'save', HOSTED_DATA_FOLDER],
          flags,
          {
            input: Readable.from([description]),
            output: createWriteStream(partial, { mode: 0o600, flags: 'wx', flush: true }),
          },
        );
        await requireWhole(partial);
        renameSync(partial, target);
      });
    });
  } finally {
    removePartial();
    process.removeListener('exit', removePartial);
  }
  const megabytes = (statSync(target).size / 1e6).toFixed(1);
  output.remark(
    `The backup is in ${file} (${megabytes} MB). It contains keys of the core: protect it like these.`,
  );
}

async function readKeys({ client, namespace }: Hosting): Promise<Keys> {
  type Secret = KubeObject & { data?: { [key: string]: string } };
  const keys: { [secret: string]: { [key: string]: string } } = {};
  for (const name of KEY_SECRETS) {
    const secret = await client.get<Secret>(SECRETS, { namespace, name });
    if (secret?.data) keys[name] = secret.data;
  }
  return keys;
}

/** A stream through a cluster may be cut off silently; its checksum detects that. */
async function requireWhole(path: string): Promise<void> {
  try {
    const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
    await pipeline(createReadStream(path), createGunzip(), nowhere);
  } catch (error) {
    throw new CommandFailure(`the data arrived incomplete: ${(error as Error).message}; try again`);
  }
}
