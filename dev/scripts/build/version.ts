import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { $ } from 'dax';
import { root } from '../root.ts';

/** What `kubestellar-version` tells about itself; dist/version.json holds it. */
export interface BuildVersion {
  /** Semantic version without a leading "v". */
  version: string;
  gitCommit: string;
  gitTreeState: 'clean' | 'dirty' | 'archive';
  /** RFC 3339, UTC, whole seconds. */
  buildDate: string;
  /** Version of the Node that built it or, in images and archives, that runs it, with a leading "v". */
  nodeVersion: string;
  /** As Go names it, for example linux/amd64. */
  platform: string;
}

/** Collects the build's version from package.json and git; outside a git clone the tree state is "archive". */
export async function buildVersion(): Promise<BuildVersion> {
  const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { version: string };
  return {
    version,
    ...(await gitState()),
    buildDate: new Date().toISOString().replace(/\.\d+Z$/, 'Z'),
    nodeVersion: process.version,
    platform: `${process.platform}/${process.arch === 'x64' ? 'amd64' : process.arch}`,
  };
}

async function gitState(): Promise<Pick<BuildVersion, 'gitCommit' | 'gitTreeState'>> {
  try {
    const commit = await git('rev-parse', 'HEAD');
    const changes = await git('status', '--porcelain');
    return { gitCommit: commit, gitTreeState: changes === '' ? 'clean' : 'dirty' };
  } catch {
    return { gitCommit: '', gitTreeState: 'archive' };
  }
}

const git = (...args: string[]): Promise<string> => $`git -C ${root} ${args}`.quiet('stderr').text();
