/**
 * Every tool in one table. To add one: an entry in `TOOLS`, and a folder under `modules/` if it comes from a
 * Go module that is not there yet (docs/toolchain.md).
 */

import { major, minor } from 'semver';
import { kcpPatched, type Patch } from './kcp-patches.ts';

/** A Go module file under `dev/toolchain/modules/` with what is common to all tools built from it. */
export interface GoModule {
  /** Folder under `dev/toolchain/modules/`. */
  folder: string;
  /** The pinned version, as Go spells it. */
  version: string;
  /** Passed to the linker beside `-s -w`. */
  ldflags: readonly string[];
  /** Minutes that a build of all its tools takes with empty caches on 2 cores. */
  coldMinutes: number;
  /** Disk that such a build needs in Go's caches, its work folder and our cache, in GB. */
  coldGigabytes: number;
  /** Changes to the sources that it is built from. */
  patched?: {
    /** Told in the version of the built programs; to be raised with every change of the patches. */
    level: number;
    patches: readonly Patch[];
  };
}

/** A released binary (the file itself, not an archive). */
export interface Download {
  url: string;
  /** SHA-256 of the file, 64 hexadecimal digits. */
  sha256: string;
}

/** `<process.platform>-<process.arch>`, as in `linux-x64`. */
export type Platform = `${NodeJS.Platform}-${NodeJS.Architecture}`;

/** What this machine is. */
export const OWN_PLATFORM: Platform = `${process.platform}-${process.arch}`;

/** One tool. */
export interface Tool {
  module: GoModule;
  /** Go package of its main function. */
  package: string;
  /** Arguments that make it print its version and end. */
  versionArgs: readonly string[];
  /** Finds major and minor version in that output (groups 1 and 2), and the patch level (group 3) where there is one. */
  versionPattern: RegExp;
  /** Lowest and highest `major.minor` that is taken from `$PATH`. */
  fits: readonly [lowest: string, highest: string];
  /** Releases that may be downloaded in place of a build; for a patched tool, builds with the same patches. */
  downloads?: Readonly<Partial<Record<Platform, Download>>>;
}

function kubernetesVersion(gitVersion: string): string[] {
  const values = { gitVersion, gitMajor: major(gitVersion), gitMinor: minor(gitVersion) };
  return ['k8s.io/component-base/version', 'k8s.io/client-go/pkg/version'].flatMap((path) =>
    Object.entries(values).map(([name, value]) => `-X ${path}.${name}=${value}`),
  );
}

const kcp: GoModule = {
  folder: 'kcp',
  version: 'v0.31.2',
  // The form of kcp's own releases: the Kubernetes that it is a fork of, then kcp; our patch level after it.
  ldflags: kubernetesVersion(`v1.35.3+kcp-v0.31.2.kubestellar.${kcpPatched.level}`),
  coldMinutes: 5,
  coldGigabytes: 4,
  patched: kcpPatched,
};

const kubernetes: GoModule = {
  folder: 'kubernetes',
  version: 'v1.36.3',
  ldflags: kubernetesVersion('v1.36.3'),
  coldMinutes: 5,
  coldGigabytes: 4,
};

const kubectlWs: GoModule = {
  folder: 'kubectl-ws',
  version: 'v0.27.1',
  ldflags: kubernetesVersion('v1.31.6+kcp-v0.27.1'),
  coldMinutes: 1,
  coldGigabytes: 1,
};

const etcd: GoModule = { folder: 'etcd', version: 'v3.6.8', ldflags: [], coldMinutes: 1, coldGigabytes: 1 };

const kwok: GoModule = { folder: 'kwok', version: 'v0.8.0', ldflags: [], coldMinutes: 2, coldGigabytes: 2 };

const helm: GoModule = {
  folder: 'helm',
  version: 'v4.3.1',
  ldflags: ['-X helm.sh/helm/v4/internal/version.version=v4.3.1'],
  coldMinutes: 2,
  coldGigabytes: 2,
};

const kind: GoModule = { folder: 'kind', version: 'v0.33.0', ldflags: [], coldMinutes: 1, coldGigabytes: 1 };

const coredns: GoModule = {
  folder: 'coredns',
  version: 'v1.14.2',
  ldflags: [],
  coldMinutes: 2,
  coldGigabytes: 2,
};

const traefik: GoModule = {
  folder: 'traefik',
  version: 'v3.6.7',
  ldflags: ['-X github.com/traefik/traefik/v3/pkg/version.Version=3.6.7'],
  coldMinutes: 6,
  coldGigabytes: 4,
};

const kubernetesServer = {
  module: kubernetes,
  versionArgs: ['--version'],
  versionPattern: /^Kubernetes v(\d+)\.(\d+)/m,
  fits: ['1.36', '1.36'],
} as const;

