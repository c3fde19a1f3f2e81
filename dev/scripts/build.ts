/**
 * Builds dist/: the programs as bundles, the API documents, and what `kubestellar-version` tells.
 * Usage: node dev/scripts/build.ts [--minify]
 *    or: node dev/scripts/build.ts --bug NAME --out FOLDER   the programs only, with a fault that tests must find
 */
import { mkdir } from 'node:fs/promises';
import { constants } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ToolchainError } from '@kubestellar/toolchain';
import { generateApi } from './build/api.ts';
import { seeded } from './build/bugs.ts';
import { bundle } from './build/bundle.ts';
import { recordInputs } from './build/inputs.ts';
import { publishFile } from './build/publish.ts';
import { buildVersion } from './build/version.ts';
import { root } from './root.ts';

const { values } = parseArgs({
  options: {
    minify: { type: 'boolean', default: false },
    bug: { type: 'string' },
    out: { type: 'string' },
  },
});
const interruption = new AbortController();
for (const name of ['SIGINT', 'SIGTERM'] as const) {
  process.on(name, () => {
    process.exitCode = 128 + constants.signals[name];
    interruption.abort();
  });
}

try {
  if (values.bug !== undefined) await buildWithBug(values.bug);
  else await build();
} catch (error) {
  // esbuild has told its errors already; those of the toolchain are written for people.
  if (!isBuildFailure(error)) console.error(error instanceof ToolchainError ? error.message : error);
  process.exitCode ||= 1;
}

async function buildWithBug(bug: string): Promise<void> {
  if (values.out === undefined) throw new Error('--bug needs --out FOLDER');
  await mkdir(values.out, { recursive: true });
  await bundle(values.out, values.minify, [seeded(bug)]);
}

async function build(): Promise<void> {
  const started = Date.now();
  const dist = join(root, 'dist');
  await mkdir(dist, { recursive: true });
  const sources = await bundle(dist, values.minify);
  interruption.signal.throwIfAborted();
  const apiSources = await generateApi(dist, interruption.signal);
  await publishFile(join(dist, 'version.json'), `${JSON.stringify(await buildVersion(), null, 2)}\n`);
  // Last: it says that everything else is there.
  await recordInputs(join(dist, 'inputs.json'), [...sources, ...apiSources], started);
  console.error(`Built dist/ in ${((Date.now() - started) / 1000).toFixed(1)} s.`);
}

function isBuildFailure(error: unknown): boolean {
  return error instanceof Error && 'errors' in error;
}
