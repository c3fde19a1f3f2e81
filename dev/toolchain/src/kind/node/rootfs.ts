import { chmod, copyFile, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { ToolName } from '../../catalog.ts';
import type { Context } from '../../context.ts';
import { moduleDir } from '../../go.ts';
import { requirePackages, withSystemFolders } from '../../packages.ts';
import { runOrThrow } from '../docker.ts';

/** Debian's release in the node: its systemd is the last that runs with cgroup v1 unless forced. */
export const DEBIAN_RELEASE = 'bookworm';

/**
 * What kind's own base image installs (less what only volumes of network storage need), Debian's containerd, runc
 * and CNI plugins, and catatonit, which can be the pause container and is a static program.
 */
export const DEBIAN_PACKAGES = [
  ...['systemd', 'conntrack', 'iptables', 'nftables', 'iproute2', 'ethtool', 'kmod', 'libseccomp2', 'pigz'],
  ...['e2fsprogs', 'ca-certificates', 'curl', 'jq', 'procps'],
  ...['containerd', 'runc', 'containernetworking-plugins', 'catatonit'],
] as const;

/** Programs of the toolchain that run on the node itself. */
export const NODE_TOOLS = ['kubelet', 'kubeadm', 'kubectl'] as const satisfies readonly ToolName[];

const INSTALL_LIMIT_MS = 20 * 60_000;
const STEP_LIMIT_MS = 5 * 60_000;

/**
 * Containerd's template for the CNI configuration, filled with the node's own pod CIDR. kind's own network plugin
 * is not to be had as a Go module; this makes pods reach each other on one node, and does not enforce policies.
 */
const CNI_TEMPLATE = `{"cniVersion": "0.4.0", "name": "kind", "plugins": [
  {"type": "ptp", "ipMasq": true, "mtu": 1500, "ipam": {"type": "host-local", "dataDir": "/run/cni-ipam-state",
    "routes": [{{range $i, $route := .Routes}}{{if $i}}, {{end}}{"dst": "{{$route}}"}{{end}}],
    "ranges": [{{range $i, $cidr := .PodCIDRRanges}}{{if $i}}, {{end}}[{"subnet": "{{$cidr}}"}]{{end}}]}},
  {"type": "portmap", "capabilities": {"portMappings": true}}
]}
`;

/** kind applies this file as the network plugin; there is nothing to apply. */
const NO_CNI_MANIFEST = `apiVersion: v1
kind: ConfigMap
metadata: {name: kind-cni, namespace: kube-system}
data: {cni: "containerd writes the configuration from the node's pod CIDR"}
`;

/** The steps of kind's base image that follow the installation of packages: only what a node needs is started. */
const CONFIGURE = `
rm -rf /var/cache/apt/archives/*.deb /var/lib/apt/lists/* /usr/share/doc /usr/share/man /usr/share/locale/*
rm -f /lib/systemd/system/sysinit.target.wants/systemd-tmpfiles-setup.service
rm -f /lib/systemd/system/multi-user.target.wants/* /etc/systemd/system/*.wants/*
rm -f /lib/systemd/system/local-fs.target.wants/* /lib/systemd/system/basic.target.wants/*
rm -f /lib/systemd/system/sockets.target.wants/*udev* /lib/systemd/system/sockets.target.wants/*initctl*
echo ReadKMsg=no >> /etc/systemd/journald.conf
ln -sf /usr/lib/systemd/systemd /sbin/init
ln -sf /usr/bin/containerd /usr/local/bin/containerd
mkdir -p /opt /etc/cni/net.d /etc/kubernetes/manifests
rm -rf /opt/cni/bin && mkdir -p /opt/cni && ln -s /usr/lib/cni /opt/cni/bin
rm -f /etc/cni/net.d/*
systemctl enable kubelet.service containerd.service undo-mount-hacks.service
systemctl mask systemd-binfmt.service
ctr oci spec | jq '.hooks.createContainer += [{path: "/kind/bin/mount-product-files.sh"}] | del(.process.rlimits)' \\
  > /etc/containerd/cri-base.json
`;

/**
 * Makes the node's file tree in `root`, which is not there yet: Debian, kind's own files, Kubernetes' programs.
 * Needs root. Throws ToolchainError.
 */
export async function makeRootfs(
  context: Context,
  root: string,
  tools: Record<(typeof NODE_TOOLS)[number], string>,
  version: string,
): Promise<void> {
  const env = withSystemFolders(context);
  await requirePackages(
    context,
    [{ program: 'debootstrap', package: 'debootstrap' }],
    'the node image of kind',
  );
  context.log(`  installing Debian ${DEBIAN_RELEASE} into the node image (two minutes)`);
  // In a mount namespace of its own: what debootstrap mounts is gone with it, however it ends.
  const debootstrap = ['debootstrap', '--variant=minbase', `--include=${DEBIAN_PACKAGES.join(',')}`];
  await runOrThrow(
    context,
    'unshare',
    ['--mount', '--propagation', 'private', ...debootstrap, DEBIAN_RELEASE, root],
    { env, timeout: INSTALL_LIMIT_MS },
  );

  const kindModule = await moduleDir(context, 'kind', 'sigs.k8s.io/kind');
  await copyKindFiles(join(kindModule, 'images', 'base', 'files'), root);
  await inRoot(context, root, CONFIGURE);
  for (const name of NODE_TOOLS) {
    await copyFile(tools[name], join(root, 'usr', 'bin', name));
    await chmod(join(root, 'usr', 'bin', name), 0o755);
  }
  await put(root, 'kind/version', version);
  await put(root, 'kind/manifests/default-cni.yaml', NO_CNI_MANIFEST);
  await put(root, 'etc/containerd/cni.template', CNI_TEMPLATE);
  await edit(
    root,
    'etc/containerd/config.toml',
    (text) =>
      // runc may not lower oom_score_adj where CAP_SYS_RESOURCE is missing.
      `${replaced(text, 'restrict_oom_score_adj = false', 'restrict_oom_score_adj = true')}
[plugins."io.containerd.grpc.v1.cri".cni]
  conf_template = "/etc/containerd/cni.template"
`,
  );
  // Since 1.35 the kubelet refuses cgroup v1 unless told otherwise.
  await edit(root, 'etc/default/kubelet', (text) =>
    replaced(text, 'KUBELET_EXTRA_ARGS=', 'KUBELET_EXTRA_ARGS=--fail-cgroupv1=false '),
  );
}

/** Runs a shell script with `root` as its file tree. */
export async function inRoot(context: Context, root: string, script: string): Promise<string> {
  return runOrThrow(
    context,
    'unshare',
    // With the processes of the script in a namespace of their own too, none of them outlives it.
    [
      ...['--mount', '--propagation', 'private', '--pid', '--fork', '--kill-child', '--mount-proc'],
      ...['--root', root, '/bin/bash', '-euc', script],
    ],
    { env: { ...withSystemFolders(context), LC_ALL: 'C' }, timeout: STEP_LIMIT_MS },
  );
}

/** The module's files have no executable bits, and the module cache is read-only: modes are set here. */
async function copyKindFiles(from: string, root: string): Promise<void> {
  for (const entry of await readdir(from, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const source = join(entry.parentPath, entry.name);
    const path = source.slice(from.length + 1);
    const target = join(root, path);
    await mkdir(dirname(target), { recursive: true });
    await rm(target, { force: true });
    await copyFile(source, target);
    await chmod(target, /^(usr\/local|kind)\/bin\//.test(path) ? 0o755 : 0o644);
  }
}

async function put(root: string, path: string, content: string): Promise<void> {
  await mkdir(dirname(join(root, path)), { recursive: true });
  await writeFile(join(root, path), content);
}

async function edit(root: string, path: string, change: (text: string) => string): Promise<void> {
  await writeFile(join(root, path), change(await readFile(join(root, path), 'utf8')));
}

function replaced(text: string, what: string, by: string): string {
  if (!text.includes(what)) throw new Error(`kind's file has changed: it has no "${what}"`);
  return text.replace(what, by);
}
