/**
 * Writes the generated manifests: `node generate.ts --openapi <dir> --out <dir>`.
 * `--openapi` is `api/openapi-spec/v3` of the Go module k8s.io/kubernetes; `compute.json` (what
 * `kubestellar init` applies in `root:compute`), `crds.json` (our kinds) and `operator-crd.json` (the operator's kind)
 * appear in `--out`.
 */
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { buildComputeManifests } from './compute/build.ts';
import { crds, operatorCrd } from './espw.ts';

const { values } = parseArgs({ options: { openapi: { type: 'string' }, out: { type: 'string' } } });
if (!values.openapi || !values.out) {
  console.error('usage: generate.ts --openapi <api/openapi-spec/v3 of k8s.io/kubernetes> --out <directory>');
  process.exit(2);
}
await mkdir(values.out, { recursive: true });
await writeJSON(join(values.out, 'compute.json'), await buildComputeManifests(values.openapi));
await writeJSON(join(values.out, 'crds.json'), crds());
await writeJSON(join(values.out, 'operator-crd.json'), operatorCrd());

async function writeJSON(file: string, content: unknown): Promise<void> {
  const partial = `${file}.${process.pid}.partial`;
  await writeFile(partial, `${JSON.stringify(content)}\n`);
  await rename(partial, file);
}
