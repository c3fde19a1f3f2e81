import { createReadStream } from 'node:fs';
import { Writable } from 'node:stream';
import { FIELD_MANAGERS, HOSTED_DATA_FOLDER, SECRETS } from '@kubestellar/api';
import { isNotFound } from '@kubestellar/kube';
import { CommandFailure } from '../shell/failure.ts';
import type { FlagValues } from '../shell/flags.ts';
import type { Output } from '../shell/output.ts';
import { type Hosting, readCore, withHosting } from './connect.ts';
import { type Description, descriptionIn, KEY_SECRETS, type Keys } from './description.ts';
import { execInPod } from './pod-exec.ts';
import { withStoppedCore } from './stopped-core.ts';

/** The file, and the cluster. */
export interface RestoreOptions {
  readonly file: string;
  readonly flags: FlagValues;
}

/**
 * Replaces the data of a core by a backup: as a whole or, when that fails, not at all; then the keys.
 * @throws CommandFailure
 */
export async function restoreFrom({ file, flags }: RestoreOptions, output: Output): Promise<void> {
  const description = await descriptionIn(file);
  await withHosting(flags, async (hosting) => {
    await requireRelease(hosting, description);
    await withStoppedCore(hosting, 'the restoration of a backup', output, async (name) => {
      output.remark(`writing the data of ${description.time}`);
      let summary = '';
      await execInPod(
        { namespace: hosting.namespace, name },
        ['kubestellar-data', 'load', HOSTED_DATA_FOLDER],
        flags,
        {
          input: createReadStream(file),
          output: new Writable({
            write(chunk: Buffer, _encoding, done) {
              summary += chunk;
              done();
            },
          }),
        },
      );
      output.remark(`${summary.trim()} are restored`);
      await writeKeys(hosting, description.keys);
    });
  });
  output.remark(
    'The core runs with the data and the keys of the backup; kubeconfigs of that time work again.',
  );
}

/** Nobody has tested that a release can read the data of a newer one. */
async function requireRelease(hosting: Hosting, { release }: Description): Promise<void> {
  const running = (await readCore(hosting))?.status?.version ?? '';
  const numbers = (version: string) => version.split(/[.+-]/, 3).map(Number);
  const [ours, theirs] = [numbers(running), numbers(release)];
  const difference =
    ours.map((number, index) => number - (theirs[index] ?? 0)).find((number) => number !== 0) ?? 0;
  if (difference < 0)
    throw new CommandFailure(
      `the backup is of release ${release}, the core of ${running}; deploy release ${release} or newer first`,
    );
}

async function writeKeys({ client, namespace }: Hosting, keys: Keys): Promise<void> {
  for (const name of KEY_SECRETS) {
    const data = keys[name];
    if (!data) continue;
    try {
      await client.mergePatch(SECRETS, { namespace, name }, { data }, { fieldManager: FIELD_MANAGERS.cli });
    } catch (error) {
      // A core with a given CA for servers has no such CA of its own.
      if (!isNotFound(error)) throw error;
    }
  }
}
