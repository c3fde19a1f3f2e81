/** Well-known workloads as their makers publish them, inside of Go modules. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type GoModule, goModuleFolder } from '../go-module.ts';
import type { LocalHome } from '../local.ts';

/** A workload, and where its manifests are in its module. */
export interface Workload extends GoModule {
  name: string;
  /** Where its objects go that name no Namespace. */
  namespace: string;
  from:
    | { file: string }
    /** A folder of manifests, and which of its files. */
    | { folder: string; files: RegExp }
    /** A Helm chart, and what to set. */
    | { chart: string; set?: readonly string[] };
}

export const WORKLOADS: readonly Workload[] = [
  {
    name: 'gateway-api',
    module: 'sigs.k8s.io/gateway-api',
    version: 'v1.6.0',
    sum: 'h1:735YBRj5NXFrOGX0GoSjwzUIzbz8kiEOfADsqHFmHgE=',
    namespace: 'default',
    from: { folder: 'config/crd/standard', files: /^gateway\..*\.yaml$/ },
  },
  {
    name: 'cert-manager',
    module: 'github.com/cert-manager/cert-manager',
    version: 'v1.21.2',
    sum: 'h1:UWgoYM+KLNtRlqmoWOKjKBOBUPVHeepQ6/ac3ERJW68=',
    namespace: 'cert-manager',
    from: { chart: 'deploy/charts/cert-manager', set: ['crds.enabled=true'] },
  },
  {
    name: 'metrics-server',
    module: 'sigs.k8s.io/metrics-server',
    version: 'v0.9.0',
    sum: 'h1:nlqqZ2H0Xfko8eJC/1qaNVVT17hu4rxndkOi22KTZ4w=',
    namespace: 'metrics',
    from: { chart: 'charts/metrics-server' },
  },
  {
    name: 'prometheus-operator',
    module: 'github.com/prometheus-operator/prometheus-operator',
    version: 'v0.85.0',
    sum: 'h1:M5xLCLEoaW2IJfnuCwFzzpL+jSVQu3KGT84Pye+fW8s=',
    namespace: 'default',
    from: { file: 'bundle.yaml' },
  },
  {
    name: 'argo-cd',
    module: 'github.com/argoproj/argo-cd/v3',
    version: 'v3.4.0',
    sum: 'h1:yZwfaOIzE/aQTA52mOfeZQbribmyxKYvMgirQja4eX0=',
    namespace: 'argocd',
    from: { file: 'manifests/install.yaml' },
  },
];

/** @returns the manifests of a workload as YAML */
export async function manifestsOf(workload: Workload, home: LocalHome, helm: string): Promise<string> {
  const folder = await goModuleFolder(workload);
  const { from, name, namespace } = workload;
  if ('file' in from) return readFile(join(folder, from.file), 'utf8');
  if ('folder' in from) {
    const names = (await readdir(join(folder, from.folder))).filter((file) => from.files.test(file)).sort();
    const texts = await Promise.all(names.map((file) => readFile(join(folder, from.folder, file), 'utf8')));
    return texts.join('\n---\n');
  }
  const set = (from.set ?? []).map((each) => `--set ${each}`).join(' ');
  return home.must(
    `${helm} template ${name} ${join(folder, from.chart)} --namespace ${namespace} --include-crds --no-hooks ${set}`,
  );
}
