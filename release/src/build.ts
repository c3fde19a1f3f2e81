import { copyFile, mkdir, mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { billOfMaterials, type Command, commitDate, type Target, targetName } from '@kubestellar/packaging';
import { ToolchainError } from '@kubestellar/toolchain';
import { type Archive, kcpArchive, kubestellarArchive } from './archives.ts';
import { CHECKSUMS, sha256, writeChecksums } from './checksums.ts';
import { krewManifest, type PluginArchive } from './krew.ts';
import { writeTarball } from './pack.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const BOOTSTRAP = 'bootstrap-kubestellar.sh';

/** All that there is a release for. */
export const TARGETS: readonly Target[] = (['linux', 'darwin'] as const).flatMap((os) =>
  (['amd64', 'arm64'] as const).map((architecture) => ({ os, architecture })),
);

/** What to build, and where to. */
export interface ReleaseOptions extends Command {
  targets: readonly Target[];
  /** The folder that gets the files; what was in it goes. Default `dist/release`. */
  output?: string;
}

/**
 * Makes all files of a release: archives of our programs and of kcp for each target, a bill of materials for each,
 * the krew manifest, the bootstrap script and the checksums. The same sources, packages and toolchain give the same
 * bytes. The folder appears whole or stays as it was. Returns its path; throws ToolchainError.
 */
export async function buildRelease(options: ReleaseOptions): Promise<string> {
  const output = options.output ?? join(ROOT, 'dist', 'release');
  await requireReplaceable(output);
  await mkdir(dirname(output), { recursive: true });
  const scratch = await mkdtemp(join(dirname(output), '.release-'));
  try {
    const fresh = join(scratch, 'new');
    await mkdir(fresh);
    const before = await buildIdentity();
    await fill(options, fresh);
    if ((await buildIdentity()) !== before) {
      throw new ToolchainError('The programs were built anew while they were packed. Run the command again.');
    }
    await rename(output, join(scratch, 'old')).catch(ignoreMissing);
    await rename(fresh, output);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
  return output;
}

/** Another one after every build of dist/ from other sources. */
function buildIdentity(): Promise<string> {
  return readFile(join(ROOT, 'dist', 'inputs.json'), 'utf8');
}

/** Whoever mistypes the folder must not lose what is in it. */
async function requireReplaceable(output: string): Promise<void> {
  const names = await readdir(output).catch((): string[] => []);
  if (names.length === 0 || names.includes(CHECKSUMS)) return;
  throw new ToolchainError(
    `${output} holds something else than a release; name a new folder, or empty that one.`,
  );
}

async function fill(options: ReleaseOptions, folder: string): Promise<void> {
  const { version } = JSON.parse(await readFile(join(ROOT, 'dist', 'version.json'), 'utf8')) as {
    version: string;
  };
  const mtime = await commitDate(options, ROOT);
  const plugins: PluginArchive[] = [];
  for (const target of options.targets) {
    options.log(`packing KubeStellar ${version} and kcp for ${targetName(target)}`);
    const file = await write(
      options,
      folder,
      mtime,
      await kubestellarArchive(options, ROOT, version, target),
    );
    plugins.push({ target, file, sha256: await sha256(join(folder, file)) });
    await write(options, folder, mtime, await kcpArchive(options, target));
  }
  await writeFile(join(folder, 'kubestellar.yaml'), krewManifest(version, plugins));
  await copyFile(join(ROOT, 'release', 'bootstrap', BOOTSTRAP), join(folder, BOOTSTRAP));
  await writeChecksums(folder);
}

/** Returns the file name of the archive. */
async function write(
  options: ReleaseOptions,
  folder: string,
  mtime: Date,
  { name, version, entries, components }: Archive,
): Promise<string> {
  options.signal?.throwIfAborted();
  const file = `${name}.tar.gz`;
  const sbom = billOfMaterials({ type: 'application', name: name.replace(/_.*/, ''), version }, components);
  await writeTarball(join(folder, file), entries, mtime);
  await writeFile(join(folder, `${name}.cdx.json`), sbom);
  const { size } = await stat(join(folder, file));
  options.log(`  ${file}: ${Math.round(size / 1e6)} MB`);
  return file;
}

function ignoreMissing(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOENT') throw error;
}
