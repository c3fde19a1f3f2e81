import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The version of this build, which is the tag of its images; it lies beside the program. */
export function releaseOf(folder: string): string {
  const { version } = JSON.parse(readFileSync(join(folder, 'version.json'), 'utf8')) as { version: string };
  return version;
}
