import { HOMEPAGE, releaseUrl } from '@kubestellar/api';
import type { Target } from '@kubestellar/packaging';
import { stringify } from 'yaml';

/** An archive that krew may install from. */
export interface PluginArchive {
  target: Target;
  /** Its file name in the release. */
  file: string;
  sha256: string;
}

/**
 * The manifest by which krew installs the kubectl plugin (https://krew.sigs.k8s.io/docs/developer-guide/plugin-manifest/).
 * @param version of the release, without a leading "v"
 */
export function krewManifest(version: string, archives: readonly PluginArchive[]): string {
  return stringify({
    apiVersion: 'krew.googlecontainertools.github.com/v1alpha2',
    kind: 'Plugin',
    metadata: { name: 'kubestellar' },
    spec: {
      version: `v${version}`,
      homepage: HOMEPAGE,
      shortDescription: 'Configure many clusters as if they were one',
      description:
        'Registers clusters with a KubeStellar core, prepares their syncers, makes workload management ' +
        'workspaces, and shows what goes where. "kubectl kubestellar --help" lists the commands.\n',
      platforms: archives.map(({ target, file, sha256 }) => ({
        selector: { matchLabels: { os: target.os, arch: target.architecture } },
        uri: releaseUrl(version, file),
        sha256,
        bin: 'bin/kubectl-kubestellar',
      })),
    },
  });
}
