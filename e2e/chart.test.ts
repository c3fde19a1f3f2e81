/** The chart, as far as helm can judge it without a cluster. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { HOSTED_CORE, KCP_IMAGE, type KubeObject, operatorCrd, PROGRAM_IMAGE } from '@kubestellar/api';
import { assert, suite } from '@kubestellar/testing';
import { provideTools } from '@kubestellar/toolchain';
import { parse, parseAllDocuments } from 'yaml';
import { type Finished, ROOT, run } from './support/local.ts';

const test = suite('the chart', { timeout: 1_500_000 });
const CHART = join(ROOT, 'chart');
const EXPOSED = ['--set', 'EXTERNAL_HOSTNAME=core.example,EXTERNAL_PORT=1443'];
let helm: string;

test.before(async () => {
  ({ helm } = await provideTools(['helm'], { log: (line) => console.log(`    ${line}`) }));
});

function template(...args: string[]): Promise<Finished> {
  return run(helm, ['template', 'kubestellar', CHART, '-n', 'ks', ...args], process.env).done;
}

type Rendered = KubeObject & { spec: { [field: string]: unknown } };

async function rendered(...args: string[]): Promise<Rendered[]> {
  const { code, stdout, stderr } = await template(...args);
  assert.is(code, 0, stderr);
  return parseAllDocuments(stdout).flatMap((document) => {
    const object = document.toJS() as Rendered | null;
    return object ? [object] : [];
  });
}

async function coreSpec(...args: string[]): Promise<Rendered['spec']> {
  const core = (await rendered(...args)).filter(({ kind }) => kind === 'KubeStellar');
  assert.is(core.length, 1);
  assert.is(core[0]?.metadata.name, HOSTED_CORE.name);
  return (core[0] as Rendered).spec;
}

test('helm lint finds nothing', async () => {
  const { code, stdout } = await run(helm, ['lint', '--strict', CHART], process.env).done;
  assert.is(code, 0, stdout);
});

test('the CRD, the release and the images are those of this source', async () => {
  const crd = parse(await readFile(join(CHART, 'crds', 'kubestellars.yaml'), 'utf8'));
  assert.equal(crd, JSON.parse(JSON.stringify(operatorCrd())), 'make it anew: see docs/hosting.md');
  const { version } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8'));
  const chart = parse(await readFile(join(CHART, 'Chart.yaml'), 'utf8'));
  assert.equal([chart.version, chart.appVersion], [version, version]);
  const { images } = (await coreSpec()) as { images: Record<string, string> };
  assert.equal([images.kubestellar, images.kcp], [`${PROGRAM_IMAGE}:${version}`, `${KCP_IMAGE}:${version}`]);
});

test('an external endpoint is exposed by an Ingress, on OpenShift by a Route, without one by nothing', async () => {
  const plain = await coreSpec(...EXPOSED);
  assert.equal(plain.externalEndpoint, { host: 'core.example', port: 1443 });
  assert.equal(plain.exposure, { type: 'Ingress' });
  assert.equal((await coreSpec('--set', 'clusterType=OpenShift')).exposure, { type: 'Route' });
  const inside = await coreSpec();
  assert.equal([inside.externalEndpoint, inside.exposure], [undefined, undefined]);
});

test('what `core` says wins, and workspaces may be none', async () => {
  const spec = await coreSpec(...EXPOSED, '--set', 'core.exposure.type=NodePort,core.storage.type=EmptyDir');
  assert.equal(spec.exposure, { type: 'NodePort' });
  assert.equal(spec.storage, { size: '8Gi', type: 'EmptyDir' });
  const { workspaces } = await coreSpec('--set', 'ENSURE_IMW=,ENSURE_WMW=root:a\\,root:b');
  assert.equal(workspaces, { inventory: [], workload: ['root:a', 'root:b'] });
});

test('cluster-scoped names carry the namespace, and everything else is in it', async () => {
  const all = [
    ...EXPOSED,
    '--set',
    'serviceMonitor.enabled=true,networkPolicy.enabled=true,podDisruptionBudget.enabled=true',
  ];
  const objects = await rendered(...all);
  const kinds = new Set(objects.map(({ kind }) => kind));
  for (const kind of ['PodMonitor', 'NetworkPolicy', 'PodDisruptionBudget']) assert.ok(kinds.has(kind), kind);
  for (const { kind, metadata } of objects) {
    if (kind.startsWith('Cluster')) assert.match(metadata.name, /-ks$/);
  }
});

test("the operator's permissions: Secrets by name only, and those that were given to it", async () => {
  const rules = async (...args: string[]) => {
    const role = (await rendered(...args)).find(({ kind }) => kind === 'Role') as unknown as {
      rules: { resources: string[]; verbs: string[]; resourceNames?: string[] }[];
    };
    return role.rules.filter(({ resources }) => resources.includes('secrets'));
  };
  for (const { verbs, resourceNames } of await rules()) {
    assert.ok(resourceNames !== undefined || verbs.join() === 'create', verbs.join());
  }
  const given = await rules(
    '--set',
    'core.certificates.issuerSecretName=issuer,core.etcd.tlsSecretName=etcd',
  );
  assert.equal(given.at(-1)?.resourceNames, ['issuer', 'etcd']);
});

/** What is wrong, and what helm's message must name. */
const REFUSED: [values: string, named: RegExp][] = [
  ['EXTERNAL_PORT=0', /EXTERNAL_PORT/],
  ['EXTERNAL_PORT=65536', /EXTERNAL_PORT/],
  ['EXTERNAL_PORT=https', /EXTERNAL_PORT/],
  ['EXTERNAL_HOSTNAME=https://core.example', /EXTERNAL_HOSTNAME/],
  ['EXTERNAL_HOSTNAME=core.example:443', /EXTERNAL_HOSTNAME/],
  ['EXTERNAL_HOSTNAME=Core_1', /EXTERNAL_HOSTNAME/],
  ['clusterType=openshift', /clusterType/],
  ['image.tag=a b', /image.*tag/],
  ['image.pullPolicy=Sometimes', /pullPolicy/],
  ['image.pullSecrets[0]=secret', /pullSecrets/],
  ['image.repo=x', /repo/],
  ['storageSize=big', /storageSize/],
  ['storageSize=-1Gi', /storageSize/],
  ['CONTROLLER_VERBOSITY=11', /CONTROLLER_VERBOSITY/],
  ['CONTROLLER_VERBOSITY=loud', /CONTROLLER_VERBOSITY/],
  ['ENSURE_IMW=root:IMW', /ENSURE_IMW/],
  ['ENSURE_WMW=root:a:b', /ENSURE_WMW/],
  ['operator.replicas=0', /replicas/],
  ['core.exposed=true', /exposed/],
  ['core.exposure=Ingress', /exposure/],
  ['serviceMonitor.interval=often', /interval/],
  ['networkPolicy.enabled=perhaps', /enabled/],
  ['noSuchValue=1', /noSuchValue/],
];

for (const [values, named] of REFUSED) {
  test(`refused: ${values}`, async () => {
    const { code, stdout, stderr } = await template('--set', values);
    assert.is.not(code, 0);
    assert.match(stderr, named);
    assert.is(stdout, '');
  });
}

test.run();
