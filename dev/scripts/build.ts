/**
 * Builds dist/: the programs as bundles, the API documents, and what `kubestellar-version` tells.
 * Usage: node dev/scripts/build.ts [--minify]
 *    or: node dev/scripts/build.ts --bug NAME --out FOLDER   the programs only, with a fault that tests must find
 */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { parseCommandLine, runProgram, UsageError } from '@kubestellar/process';
import { ToolchainError } from '@kubestellar/toolchain';
import { generateApi } from './build/api.ts';
import { seeded } from './build/bugs.ts';
import { bundle } from './build/bundle.ts';
import { recordInputs } from './build/inputs.ts';
import { publishFile } from './build/publish.ts';
import { buildVersion } from './build/version.ts';
import { root } from './root.ts';

interface Asked {
  readonly minify: boolean;
  readonly bug?: string | undefined;
  readonly out?: string | undefined;
}

/** esbuild has printed its errors already. */
class BuildFailure extends Error {}

await runProgram({
  usage: 'Usage: node dev/scripts/build.ts [--minify] [--bug NAME --out FOLDER]',
  failures: [ToolchainError, BuildFailure],
  whenInterrupted: 'The build was interrupted.',
  async main(args, signal) {
    const { values } = parseCommandLine({
      args,
      options: {
        minify: { type: 'boolean', default: false },
        bug: { type: 'string' },
        out: { type: 'string' },
      },
    });
    try {
      if (values.bug !== undefined) await buildWithBug(values.bug, values);
      else await build(values, signal);
    } catch (error) {
      throw isBuildFailure(error) ? new BuildFailure('the build failed, see above') : error;
    }
  },
});

async function buildWithBug(bug: string, { out, minify }: Asked): Promise<void> {
  if (out === undefined) throw new UsageError('--bug needs --out FOLDER');
  await mkdir(out, { recursive: true });
  await bundle(out, minify, [seeded(bug)]);
}

async function build({ minify }: Asked, signal: AbortSignal): Promise<void> {
  const started = Date.now();
  const dist = join(root, 'dist');
  await mkdir(dist, { recursive: true });
  const sources = await bundle(dist, minify);
  signal.throwIfAborted();
  const apiSources = await generateApi(dist, signal);
  await publishFile(join(dist, 'version.json'), `${JSON.stringify(await buildVersion(), null, 2)}\n`);
  // Last: it says that everything else is there.
  await recordInputs(join(dist, 'inputs.json'), [...sources, ...apiSources], started);
  console.error(`Built dist/ in ${((Date.now() - started) / 1000).toFixed(1)} s.`);
}

function isBuildFailure(error: unknown): boolean {
  return error instanceof Error && 'errors' in error;
}
