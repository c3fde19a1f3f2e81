import { access, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { type Command, runCommand } from '@kubestellar/packaging';
import { ToolchainError } from '@kubestellar/toolchain';
import type { Architecture, LayerEntry } from '@kubestellar/toolchain/oci';
import { CommandBuilder } from 'dax';
import { extract } from 'tar-stream';

/** A package whose files went into an image. */
export interface DebianPackage {
  name: string;
  version: string;
  /** `bookworm` and the like: what its versions are of. */
  release: string;
}

/**
 * Downloads a package from this machine's Debian (or Ubuntu) mirror, as any user, unless it is in `cache`.
 * @returns the path of the `.deb`
 * @throws ToolchainError when there is none, or no mirror
 */
export async function debianPackage(
  command: Command,
  cache: string,
  architecture: Architecture,
  name: string,
): Promise<string> {
  const apt = await privateApt(command, cache, architecture);
  return apt.download(name, await apt.candidate(name));
}

/** The packages and which of their files Node needs: the C and C++ libraries, and the loader. */
const WANTED: readonly { package: string; files: RegExp }[] = [
  {
    package: 'libc6',
    files: /\/(ld-linux-[\w-]+\.so\.\d|lib(c|m|dl|pthread|rt|resolv|nss_dns|nss_files)\.so\.\d+)$/,
  },
  { package: 'libstdc++6', files: /\/libstdc\+\+\.so\.6[.\d]*$/ },
  { package: 'libgcc-s1', files: /\/libgcc_s\.so\.1$/ },
];

/** The copyright files that the licences ask for. */
const COPYRIGHT = /^\/usr\/share\/doc\/[^/]+\/copyright$/;

/**
 * The C libraries that Node needs, from this machine's Debian (or Ubuntu) mirror, for either architecture; nothing of
 * this machine's own packages is used or changed. Kept in `cache` by version. Throws ToolchainError.
 */
export async function debianLibraries(
  command: Command,
  cache: string,
  architecture: Architecture,
): Promise<{ entries: LayerEntry[]; packages: DebianPackage[] }> {
  const apt = await privateApt(command, cache, architecture);
  const release = await releaseName();
  const entries: LayerEntry[] = [];
  const packages: DebianPackage[] = [];
  for (const { package: name, files } of WANTED) {
    const version = await apt.candidate(name);
    const archive = await apt.download(name, version);
    packages.push({ name, version, release });
    entries.push(...(await filesOf(archive, (path) => files.test(path) || COPYRIGHT.test(path))));
  }
  return { entries: [...entries, ...mergedLinks(architecture)], packages };
}

/** The folders at the top that are links since Debian merged /usr; the loader is looked for in them. */
function mergedLinks(architecture: Architecture): LayerEntry[] {
  const names = architecture === 'amd64' ? ['lib', 'lib64'] : ['lib'];
  return names.map((name) => ({ path: `/${name}`, type: 'link', to: `usr/${name}` }));
}

interface PrivateApt {
  candidate(name: string): Promise<string>;
  download(name: string, version: string): Promise<string>;
}

/** apt with lists and settings of its own in `cache`, for `architecture`, from the sources of this machine. */
async function privateApt(command: Command, cache: string, architecture: Architecture): Promise<PrivateApt> {
  const root = join(cache, `apt-${architecture}`);
  await mkdir(join(root, 'lists', 'partial'), { recursive: true });
  await mkdir(join(root, 'archives', 'partial'), { recursive: true });
  await writeFile(join(root, 'status'), '');
  const settings = [
    `APT::Architecture=${architecture}`,
    `APT::Architectures=${architecture}`,
    `Dir::State::lists=${join(root, 'lists')}`,
    `Dir::State::status=${join(root, 'status')}`,
    `Dir::Cache=${root}`,
    `Dir::Cache::archives=${join(root, 'archives')}`,
    // As root apt would change to a user that may not enter the cache folder.
    'APT::Sandbox::User=',
    'Acquire::Languages=none',
  ].flatMap((setting) => ['-o', setting]);
  let updated = false;
  const downloads = join(root, 'packages');
  await mkdir(downloads, { recursive: true });
  const candidateOf = async (name: string) => {
    const policy = await runCommand(command, 'apt-cache', [...settings, 'policy', `${name}:${architecture}`]);
    return /^ {2}Candidate: (?!\(none\))(.+)$/m.exec(policy)?.[1];
  };
  return {
    async candidate(name) {
      if (!updated) {
        command.log(`reading the package lists of ${architecture}`);
        await runCommand(command, 'apt-get', [...settings, 'update', '-qq']);
        updated = true;
      }
      const version = await candidateOf(name);
      if (version === undefined) {
        throw new ToolchainError(
          `apt knows no ${name} for ${architecture}; its sources must be Debian's or Ubuntu's.`,
        );
      }
      return version;
    },
    async download(name, version) {
      const file = join(downloads, `${name}_${version.replaceAll(':', '%3a')}_${architecture}.deb`);
      const there = await access(file).then(
        () => true,
        () => false,
      );
      if (!there) {
        command.log(`downloading ${name} ${version} for ${architecture}`);
        const fresh = join(root, 'fresh');
        await rm(fresh, { recursive: true, force: true });
        await mkdir(fresh);
        await runCommand({ ...command, cwd: fresh }, 'apt-get', [
          ...settings,
          'download',
          '-qq',
          `${name}:${architecture}=${version}`,
        ]);
        const [downloaded] = await readdir(fresh);
        if (downloaded === undefined)
          throw new ToolchainError(`apt-get downloaded no file for ${name} ${version}`);
        await rename(join(fresh, downloaded), file);
      }
      return file;
    },
  };
}

async function filesOf(archive: string, wanted: (path: string) => boolean): Promise<LayerEntry[]> {
  const unpacking = new CommandBuilder()
    .command(['dpkg-deb', '--fsys-tarfile', archive])
    .stdout('piped')
    .noThrow()
    .spawn();
  const entries: LayerEntry[] = [];
  for await (const entry of Readable.fromWeb(unpacking.stdout()).pipe(extract())) {
    const { name, type, linkname, mode } = entry.header;
    // In older packages the libraries still lie in /lib.
    const path = name.replace(/^\.?\//, '/').replace(/^\/lib(64)?\//, '/usr/lib$1/');
    const chunks: Buffer[] = [];
    for await (const chunk of entry) chunks.push(chunk as Buffer);
    if (!wanted(path)) continue;
    if (type === 'symlink' && linkname) entries.push({ path, type: 'link', to: linkname });
    if (type === 'file')
      entries.push({ path, type: 'file', content: Buffer.concat(chunks), mode: mode ?? 0o644 });
  }
  if ((await unpacking).code !== 0)
    throw new ToolchainError(`${archive} cannot be unpacked; remove it and run this again.`);
  return entries;
}

async function releaseName(): Promise<string> {
  const text = await readFile('/etc/os-release', 'utf8').catch(() => '');
  return /^VERSION_CODENAME=(.+)$/m.exec(text)?.[1] ?? 'unknown';
}
