import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mustRunChild } from '@kubestellar/process';

/** A Go module in one version, with the checksum (`h1:…`) of its contents. */
export interface GoModule {
  module: string;
  version: string;
  sum: string;
}

/**
 * Downloads a module, or takes it from Go's cache.
 * @returns the folder of its files, which are read-only
 * @throws Error when it can't be had, or has another checksum
 */
export async function goModuleFolder({ module, version, sum }: GoModule): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'kubestellar-module-'));
  try {
    // The committed checksum is compared here; Go's own data base does not know all that its proxy has.
    const env = { ...process.env, GOFLAGS: '-mod=mod', GOWORK: 'off', GONOSUMDB: '*', GO111MODULE: 'on' };
    const stdout = await mustRunChild('go', ['mod', 'download', '-json', `${module}@${version}`], {
      cwd: folder,
      env,
    });
    const answer = JSON.parse(stdout) as { Dir?: string; Sum?: string };
    if (!answer.Dir || answer.Sum !== sum)
      throw new Error(`${module}@${version} has the checksum ${answer.Sum}, not the expected ${sum}`);
    return answer.Dir;
  } finally {
    await rm(folder, { recursive: true });
  }
}