// The order is the order of builds. No entry has `downloads` yet: a checksum is written here only after it was
// compared with the one its project publishes, and a download that can't be verified is worse than a build.
export const TOOLS = {
  kcp: {
    module: kcp,
    package: 'github.com/kcp-dev/kcp/cmd/kcp',
    versionArgs: ['--version'],
    versionPattern: /kcp-v(\d+)\.(\d+)\.\d+(?:\.kubestellar\.(\d+))?/,
    fits: ['0.31', '0.31'],
  },
  etcd: {
    module: etcd,
    package: 'go.etcd.io/etcd/server/v3',
    versionArgs: ['--version'],
    versionPattern: /^etcd Version: (\d+)\.(\d+)/m,
    fits: ['3.6', '3.6'],
  },
  'kube-apiserver': { ...kubernetesServer, package: 'k8s.io/kubernetes/cmd/kube-apiserver' },
  'kube-controller-manager': {
    ...kubernetesServer,
    package: 'k8s.io/kubernetes/cmd/kube-controller-manager',
  },
  'kube-scheduler': { ...kubernetesServer, package: 'k8s.io/kubernetes/cmd/kube-scheduler' },
  kubectl: {
    module: kubernetes,
    package: 'k8s.io/kubernetes/cmd/kubectl',
    versionArgs: ['version', '--client', '--output=json'],
    versionPattern: /"gitVersion": "v(\d+)\.(\d+)/,
    // Kubernetes' skew rule: kubectl may be one minor version older or newer than the server.
    fits: ['1.35', '1.37'],
  },
  'kubectl-ws': {
    module: kubectlWs,
    package: 'github.com/kcp-dev/kcp/cli/cmd/kubectl-ws',
    versionArgs: ['--version'],
    versionPattern: /kcp-v(\d+)\.(\d+)/,
    fits: ['0.27', '0.27'],
  },
  kwok: {
    module: kwok,
    package: 'sigs.k8s.io/kwok/cmd/kwok',
    versionArgs: ['--version'],
    versionPattern: /^kwok version v(\d+)\.(\d+)/m,
    fits: ['0.8', '0.8'],
  },
  helm: {
    module: helm,
    package: 'helm.sh/helm/v4/cmd/helm',
    versionArgs: ['version', '--short'],
    versionPattern: /^v(\d+)\.(\d+)/m,
    // What `deploy` works with (docs/differences.md).
    fits: ['3.14', '4.99'],
  },
  kind: {
    module: kind,
    package: 'sigs.k8s.io/kind',
    versionArgs: ['version'],
    versionPattern: /^kind v(\d+)\.(\d+)/m,
    fits: ['0.33', '0.33'],
  },
  // The rest is for the node image of kind clusters and what runs in them.
  kubelet: { ...kubernetesServer, package: 'k8s.io/kubernetes/cmd/kubelet' },
  kubeadm: {
    ...kubernetesServer,
    package: 'k8s.io/kubernetes/cmd/kubeadm',
    versionArgs: ['version', '--output=short'],
    versionPattern: /^v(\d+)\.(\d+)/m,
  },
  'kube-proxy': { ...kubernetesServer, package: 'k8s.io/kubernetes/cmd/kube-proxy' },
  coredns: {
    module: coredns,
    package: 'coredns',
    versionArgs: ['-version'],
    versionPattern: /^CoreDNS-(\d+)\.(\d+)/m,
    fits: ['1.14', '1.14'],
  },
  traefik: {
    module: traefik,
    package: 'github.com/traefik/traefik/v3/cmd/traefik',
    versionArgs: ['version'],
    versionPattern: /^Version:\s+v?(\d+)\.(\d+)/m,
    fits: ['3.6', '3.6'],
  },
} as const satisfies Record<string, Tool>;

/** A tool that the toolchain provides. */
export type ToolName = keyof typeof TOOLS;

/** All tools, in the order of their builds. */
export const TOOL_NAMES = Object.keys(TOOLS) as ToolName[];

/** The table's entry of `name`, typed as the general `Tool`. */
export function toolOf(name: ToolName): Tool {
  return TOOLS[name];
}

/** The patch level of programs built from `module`; 0 means unpatched. */
export function patchLevelOf(module: GoModule): number {
  return module.patched?.level ?? 0;
}

/** The full version of programs built from `module`, as in `v0.31.2+kubestellar.1`. */
export function versionOf(module: GoModule): string {
  return withPatchLevel(module.version, patchLevelOf(module));
}

/** `version` with the patch level as people read it: `0.31` for level 0, else as in `0.31+kubestellar.1`. */
export function withPatchLevel(version: string, level: number): string {
  return level === 0 ? version : `${version}+kubestellar.${level}`;
}

/** The linker flags of `module` as one argument of `go build -ldflags`. */
export function ldflagsOf(module: GoModule): string {
  return ['-s', '-w', ...module.ldflags].join(' ');
}

/** The file name that `go build -o <folder>/` gives the program of `goPackage`: its last element that is no major version. */
export function outputName(goPackage: string): string {
  const elements = goPackage.split('/').filter((element) => !/^v\d+$/.test(element));
  return elements.at(-1) ?? goPackage;
}
