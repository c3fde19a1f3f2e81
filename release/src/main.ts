/** `npm run release`: makes the files of a release. See USAGE. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type Target, targetName } from '@kubestellar/packaging';
import { parseCommandLine, runProgram, UsageError } from '@kubestellar/process';
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

await runProgram({
  usage: USAGE,
  failures: [ToolchainError],
  whenInterrupted: 'Interrupted; the release is as it was before. Run the command again.',
  main,
});

async function main(args: string[], signal: AbortSignal): Promise<void> {
  const { help, platform, output } = parse(args);
  if (help) return console.log(USAGE);
  const folder = await buildRelease({
    log: (line) => console.error(line),
    signal,
    targets: targetsOf(platform ?? ['all']),
    ...(output === undefined ? {} : { output }),
  });
  for (const name of (await readdir(folder)).sort()) console.log(join(folder, name));
}

function parse(args: string[]) {
  return parseCommandLine({
    args,
    options: {
      platform: { type: 'string', multiple: true },
      output: { type: 'string' },
      help: { type: 'boolean', short: 'h' },
    },
  }).values;
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
