/** Reads the contents of `root:compute` that the build has generated. */
import { readFile } from 'node:fs/promises';
import type { WorkspaceManifests } from '../manifests.ts';

/**
 * The objects of `root:compute` for `kubestellar init` to apply.
 * @param file the generated `compute.json`, which lies in `dist/api/`.
 * @throws Error that explains how to generate it, if it cannot be read.
 */
export async function computeManifests(file: string): Promise<WorkspaceManifests> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as WorkspaceManifests;
  } catch (cause) {
    throw new Error(
      `cannot read the Kubernetes API subset from ${file}: run "npm run build" to generate it`,
      {
        cause,
      },
    );
  }
}
