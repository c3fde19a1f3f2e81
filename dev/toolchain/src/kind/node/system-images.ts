import { join } from 'node:path';
import { TOOLS, type ToolName } from '../../catalog.ts';
import type { Context } from '../../context.ts';
import { type Architecture, type Image, writeArchive } from '../../oci/archive.ts';
import { type LayerEntry, writeLayer } from '../../oci/layer.ts';
import { inRoot } from './rootfs.ts';

/** Programs of the toolchain that run as containers of a control plane. */
export const SYSTEM_TOOLS = [
  'kube-apiserver',
  'kube-controller-manager',
  'kube-scheduler',
  'kube-proxy',
  'etcd',
  'coredns',
] as const satisfies readonly ToolName[];

/** Where containerd's store of the node lies. */
const STORE = '/var/lib/containerd';
const ARCHIVE = '/system-images.tar';

/** kube-proxy calls these; nft and conntrack only in some modes. */
const PROXY_PROGRAMS = [
  '/usr/sbin/xtables-nft-multi',
  '/usr/sbin/xtables-legacy-multi',
  '/usr/sbin/nft',
  '/usr/sbin/conntrack',
  '/usr/bin/dash',
  '/usr/bin/kmod',
];
const IPTABLES_NAMES = ['iptables', 'ip6tables'].flatMap((name) => [name, `${name}-save`, `${name}-restore`]);

/**
 * Puts the images of the control plane into the store of the containerd in `root`, under the names that kubeadm
 * and kind's containerd configuration ask for. `scratch` is a folder for what is only needed meanwhile.
 */
export async function storeSystemImages(
  context: Context,
  root: string,
  scratch: string,
  tools: Record<(typeof SYSTEM_TOOLS)[number], string>,
  architecture: Architecture,
): Promise<void> {
  const images: Image[] = [];
  const add = async (name: string, entrypoint: string[], entries: LayerEntry[]) => {
    const layer = await writeLayer(join(scratch, `${images.length}.layer`), entries);
    images.push({ name, architecture, layers: [layer], config: { Entrypoint: entrypoint } });
  };
  const registry = 'registry.k8s.io';
  const version = TOOLS.kubelet.module.version;
  for (const name of ['kube-apiserver', 'kube-controller-manager', 'kube-scheduler'] as const) {
    await add(`${registry}/${name}:${version}`, [`/usr/local/bin/${name}`], [program(name, tools[name])]);
  }
  await add(
    `${registry}/kube-proxy:${version}`,
    ['/usr/local/bin/kube-proxy'],
    [program('kube-proxy', tools['kube-proxy']), ...(await proxyEntries(context, root))],
  );
  // The three tags are constants of kubeadm 1.36 and of kind's containerd configuration.
  await add(`${registry}/etcd:3.6.8-0`, ['/usr/local/bin/etcd'], [program('etcd', tools.etcd)]);
  await add(
    `${registry}/coredns/coredns:v1.14.2`,
    ['/coredns'],
    [{ path: '/coredns', type: 'file', from: tools.coredns, mode: 0o755 }],
  );
  await add(
    `${registry}/pause:3.10`,
    ['/pause', '-P'],
    [{ path: '/pause', type: 'file', from: join(root, 'usr/bin/catatonit'), mode: 0o755 }],
  );
  await writeArchive(join(root, ARCHIVE), images);
  await inRoot(context, root, IMPORT);
}

/** Pinned, so that the kubelet's garbage collection leaves them; not unpacked, which each node does when it runs. */
const IMPORT = `
mkdir -p /tmp/store
cat > /tmp/store/config.toml <<'END'
version = 2
root = "${STORE}"
state = "/tmp/store/state"
disabled_plugins = ["io.containerd.grpc.v1.cri"]
[grpc]
address = "/tmp/store/containerd.sock"
[ttrpc]
address = "/tmp/store/ttrpc.sock"
END
containerd --config /tmp/store/config.toml > /tmp/store/log 2>&1 &
daemon=$!
for attempt in $(seq 100); do
  ctr --address /tmp/store/containerd.sock version > /dev/null 2>&1 && break
  sleep 0.2
done
images="ctr --address /tmp/store/containerd.sock --namespace k8s.io images"
$images import --no-unpack ${ARCHIVE}
for name in $($images list --quiet); do
  $images label "$name" io.cri-containerd.pinned=pinned
done
kill $daemon
wait $daemon || true
rm -rf /tmp/store ${ARCHIVE}
`;

function program(name: string, from: string): LayerEntry {
  return { path: `/usr/local/bin/${name}`, type: 'file', from, mode: 0o755 };
}

/** The programs that kube-proxy calls with every library they load, from the node's own Debian. */
async function proxyEntries(context: Context, root: string): Promise<LayerEntry[]> {
  const listed = await inRoot(
    context,
    root,
    // The plugins of iptables need libraries of their own (libm). ldd fails for static programs.
    `programs="${PROXY_PROGRAMS.join(' ')} $(echo /usr/lib/*/xtables/*.so)"
     for file in $programs $(ldd $programs | grep -o '/[^ :]*\\.so[^ :]*' | grep -v ':$' | sort -u); do
       echo "$file $(realpath $file)"
     done`,
  );
  const files = new Map(
    listed.split('\n').flatMap((line) => {
      const [path, real] = line.split(' ');
      return path?.startsWith('/') && real !== undefined ? [[merged(path), real] as const] : [];
    }),
  );
  const entries: LayerEntry[] = [...files].map(([path, real]) => ({
    path,
    type: 'file',
    from: join(root, real),
    mode: 0o755,
  }));
  for (const name of ['bin', 'sbin', 'lib', 'lib64']) {
    entries.push({ path: `/${name}`, type: 'link', to: `usr/${name}` });
  }
  for (const name of IPTABLES_NAMES)
    entries.push({ path: `/usr/sbin/${name}`, type: 'link', to: 'xtables-nft-multi' });
  entries.push({ path: '/usr/bin/sh', type: 'link', to: 'dash' });
  for (const path of ['/run', '/etc']) entries.push({ path, type: 'directory' });
  return entries;
}

/** `/lib/x` as `/usr/lib/x`: the folders at the top are links (merged /usr). */
function merged(path: string): string {
  return path.replace(/^\/(bin|sbin|lib|lib64)\//, '/usr/$1/');
}
