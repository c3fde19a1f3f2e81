import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { CommandFailure } from './failure.ts';

/** What the build has recorded. */
export interface BuildVersion {
  readonly version: string;
  readonly gitCommit: string;
  readonly gitTreeState: string;
  readonly buildDate: string;
  readonly nodeVersion: string;
  readonly platform: string;
}

/**
 * Finds the folder with the built programs and documents: this program is in it, or, run from its
 * sources, in a sibling of it.
 * @throws CommandFailure when nothing is built
 */
export function distFolder(): string {
  for (let folder = import.meta.dirname; folder !== dirname(folder); folder = dirname(folder)) {
    const found = [folder, join(folder, 'dist')].find((each) => existsSync(join(each, 'version.json')));
    if (found) return found;
  }
  throw new CommandFailure('the programs are not built; run "npm run build"');
}

/** @returns what was recorded at build time */
export function buildVersion(): BuildVersion {
  return JSON.parse(readFileSync(join(distFolder(), 'version.json'), 'utf8')) as BuildVersion;
}
