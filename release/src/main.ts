/** `npm run release`: makes the files of a release. See USAGE. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type Target, targetName } from '@kubestellar/packaging';
import { ToolchainError } from '@kubestellar/toolchain';
import { buildRelease, TARGETS } from './build.ts';

const NAMES = TARGETS.map(targetName);
const USAGE = `Usage: npm run release -- [--platform OS/ARCH]... [--output FOLDER]

Makes the files of a release in dist/release: archives of KubeStellar and of kcp, with bills of materials, checksums, the
manifest of the kubectl plugin for krew, and the bootstrap script. Prints their paths.
  --platform OS/ARCH  ${NAMES.join(', ')}, "own" or "all" (default: all); kcp of another
                      platform is cross-compiled, which takes minutes the first time
  --output FOLDER     where to put them; what is in that folder is replaced

Example: npm run release -- --platform own`;

class UsageError extends Error {}

const interrupted = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => interrupted.abort());

try {
  await main(process.argv.slice(2));
} catch (error) {
  if (error instanceof UsageError) {
    console.error(`${error.message}\n\n${USAGE}`);
    process.exitCode = 2;
  } else if (interrupted.signal.aborted) {
    console.error('Interrupted; the release is as it was before. Run the command again.');
    process.exitCode = 130;
  } else if (error instanceof ToolchainError) {
    console.error(`error: ${error.message}`);
    process.exitCode = 1;
  } else {
    throw error;
  }
}

async function main(args: string[]): Promise<void> {
  const { help, platform, output } = parse(args);
  if (help) return console.log(USAGE);
  const folder = await buildRelease({
    log: (line) => console.error(line),
    signal: interrupted.signal,
    targets: targetsOf(platform ?? ['all']),
    ...(output === undefined ? {} : { output }),
  });
  for (const name of (await readdir(folder)).sort()) console.log(join(folder, name));
}

function parse(args: string[]) {
  try {
    return parseArgs({
      args,
      options: {
        platform: { type: 'string', multiple: true },
        output: { type: 'string' },
        help: { type: 'boolean', short: 'h' },
      },
    }).values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function targetsOf(names: readonly string[]): Target[] {
  const own = `${process.platform}/${process.arch === 'x64' ? 'amd64' : process.arch}`;
  const wanted = names.flatMap((name) => (name === 'all' ? NAMES : name === 'own' ? own : name));
  const unknown = wanted.find((name) => !NAMES.includes(name));
  if (unknown !== undefined) {
    throw new UsageError(`--platform takes ${NAMES.join(', ')}, own or all; not "${unknown}"`);
  }
  return TARGETS.filter((target) => wanted.includes(targetName(target)));
}
