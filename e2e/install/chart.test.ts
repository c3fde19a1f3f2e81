/** The chart, as far as helm can judge it without a cluster. */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import {
  coreValuesSchema,
  HOSTED_CORE,
  KCP_IMAGE,
  type KubeObject,
  operatorCrd,
  PROGRAM_IMAGE,
} from '@kubestellar/api';
import { assert, suite } from '@kubestellar/testing';
import { provideTools } from '@kubestellar/toolchain';
import { parse, parseAllDocuments } from 'yaml';
import { ENDPOINT, MISTAKES } from '../support/chart/deploy-mistakes.ts';
import { REFUSED } from '../support/chart/refused-values.ts';
import { StandIns } from '../support/chart/stand-ins.ts';
import { type Finished, ROOT, run } from '../support/local.ts';

const test = suite('the chart', { timeout: 1_500_000 });
const CHART = join(ROOT, 'chart');
const EXPOSED = ['--set', 'EXTERNAL_HOSTNAME=core.example,EXTERNAL_PORT=1443'];
/** A version that fits: what is wrong is found before helm is told to change anything. */
const FITTING = 'v4.3.1';
let standIns: StandIns;
/** The longest time that a refusal took (milliseconds). */
let slowest = 0;
let helm: string;

test.before(async () => {
  standIns = await StandIns.create();
  ({ helm } = await provideTools(['helm'], { log: (line) => console.log(`    ${line}`) }));
});

test.after(() => standIns.dispose());

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

test('the CRD, the schema of its spec, the release and the images are those of this source', async () => {
  const crd = parse(await readFile(join(CHART, 'crds', 'kubestellars.yaml'), 'utf8'));
  assert.equal(crd, JSON.parse(JSON.stringify(operatorCrd())), 'make it anew: see docs/hosting.md');
  const values = JSON.parse(await readFile(join(CHART, 'values.schema.json'), 'utf8'));
  assert.equal(values.properties.core, JSON.parse(JSON.stringify(coreValuesSchema())));
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
    'serviceMonitor.enabled=true,networkPolicy.enabled=true,podDisruptionBudget.enabled=true,dashboards.enabled=true',
  ];
  const objects = await rendered(...all);
  const kinds = new Set(objects.map(({ kind }) => kind));
  for (const kind of ['PodMonitor', 'NetworkPolicy', 'PodDisruptionBudget', 'ConfigMap'])
    assert.ok(kinds.has(kind), kind);
  for (const { kind, metadata } of objects) {
    if (kind.startsWith('Cluster')) assert.match(metadata.name, /-ks$/);
  }
});

test('the port and the metrics of the view are open where there is a view', async () => {
  const open = async (...args: string[]) => {
    const objects = await rendered(
      '--set',
      'serviceMonitor.enabled=true,networkPolicy.enabled=true,networkPolicy.metricsFrom.team=metrics',
      ...args,
    );
    const ofCore = objects.filter(({ metadata }) => metadata.name === HOSTED_CORE.name);
    return JSON.stringify(ofCore.map(({ spec }) => spec));
  };
  const usual = await open();
  for (const told of [':6444}', ':10206}', '"view-metrics"']) assert.match(usual, told);
  assert.not.match(await open('--set', 'core.view.enabled=false'), /6444|10206|view-metrics/);
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
    'core.certificates.issuerSecretName=issuer,core.etcd.tlsSecretName=etcd,core.etcd.servers[0]=https://etcd:2379',
  );
  assert.equal(given.at(-1)?.resourceNames, ['issuer', 'etcd']);
});

for (const [values, named] of REFUSED) {
  test(`refused: --set ${values}`, async () => {
    const { code, stdout, stderr } = await template('--set', values);
    assert.is.not(code, 0);
    assert.match(stderr, named);
    assert.is(stdout, '');
  });
}

for (const { what, args = ENDPOINT, exitCode, message, helm: bin, kubeconfig } of MISTAKES) {
  test(`deploy with ${what}: exit code ${exitCode} and what to do`, async () => {
    const tools = await (bin ? bin(standIns) : standIns.helm(FITTING));
    const started = performance.now();
    const { code, stdout, stderr } = await run(
      join(ROOT, 'bin', 'kubectl-kubestellar'),
      ['deploy', ...args],
      {
        HOME: standIns.folder,
        // The launcher itself needs a few of the system's tools.
        PATH: [...(tools ? [tools] : []), '/usr/bin', '/bin'].join(delimiter),
        KUBECONFIG: await (kubeconfig ? kubeconfig(standIns) : standIns.kubeconfig('https://127.0.0.1:1')),
      },
    ).done;
    assert.is(code, exitCode, stderr);
    assert.match(stderr, message);
    assert.is(stdout, '');
    slowest = Math.max(slowest, performance.now() - started);
    if (tools) assert.not(existsSync(join(tools, 'calls')), 'helm was told to change something');
  });
}

test('the mistakes are counted', () => {
  const count = REFUSED.length + MISTAKES.length;
  console.log(
    `    ${count} mistakes of deploy and of the chart's values; deploy told of each within ${(slowest / 1000).toFixed(1)} s`,
  );
  assert.ok(count >= 30, String(count));
});

test.run();
