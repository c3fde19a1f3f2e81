/** The chart, as far as helm can judge it without a cluster. */
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
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
import { type Finished, ROOT, run } from './support/local.ts';

const test = suite('the chart', { timeout: 1_500_000 });
const CHART = join(ROOT, 'chart');
const EXPOSED = ['--set', 'EXTERNAL_HOSTNAME=core.example,EXTERNAL_PORT=1443'];
const silent = createServer();
let folder: string;
/** The longest time that a refusal took (milliseconds). */
let slowest = 0;
let helm: string;

test.before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kubestellar-e2e-'));
  ({ helm } = await provideTools(['helm'], { log: (line) => console.log(`    ${line}`) }));
});

test.after(async () => {
  silent.close();
  await rm(folder, { recursive: true, force: true });
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
  ['core.exposure.type=Bogus', /exposure.*type|Bogus/],
  ['core.exposure.type=Ingress', /EXTERNAL_HOSTNAME/],
  ['core.exposure.type=NodePort', /EXTERNAL_HOSTNAME/],
  ['EXTERNAL_HOSTNAME=a.example,core.exposure.type=TLSRoute', /parentRefs/],
  ['core.exposure.nodePort=70000', /nodePort/],
  ['core.storage.size=big', /size/],
  ['core.storage.deletionPolicy=Keep', /deletionPolicy/],
  ['core.storage.klass=fast', /klass/],
  ['core.etcd.prefix=/kcp', /servers/],
  ['core.etcd.servers[0]=etcd:2379', /servers/],
  ['core.certificates.serverLifetime=1y', /serverLifetime/],
  ['core.workspaces.workload[0]=root:a:b', /workload/],
  ['serviceMonitor.interval=often', /interval/],
  ['networkPolicy.enabled=perhaps', /enabled/],
  ['dashboards.enabled=often', /dashboards/],
  ['noSuchValue=1', /noSuchValue/],
];

for (const [values, named] of REFUSED) {
  test(`refused: --set ${values}`, async () => {
    const { code, stdout, stderr } = await template('--set', values);
    assert.is.not(code, 0);
    assert.match(stderr, named);
    assert.is(stdout, '');
  });
}

/** A stand-in for helm that tells a version and notes each other call of it. */
async function helmStandIn(version: string): Promise<string> {
  const bin = await mkdtemp(join(folder, 'helm-'));
  const script = `#!/bin/sh\nif [ "$1" = version ]; then echo ${version}; else echo "$@" >> ${bin}/calls; fi\n`;
  await writeFile(join(bin, 'helm'), script, { mode: 0o755 });
  return bin;
}

/** A kubeconfig with one context, whose cluster has that server. */
async function kubeconfigOf(server: string): Promise<string> {
  const file = join(await mkdtemp(join(folder, 'kubeconfig-')), 'config');
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'c', cluster: { server } }],
    users: [{ name: 'u', user: { token: 't' } }],
    contexts: [{ name: 'only', context: { cluster: 'c', user: 'u' } }],
    'current-context': 'only',
  };
  await writeFile(file, JSON.stringify(config));
  return file;
}

/** A server that takes connections and says nothing. */
async function silentServer(): Promise<string> {
  silent.listen(0, '127.0.0.1');
  await once(silent, 'listening');
  return `https://127.0.0.1:${(silent.address() as AddressInfo).port}`;
}

interface Mistake {
  readonly what: string;
  readonly args?: readonly string[];
  readonly exitCode: 1 | 2;
  readonly message: RegExp;
  /** Folder of the helm to use; '' for none; default the real one. */
  readonly helm?: () => Promise<string>;
  readonly kubeconfig?: () => Promise<string>;
}

const ENDPOINT = ['--external-endpoint', 'core.example.com:443'];
const usage = (what: string, args: readonly string[], message: RegExp): Mistake => ({
  what,
  args,
  exitCode: 2,
  message,
});

