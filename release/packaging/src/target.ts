import type { Platform } from '@kubestellar/toolchain';

/** What a package is for, in the words of Go and of container images. */
export interface Target {
  os: 'linux' | 'darwin';
  architecture: 'amd64' | 'arm64';
}

/** `target` in the words of Node, as in `linux-x64`. */
export function platformOf({ os, architecture }: Target): Platform {
  return `${os}-${architecture === 'amd64' ? 'x64' : 'arm64'}`;
}

/** `target` as `kubestellar-version` tells it, as in `linux/amd64`. */
export function targetName({ os, architecture }: Target): string {
  return `${os}/${architecture}`;
}
