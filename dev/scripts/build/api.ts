import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { goModuleDir } from '@kubestellar/toolchain';
import { $ } from 'dax';
import { root } from '../root.ts';
import { filesBelow } from './inputs.ts';
import { publishFile } from './publish.ts';

/** The Go module file that pins the Kubernetes version, and with it the OpenAPI documents. */
const KUBERNETES = 'dev/toolchain/modules/kubernetes/go.mod';

/**
 * Generates dist/api (CRDs and APIResourceSchemas) unless it is there for the present sources. Returns the files
 * that it depends on, relative to the root. Throws ToolchainError when the documents cannot be had.
 */
export async function generateApi(dist: string, signal: AbortSignal): Promise<string[]> {
  const sources = [...(await filesBelow(join(root, 'api', 'src'))), KUBERNETES].sort();
  const stamp = join(dist, 'api.stamp');
  const out = join(dist, 'api');
  const key = await hash(sources);
  const previous = existsSync(stamp) ? await readFile(stamp, 'utf8') : '';
  if (previous === key && existsSync(out)) return sources;

  const options = { log: (line: string) => console.error(line), signal };
  const openapi = join(
    await goModuleDir('kubernetes', 'k8s.io/kubernetes', options),
    'api',
    'openapi-spec',
    'v3',
  );
  const generator = join(root, 'api', 'src', 'generate.ts');
  await $`${process.execPath} ${generator} --openapi ${openapi} --out ${out}`.quiet('stdout');
  await publishFile(stamp, key);
  return sources;
}

async function hash(sources: string[]): Promise<string> {
  const sum = createHash('sha256');
  for (const source of sources) sum.update(`${source}\0`).update(await readFile(join(root, source)));
  return sum.digest('hex');
}
