/** The description of a backup: its first entry. The operator's archives (operator/src/data) contain the rest. */
import { createReadStream } from 'node:fs';
import { text } from 'node:stream/consumers';
import { createGunzip } from 'node:zlib';
import { HOSTED_CORE } from '@kubestellar/api';
import { extract } from 'tar-stream';
import { CommandFailure } from '../shell/failure.ts';

const ENTRY = 'backup.json';
const FORMAT = 'kubestellar-backup/1';

/** The Secrets with keys that belong to the data: with these, clients of the backup and the core accept each other. */
export const KEY_SECRETS = [
  HOSTED_CORE.clientCASecret,
  HOSTED_CORE.serverCASecret,
  HOSTED_CORE.kcpSecret,
] as const;

/** The data of Secrets by name. */
export type Keys = { readonly [secret: string]: { readonly [key: string]: string } };

/** The contents of the description. */
export interface Description {
  readonly format: typeof FORMAT;
  /** The release that ran the core. */
  readonly release: string;
  /** RFC 3339. */
  readonly time: string;
  readonly keys: Keys;
}

/** The description of a new backup. */
export function describeBackup(release: string, keys: Keys): Description {
  return { format: FORMAT, release, time: new Date().toISOString(), keys };
}

/** Reads the description of a backup. @throws CommandFailure when the file is none */
export async function descriptionIn(file: string): Promise<Description> {
  try {
    const found = await firstEntry(file);
    if (found?.format === FORMAT) return found;
  } catch (error) {
    throw new CommandFailure(
      `cannot read the backup ${file}: ${(error as Error).message}; name a file that "kubectl kubestellar backup" wrote`,
    );
  }
  throw new CommandFailure(`${file} is no backup of "kubectl kubestellar backup", or one of another form`);
}

async function firstEntry(file: string): Promise<Description | undefined> {
  const source = createReadStream(file);
  const unzipped = createGunzip();
  const tar = extract();
  for (const stream of [source, unzipped]) stream.on('error', (error: Error) => tar.destroy(error));
  source.pipe(unzipped).pipe(tar);
  try {
    for await (const entry of tar) {
      if (entry.header.name !== ENTRY) return undefined;
      return JSON.parse(await text(entry)) as Description;
    }
    return undefined;
  } finally {
    source.destroy();
  }
}
