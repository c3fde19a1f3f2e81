/** Programs of an earlier commit, so that tests start from what these leave behind. */
import { mkdir, mkdtemp, readdir, readFile, realpath, rm, stat, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { mustRunChild } from '@kubestellar/process';
import { type Clone, ROOT } from './local.ts';

/** Of the packages of this repository. */
const SCOPE = '@kubestellar';
const TOOLCHAIN = `${SCOPE}/toolchain`;

/**
 * Looks whether a clone has an earlier commit of its branch.
 * @returns why a test that starts from this commit has to be skipped: the clone is shallow
 * @throws Error when the commit is missing for any other reason
 */
export async function whyWithout(commit: string, clone = ROOT): Promise<string | undefined> {
  const git = async (...args: string[]) => (await mustRunChild('git', ['-C', clone, ...args])).trim();
  const isShallow = (await git('rev-parse', '--is-shallow-repository')) === 'true';
  try {
    await git('cat-file', '-e', `${commit}^{commit}`);
  } catch {
    if (isShallow)
      return `commit ${commit} is not in this shallow clone; to get it, run: git fetch --unshallow`;
    throw new Error(
      `commit ${commit}, which the test starts from, is not in ${clone}, though that clone has its whole history. ` +
        'If main was rewritten, name the same commit by its new hash in the test.',
    );
  }
  if (isShallow) return undefined;
  await git('merge-base', '--is-ancestor', commit, 'HEAD').catch(() => {
    throw new Error(
      `commit ${commit}, which the test starts from, is no ancestor of HEAD, so other clones may not have it. ` +
        'Name a commit of main in the test.',
    );
  });
  return undefined;
}

/**
 * A clone of this repository as it was at an earlier commit, built. Its npm packages and the tools that it runs (kcp,
 * Kubernetes, etcd) are those of today, so nothing is downloaded.
 */
export class FormerClone implements Clone {
  /** The programs are in `dist/` of it. */
  readonly path: string;
  /** What `npm start` runs at last. The script in front of it would install the former npm packages. */
  readonly script = join('dist', 'local.js');

  private constructor(path: string) {
    this.path = path;
  }

  /** Unpacks and builds a commit; takes about five seconds. @throws Error with the output of the build */
  static async create(commit: string): Promise<FormerClone> {
    const path = await mkdtemp(join(tmpdir(), 'kubestellar-former-'));
    try {
      await unpack(commit, path);
      await linkPackages(path);
      const build = ['--disable-warning=ExperimentalWarning', await buildScript(path)];
      await mustRunChild(process.execPath, build, { cwd: path });
      return new FormerClone(path);
    } catch (error) {
      await rm(path, { recursive: true });
      throw error;
    }
  }

  /** Removes the folder. What runs from it must have ended. */
  async dispose(): Promise<void> {
    await rm(this.path, { recursive: true, force: true });
  }
}

/** Where a clone has what builds it: the folders have moved. */
async function buildScript(path: string): Promise<string> {
  const [today, before] = [join('dev', 'scripts', 'build.ts'), join('scripts', 'build.ts')];
  const isToday = await stat(join(path, today)).then(
    () => true,
    () => false,
  );
  return join(path, isToday ? today : before);
}

async function unpack(commit: string, path: string): Promise<void> {
  const archive = join(path, '.commit.tar');
  await mustRunChild('git', ['-C', ROOT, 'archive', `--output=${archive}`, commit]);
  await mustRunChild('tar', ['-x', '-f', archive, '-C', path]);
  await rm(archive);
}

/**
 * Links the npm packages: those of others are today's, the repository's own ones are of the commit, except the toolchain:
 * with other versions or patches, tools would have to be built first, which takes minutes.
 */
async function linkPackages(path: string): Promise<void> {
  const [from, to] = [join(ROOT, 'node_modules'), join(path, 'node_modules')];
  await mkdir(join(to, SCOPE), { recursive: true });
  for (const name of await readdir(from)) if (name !== SCOPE) await symlink(join(from, name), join(to, name));
  const { workspaces } = await readManifest<{ workspaces: string[] }>(path);
  for (const folder of workspaces) {
    const { name } = await readManifest<{ name: string }>(join(path, folder));
    if (name === TOOLCHAIN) {
      const todays = await realpath(join(from, TOOLCHAIN));
      await rm(join(path, folder), { recursive: true });
      await symlink(todays, join(path, folder));
      // It looks for its modules where it lies today.
      const place = join(path, relative(ROOT, todays));
      await mkdir(dirname(place), { recursive: true });
      if (place !== join(path, folder)) await symlink(todays, place);
    }
    await symlink(join(path, folder), join(to, name));
  }
}

async function readManifest<T>(folder: string): Promise<T> {
  return JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as T;
}
