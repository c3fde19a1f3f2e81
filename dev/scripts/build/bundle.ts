import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { build, type Plugin } from 'esbuild';
import { root } from '../root.ts';
import { contentsOf } from './contents.ts';
import { publishFile, publishFolder } from './publish.ts';
import { SLIM, slim } from './slim.ts';

/** Every program: the name of its bundle in dist/ and its main module. */
export const programs: Readonly<Record<string, string>> = {
  cli: 'cli/src/main.ts',
  'mailbox-controller': 'controllers/mailbox-controller/main.ts',
  'where-resolver': 'controllers/where-resolver/main.ts',
  'placement-translator': 'controllers/placement-translator/main.ts',
  'placement-translator-worker': 'controllers/placement-translator/evaluation/worker.ts',
  'kubestellar-syncer': 'syncer/src/main.ts',
  'kubestellar-operator': 'operator/src/main.ts',
  'kubestellar-data': 'operator/src/data/main.ts',
  'workspace-proxy': 'proxy/src/main.ts',
  local: 'dev/local/src/main.ts',
  toolchain: 'dev/toolchain/src/main.ts',
};

/** CommonJS packages inside an ES module bundle still call `require` for Node's own modules. */
const BANNER =
  "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);";

/**
 * Bundles all programs into `dist`; shared code goes into `dist/chunks`. Returns the files of this repository that
 * were read, relative to its root. Throws when a main module is missing or does not compile.
 * @param plugins change what is bundled
 */
export async function bundle(dist: string, minify: boolean, plugins: Plugin[] = []): Promise<string[]> {
  const missing = Object.values(programs).filter((path) => !existsSync(join(root, path)));
  if (missing.length > 0) throw new Error(`main modules are missing: ${missing.join(', ')}`);

  const fresh = join(dist, `.new-${process.pid}`);
  try {
    const result = await build({
      absWorkingDir: root,
      entryPoints: programs,
      outdir: fresh,
      bundle: true,
      splitting: true,
      format: 'esm',
      platform: 'node',
      target: 'node22',
      chunkNames: 'chunks/[name]-[hash]',
      banner: { js: BANNER },
      sourcemap: 'linked',
      sourcesContent: false,
      minify,
      keepNames: minify,
      metafile: true,
      plugins: [slim, ...plugins],
      logLevel: 'warning',
    });
    await publishFolder(fresh, dist, Object.keys(programs));
    await publishFile(
      join(dist, 'programs.json'),
      `${JSON.stringify(contentsOf(result.metafile), null, 1)}\n`,
    );
    const own = Object.keys(result.metafile.inputs).filter(
      (path) => !path.includes('node_modules/') && !path.startsWith(`${SLIM}:`),
    );
    return [...own, 'package-lock.json', 'package.json'];
  } finally {
    await rm(fresh, { recursive: true, force: true });
  }
}
