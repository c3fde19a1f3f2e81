import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { KCP_IMAGE, PROGRAM_IMAGE } from '@kubestellar/api';
import {
  billOfMaterials,
  type Command,
  type Component,
  goModulesOf,
  nodeComponent,
  nodeRuntime,
  npmComponent,
  platformOf,
} from '@kubestellar/packaging';
import { cacheFolder, provideTools } from '@kubestellar/toolchain';
import {
  type Architecture,
  type Image,
  type Layer,
  type LayerEntry,
  writeArchive,
  writeLayer,
} from '@kubestellar/toolchain/oci';
import { debianLibraries } from './debian.ts';
import { NODE_PATH, programEntries } from './programs.ts';

/** The images that are ours. */
export const IMAGES = ['kubestellar', 'kcp'] as const;
export type ImageName = (typeof IMAGES)[number];

/** A user who is nobody; Kubernetes can see from the number that it is not root. */
const USER = 65_532;
const ROOT = join(import.meta.dirname, '..', '..');
const PATH = 'PATH=/usr/local/bin:/usr/bin:/bin';

/** A built image. */
export interface BuiltImage {
  name: ImageName;
  architecture: Architecture;
  /** With registry and tag. */
  reference: string;
  /** Path of the archive: an OCI layout that `docker load` and `kind load image-archive` read too. */
  archive: string;
  /** Path of the bill of materials. */
  sbom: string;
  /** Of its manifest. */
  digest: string;
  /** Bytes of its files. */
  size: number;
}

/** What to build, and where to. */
export interface BuildOptions extends Command {
  /** The folder that gets the archives; default `dist/images`. */
  output?: string;
}

/**
 * Builds the image `name` for `architecture` without Docker or a registry. The same sources, packages and toolchain
 * give the same digest. Throws ToolchainError.
 */
export async function buildImage(
  options: BuildOptions,
  name: ImageName,
  architecture: Architecture,
): Promise<BuiltImage> {
  const output = options.output ?? join(ROOT, 'dist', 'images');
  await mkdir(output, { recursive: true });
  const { version } = JSON.parse(await readFile(join(ROOT, 'dist', 'version.json'), 'utf8')) as {
    version: string;
  };
  const reference = `${name === 'kcp' ? KCP_IMAGE : PROGRAM_IMAGE}:${version}`;
  options.log(`building ${reference} for ${architecture}`);
  const scratch = await mkdtemp(join(output, '.build-'));
  try {
    const parts = await (name === 'kcp' ? kcpParts : kubestellarParts)(options, architecture);
    const sbom = billOfMaterials(
      { type: 'container', name: reference.replace(/:[^:]*$/, ''), version },
      parts.components,
    );
    const top: LayerEntry[] = [
      ...commonEntries(),
      { path: '/usr/share/doc/kubestellar/LICENSE', type: 'file', from: join(ROOT, 'LICENSE') },
      { path: `/usr/share/doc/kubestellar/${name}.cdx.json`, type: 'file', content: sbom },
    ];
    const layers: Layer[] = [];
    for (const entries of [...parts.layers, top]) {
      layers.push(await writeLayer(join(scratch, `${layers.length}.tar`), entries));
    }
    const image: Image = {
      name: reference,
      architecture,
      layers,
      config: {
        Entrypoint: parts.entrypoint,
        Env: [PATH, ...parts.env],
        User: `${USER}:${USER}`,
        WorkingDir: '/',
      },
    };
    const file = join(output, `${name}-${version}-${architecture}`);
    const [digest = ''] = await writeArchive(`${file}.tar`, [image]);
    await writeFile(join(scratch, 'sbom'), sbom);
    await rename(join(scratch, 'sbom'), `${file}.cdx.json`);
    const size = layers.reduce((sum, layer) => sum + layer.size, 0);
    options.log(`  ${Math.round(size / 1e6)} MB, ${digest}, ${file}.tar`);
    return { name, architecture, reference, archive: `${file}.tar`, sbom: `${file}.cdx.json`, digest, size };
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

interface Parts {
  /** The lower layers, what changes least first. */
  layers: LayerEntry[][];
  entrypoint: string[];
  env: string[];
  components: Component[];
}

async function kubestellarParts(options: BuildOptions, architecture: Architecture): Promise<Parts> {
  const cache = join(cacheFolder(), 'images');
  const libraries = await debianLibraries(options, cache, architecture);
  const target = { os: 'linux', architecture } as const;
  const node = await nodeRuntime(options, ROOT, cache, target);
  const programs = await programEntries(options, ROOT, target, node);
  return {
    layers: [
      libraries.entries,
      [
        { path: NODE_PATH, type: 'file', from: node.program, mode: 0o755 },
        { path: '/usr/share/doc/node/LICENSE', type: 'file', from: node.license },
      ],
      programs.entries,
    ],
    entrypoint: [],
    env: ['NODE_ENV=production'],
    components: [
      nodeComponent(node),
      ...libraries.packages.map(
        (one): Component => ({
          type: 'library',
          name: one.name,
          version: one.version,
          purl: `pkg:deb/debian/${one.name}@${encodeURIComponent(one.version)}?arch=${architecture}&distro=${one.release}`,
        }),
      ),
      ...programs.packages.map(npmComponent),
    ],
  };
}

async function kcpParts(options: BuildOptions, architecture: Architecture): Promise<Parts> {
  const { kcp } = await provideTools(['kcp'], options, platformOf({ os: 'linux', architecture }));
  return {
    layers: [[{ path: '/usr/local/bin/kcp', type: 'file', from: kcp, mode: 0o755 }]],
    entrypoint: ['/usr/local/bin/kcp'],
    env: [],
    components: await goModulesOf(options, kcp),
  };
}

/** What programs expect to find on any Unix; nothing in it can be written by them. */
function commonEntries(): LayerEntry[] {
  return [
    {
      path: '/etc/passwd',
      type: 'file',
      content: `root:x:0:0:root:/root:/sbin/nologin\nkubestellar:x:${USER}:${USER}::/:/sbin/nologin\n`,
    },
    { path: '/etc/group', type: 'file', content: `root:x:0:\nkubestellar:x:${USER}:\n` },
    { path: '/etc/nsswitch.conf', type: 'file', content: 'hosts: files dns\n' },
    { path: '/tmp', type: 'directory', mode: 0o1777 },
  ];
}