const MISTAKES: readonly Mistake[] = [
  usage('no endpoint', [], /--external-endpoint HOST:PORT is required/),
  usage(
    'an endpoint without its value',
    ['--external-endpoint'],
    /missing value of the flag --external-endpoint/,
  ),
  usage('an empty endpoint', ['--external-endpoint='], /--external-endpoint is HOST:PORT/),
  usage(
    'an endpoint without a port',
    ['--external-endpoint', 'core.example.com'],
    /--external-endpoint is HOST:PORT/,
  ),
  usage('an endpoint with a scheme', ['--external-endpoint=https://core.example.com:443'], /no scheme/),
  usage('an endpoint without a host', ['--external-endpoint', ':443'], /no DNS name/),
  usage('a host that is no name', ['--external-endpoint', 'core_1:443'], /"core_1".*no DNS name/),
  usage('port 0', ['--external-endpoint', 'core.example.com:0'], /"0".*from 1 to 65535/),
  usage('port 65536', ['--external-endpoint', 'core.example.com:65536'], /"65536".*from 1 to 65535/),
  usage('a port that is no number', ['--external-endpoint', 'core.example.com:https'], /"https".*no port/),
  usage(
    '--openshift maybe',
    [...ENDPOINT, '--openshift', 'maybe'],
    /--openshift takes true or false, not "maybe"/,
  ),
  usage('--context', [...ENDPOINT, '--context', 'x'], /--context flag not supported/),
  usage('--context=', [...ENDPOINT, '--context=x'], /--context flag not supported/),
  {
    what: 'no helm',
    exitCode: 1,
    message: /helm is not on \$PATH; install helm 3\.14 or newer/,
    helm: async () => '',
  },
  {
    what: 'a helm that is too old',
    exitCode: 1,
    message: /helm 3\.14 or newer is needed; the one on \$PATH is "v3\.13\.9"/,
    helm: () => helmStandIn('v3.13.9'),
  },
  {
    what: 'a helm that tells no version',
    exitCode: 1,
    message: /helm 3\.14 or newer is needed/,
    helm: () => helmStandIn(''),
  },
  {
    what: 'a kubeconfig that is not there',
    exitCode: 1,
    message: /no kubeconfig at .*nowhere/,
    kubeconfig: async () => join(folder, 'nowhere'),
  },
  {
    what: 'a --kubeconfig that is not there',
    args: [...ENDPOINT, '--kubeconfig', '/nowhere/config'],
    exitCode: 1,
    message: /no kubeconfig at \/nowhere\/config/,
  },
  {
    what: 'a kubeconfig that is no YAML',
    exitCode: 1,
    message: /kubeconfig/,
    kubeconfig: async () => join(ROOT, 'LICENSE'),
  },
  {
    what: 'a context that is not there',
    args: [...ENDPOINT, '--kube-context', 'other'],
    exitCode: 1,
    message: /no context "other"; it has: only/,
    kubeconfig: () => kubeconfigOf('https://127.0.0.1:1'),
  },
  {
    what: 'a cluster that is not running',
    exitCode: 1,
    message: /cannot reach the cluster at https:\/\/127\.0\.0\.1:1/,
    kubeconfig: () => kubeconfigOf('https://127.0.0.1:1'),
  },
  {
    what: 'a cluster that does not answer',
    exitCode: 1,
    message: /cannot reach the cluster .*no answer within 8 s/,
    kubeconfig: async () => kubeconfigOf(await silentServer()),
  },
];

for (const { what, args = ENDPOINT, exitCode, message, helm: bin, kubeconfig } of MISTAKES) {
  test(`deploy with ${what}: exit code ${exitCode} and what to do`, async () => {
    const tools = await (bin ?? helmStandInOfNow)();
    const started = performance.now();
    const { code, stdout, stderr } = await run(
      join(ROOT, 'bin', 'kubectl-kubestellar'),
      ['deploy', ...args],
      {
        HOME: folder,
        // The launcher itself needs a few of the system's tools.
        PATH: [...(tools ? [tools] : []), '/usr/bin', '/bin'].join(delimiter),
        KUBECONFIG: await (kubeconfig ?? (() => kubeconfigOf('https://127.0.0.1:1')))(),
      },
    ).done;
    assert.is(code, exitCode, stderr);
    assert.match(stderr, message);
    assert.is(stdout, '');
    slowest = Math.max(slowest, performance.now() - started);
    if (tools) assert.not(existsSync(join(tools, 'calls')), 'helm was told to change something');
  });
}

/** A stand-in of a version that fits: what is wrong is found before helm is told to change anything. */
const helmStandInOfNow = () => helmStandIn('v4.3.1');

test('the mistakes are counted', () => {
  const count = REFUSED.length + MISTAKES.length;
  console.log(
    `    ${count} mistakes of deploy and of the chart's values; deploy told of each within ${(slowest / 1000).toFixed(1)} s`,
  );
  assert.ok(count >= 30, String(count));
});

test.run();
