import {
  CLUSTER_ROLES,
  CONFIG_MAPS,
  CUSTOM_RESOURCE_DEFINITIONS,
  CUSTOMIZERS,
  DEPLOYMENTS,
  EDGE_PLACEMENTS,
  type KubeObject,
  LOCATIONS,
  NAMESPACES,
  type Resource,
} from '@kubestellar/api';
import { isNotFound, KubeClient } from '@kubestellar/kube';
import { assert, suite } from '@kubestellar/testing';
import { crdOf, objectOf, WIDGETS } from '../chain/kinds.ts';
import { eventually } from '../support/eventually.ts';
import { LocalHome } from '../support/local.ts';

/** Objects that are changed on their way to a destination, on real kcp and two clusters (semantics 8). */
const test = suite('customization', { timeout: 180_000 });

type Content = { [field: string]: unknown };

const USER = { fieldManager: 'user' };
const CUSTOMIZER = 'edge.kubestellar.io/customizer';
const EXPAND = 'edge.kubestellar.io/expand-parameters';
const EXPANDING = { [EXPAND]: 'true' };
const CLUSTERS = ['edge1', 'edge2'] as const;
const home = await LocalHome.create();
let imw: KubeClient;
/** Two WMWs with the same names in them. */
let wmw: KubeClient;
let otherWmw: KubeClient;
let wecs: { [cluster: string]: KubeClient };

test.before(async () => {
  const started = await home.npm('start').done;
  assert.is(started.code, 0, `${started.stdout}${started.stderr}`);
  const kubeconfig = `${home.path}/admin.kubeconfig`;
  await home.must(`
    cp ${kubeconfig} $KUBECONFIG && kubectl config use-context root
    kubectl kubestellar ensure wmw crayon && kubectl kubestellar ensure wmw pencil --with-kube false`);
  const root = await KubeClient.fromKubeconfig({ kubeconfig, context: 'root' });
  imw = root.workspace('root:imw1');
  wmw = root.workspace('root:crayon');
  otherWmw = root.workspace('root:pencil');
  const clients = CLUSTERS.map((name) => KubeClient.fromKubeconfig({ kubeconfig: home.wec(name) }));
  const [edge1, edge2] = await Promise.all(clients);
  assert.ok(edge1 && edge2);
  wecs = { edge1, edge2 };
  await Promise.all([prepare(wmw, 'art'), prepare(wmw, 'tools'), prepare(otherWmw, 'craft')]);
  await place(wmw);
  await place(otherWmw);
});

test.after(() => home.dispose());

test('semantics 8.2: each cluster gets the parameters of its own Location, in string values at any depth', async () => {
  await create(
    wmw,
    CONFIG_MAPS,
    'places',
    'art',
    { data: { text: 'Running in %(name).' } },
    {
      ...EXPANDING,
      'for.example/note': 'on %(name)',
    },
  );
  for (const cluster of CLUSTERS) {
    const copy = await arrives(
      cluster,
      CONFIG_MAPS,
      'places',
      'art',
      (object) => dataOf(object).text !== undefined,
    );
    assert.is(dataOf(copy).text, `Running in ${cluster}.`);
    assert.is(copy?.metadata.annotations?.['for.example/note'], `on ${cluster}`);
    assert.is(
      copy?.metadata.annotations?.[EXPAND],
      'true',
      'semantics 8.1: the annotations remain on the copy',
    );
  }
});

test('semantics 8.2: unknown parameters and unclosed ones stay as written, %% is %, nothing is expanded twice', async () => {
  const value = '%(no such) 100%% %%(name) %x %(name';
  await create(wmw, CONFIG_MAPS, 'signs', 'art', { data: { value } }, EXPANDING);
  const copy = await arrives('edge1', CONFIG_MAPS, 'signs', 'art');
  assert.is(dataOf(copy).value, '%(no such) 100% %(name) %x %(name');
});

test('semantics 8.1: without expand-parameters "true" nothing is expanded', async () => {
  await create(wmw, CONFIG_MAPS, 'raw', 'art', { data: { value: '%(name)' } }, { [EXPAND]: 'yes' });
  assert.is(dataOf(await arrives('edge1', CONFIG_MAPS, 'raw', 'art')).value, '%(name)');
});

test("semantics 8.2: an edit of a Location's labels or annotations reaches its copies; labels win", async () => {
  await create(wmw, CONFIG_MAPS, 'paper', 'art', { data: { value: '%(paper)' } }, EXPANDING);
  assert.is(dataOf(await arrives('edge1', CONFIG_MAPS, 'paper', 'art')).value, '%(paper)');
  await patchLocation('edge1', { annotations: { paper: 'rough' } });
  await timed('an annotation', () => carries('edge1', 'paper', 'art', { value: 'rough' }));
  await patchLocation('edge1', { labels: { paper: 'smooth' } });
  await timed('a label', () => carries('edge1', 'paper', 'art', { value: 'smooth' }));
  await patchLocation('edge1', { labels: { paper: null } });
  await carries('edge1', 'paper', 'art', { value: 'rough' });
  await patchLocation('edge1', { annotations: { paper: null } });
  await carries('edge1', 'paper', 'art', { value: '%(paper)' });
  await carries('edge2', 'paper', 'art', { value: '%(paper)' });
});

test('semantics 8.4: the worked example, a Customizer that expands and sets an environment variable', async () => {
  await customizer(
    wmw,
    'environment',
    'art',
    { '$.spec.template.spec.containers.0.env.0.value': '"env is %(name)"' },
    EXPANDING,
  );
  const labels = { app: 'painter' };
  const container = { name: 'app', image: 'nginx', env: [{ name: 'ENV', value: 'none' }] };
  const template = { metadata: { labels }, spec: { containers: [container] } };
  const spec = { replicas: 1, selector: { matchLabels: labels }, template };
  await create(wmw, DEPLOYMENTS, 'painter', 'art', { spec }, { [CUSTOMIZER]: 'environment' });
  for (const cluster of CLUSTERS) {
    const copy = await arrives(cluster, DEPLOYMENTS, 'painter', 'art');
    const made = (copy as { spec: typeof spec } | undefined)?.spec.template.spec.containers[0];
    assert.equal(made?.env, [{ name: 'ENV', value: `env is ${cluster}` }]);
    assert.is(copy?.metadata.generation, 1, 'it never was there as it is in the WMW');
  }
});

test('semantics 8.3: existing places are set, missing last members are created after definite paths only', async () => {
  await customizer(wmw, 'shapes', 'art', {
    '$.data.a': '"set"',
    "$.data['new','other-new']": '"created"',
    '$.metadata.labels.shape': '"round"',
    '$.*.never': '"no"',
    '$.binaryData.lost': '"eA=="',
    '$.data.gone': 'null',
  });
  await create(
    wmw,
    CONFIG_MAPS,
    'shape',
    'art',
    { data: { a: '1', b: '2', gone: '3' } },
    { [CUSTOMIZER]: 'shapes' },
  );
  const copy = await arrives('edge1', CONFIG_MAPS, 'shape', 'art');
  assert.equal(dataOf(copy), { a: 'set', b: '2', new: 'created', 'other-new': 'created' });
  assert.is(copy?.metadata.labels?.shape, 'round');
  assert.not('binaryData' in (copy as object), 'maps that are missing on the way are not created');
});

test('semantics 8.1: the object is expanded first, then replaced; a Customizer without expand is taken as written', async () => {
  await customizer(wmw, 'literal', 'art', { '$.data.b': '"%(name) as written"' });
  await create(
    wmw,
    CONFIG_MAPS,
    'order',
    'art',
    { data: { a: '%(name)', b: '%(name)' } },
    {
      ...EXPANDING,
      [CUSTOMIZER]: 'literal',
    },
  );
  assert.equal(dataOf(await arrives('edge2', CONFIG_MAPS, 'order', 'art')), {
    a: 'edge2',
    b: '%(name) as written',
  });
});

test('semantics 8.1: a Customizer of another namespace is named with it; those of other workspaces do not count', async () => {
  await customizer(wmw, 'brush', 'tools', { '$.data.brush': '"crayon"' });
  await customizer(otherWmw, 'brush', 'craft', { '$.data.brush': '"pencil"' });
  await create(
    wmw,
    CONFIG_MAPS,
    'brush',
    'art',
    { data: { brush: 'none' } },
    { [CUSTOMIZER]: 'tools/brush' },
  );
  await create(
    otherWmw,
    CONFIG_MAPS,
    'brush',
    'craft',
    { data: { brush: 'none' } },
    { [CUSTOMIZER]: 'brush' },
  );
  await carries('edge1', 'brush', 'art', { brush: 'crayon' });
  await carries('edge1', 'brush', 'craft', { brush: 'pencil' });
});

test('semantics 8.1: a cluster-scoped object names the namespace of its Customizer, or it is told', async () => {
  await customizer(wmw, 'rules', 'tools', { '$.rules[0].verbs': '["get","watch"]' });
  const rules = [{ apiGroups: [''], resources: ['pods'], verbs: ['get'] }];
  await create(wmw, CLUSTER_ROLES, 'qualified', '', { rules }, { [CUSTOMIZER]: 'tools/rules' });
  await create(wmw, CLUSTER_ROLES, 'unqualified', '', { rules }, { [CUSTOMIZER]: 'rules' });
  const verbsOf = (object: KubeObject | undefined) =>
    (object as unknown as { rules: typeof rules }).rules[0]?.verbs;
  assert.equal(verbsOf(await arrives('edge1', CLUSTER_ROLES, 'qualified', '')), ['get', 'watch']);
  assert.equal(verbsOf(await arrives('edge1', CLUSTER_ROLES, 'unqualified', '')), ['get']);
  await tells(wmw, CLUSTER_ROLES, 'unqualified', '', [/must name it as namespace\/name/]);
});

test('semantics 8.1: the edit, the end and the return of a Customizer reach the copies', async () => {
  await customizer(wmw, 'ink', 'art', { '$.data.ink': '"black"' });
  await create(wmw, CONFIG_MAPS, 'ink', 'art', { data: { ink: 'none' } }, { [CUSTOMIZER]: 'ink' });
  for (const cluster of CLUSTERS) await carries(cluster, 'ink', 'art', { ink: 'black' });
  const ref = { name: 'ink', namespace: 'art' };
  await wmw.mergePatch(CUSTOMIZERS, ref, { replacements: [{ path: '$.data.ink', value: '"blue"' }] }, USER);
  await timed('a Customizer', () =>
    Promise.all(CLUSTERS.map((cluster) => carries(cluster, 'ink', 'art', { ink: 'blue' }))),
  );
  await wmw.delete(CUSTOMIZERS, ref);
  for (const cluster of CLUSTERS) await carries(cluster, 'ink', 'art', { ink: 'none' });
  await tells(wmw, CONFIG_MAPS, 'ink', 'art', [/"ink": this workspace has no such Customizer/]);
  for (const cluster of CLUSTERS) assert.equal(problemsOf(await get(cluster, CONFIG_MAPS, 'ink', 'art')), []);
  await customizer(wmw, 'ink', 'art', { '$.data.ink': '"red"' });
  for (const cluster of CLUSTERS) await carries(cluster, 'ink', 'art', { ink: 'red' });
  await tells(wmw, CONFIG_MAPS, 'ink', 'art', []);
});

test('semantics 8.3, api 4: what can not be read in a Customizer is told there, the rest still applies', async () => {
  await customizer(wmw, 'broken', 'art', {
    '$.data.[': '1',
    '$.data.ok': '"fine"',
    '$.data.raw': 'no quotes',
  });
  await create(wmw, CONFIG_MAPS, 'broken', 'art', { data: { kept: 'yes' } }, { [CUSTOMIZER]: 'broken' });
  await carries('edge1', 'broken', 'art', { kept: 'yes', ok: 'fine' });
  await tells(wmw, CUSTOMIZERS, 'broken', 'art', [
    /^replacement of \$\.data\.\[: .*character 8/,
    /raw: the value is not JSON/,
  ]);
  const replacements = [{ path: '$.data.raw', value: '"quotes"' }];
  await wmw.mergePatch(CUSTOMIZERS, { name: 'broken', namespace: 'art' }, { replacements }, USER);
  await carries('edge1', 'broken', 'art', { kept: 'yes', raw: 'quotes' });
  await tells(wmw, CUSTOMIZERS, 'broken', 'art', []);
});

test('semantics 8.2: what parameters make of a Customizer is judged for each Location', async () => {
  await patchLocation('edge1', { labels: { size: '5' } });
  await customizer(
    wmw,
    'sized',
    'art',
    { '$.metadata.labels.size': '"%(size)"', '$.data.%(size)': '"x"' },
    EXPANDING,
  );
  await create(wmw, CONFIG_MAPS, 'sized', 'art', { data: { kept: 'yes' } }, { [CUSTOMIZER]: 'sized' });
  const copy = await arrives('edge1', CONFIG_MAPS, 'sized', 'art');
  assert.is(copy?.metadata.labels?.size, '5');
  await tells(wmw, CUSTOMIZERS, 'sized', 'art', [/^at Location edge2: replacement of \$\.data\.%\(size\)/]);
  await patchLocation('edge2', { labels: { size: '6' } });
  await tells(wmw, CUSTOMIZERS, 'sized', 'art', []);
});

test('what is wrong with a Customizer at one Location is taken back when it is no longer used there', async () => {
  await customizer(wmw, 'unused', 'art', { '$.data.%(no such)': '"x"' }, EXPANDING);
  await create(wmw, CONFIG_MAPS, 'user', 'art', { data: { kept: 'yes' } }, { [CUSTOMIZER]: 'unused' });
  await tells(wmw, CUSTOMIZERS, 'unused', 'art', [/^at Location edge1: /, /^at Location edge2: /]);
  await wmw.delete(CONFIG_MAPS, { name: 'user', namespace: 'art' });
  await tells(wmw, CUSTOMIZERS, 'unused', 'art', []);
});

test('what identifies an object can not be replaced; the object tells', async () => {
  await customizer(wmw, 'thief', 'art', { '$.metadata.name': '"other"', '$.data.ok': '"fine"' });
  await create(wmw, CONFIG_MAPS, 'victim', 'art', { data: { kept: 'yes' } }, { [CUSTOMIZER]: 'thief' });
  await carries('edge1', 'victim', 'art', { kept: 'yes', ok: 'fine' });
  await tells(wmw, CONFIG_MAPS, 'victim', 'art', [/would change apiVersion, kind, name or namespace/]);
  assert.is(await get('edge1', CONFIG_MAPS, 'other', 'art'), undefined);
});

test('drift of a customized field is put right to the customized value', async () => {
  const drift = { data: { ink: 'drifted' } };
  await wecs.edge1?.mergePatch(CONFIG_MAPS, { name: 'ink', namespace: 'art' }, drift, {
    fieldManager: 'drifter',
  });
  await carries('edge1', 'ink', 'art', { ink: 'red' });
});

test('kinds from CRDs are customized, and again when Customizer or Location change', async () => {
  await wmw.create(CUSTOM_RESOURCE_DEFINITIONS, crdOf(WIDGETS), USER);
  await customizer(wmw, 'widgets', 'art', { '$.spec.color': '"%(name)"' }, EXPANDING);
  const widget = { ...objectOf(WIDGETS, 'w', 'art', { spec: { size: 1, note: '%(weight)' } }) };
  widget.metadata = {
    ...widget.metadata,
    labels: { part: 'customized' },
    annotations: { ...EXPANDING, [CUSTOMIZER]: 'widgets' },
  };
  await eventually(
    'the kind to be served',
    () => wmw.create(WIDGETS, widget, USER).then(() => true),
    Boolean,
  );
  const is = (spec: Content) => async (cluster: string) => {
    const want = JSON.stringify(spec);
    const sorted = (object: KubeObject | undefined) =>
      JSON.stringify(Object.fromEntries(Object.entries((object?.spec ?? {}) as Content).sort()));
    await arrives(cluster, WIDGETS, 'w', 'art', (object) => sorted(object) === want);
  };
  for (const cluster of CLUSTERS) await is({ color: cluster, note: '%(weight)', size: 1 })(cluster);
  await patchLocation('edge2', { labels: { weight: 'heavy' } });
  await is({ color: 'edge2', note: 'heavy', size: 1 })('edge2');
  const replacements = [{ path: '$.spec.color', value: '"%(name)-ish"' }];
  await wmw.mergePatch(CUSTOMIZERS, { name: 'widgets', namespace: 'art' }, { replacements }, USER);
  await is({ color: 'edge1-ish', note: '%(weight)', size: 1 })('edge1');
  await is({ color: 'edge2-ish', note: 'heavy', size: 1 })('edge2');
});

test('an object that stops to ask for customization goes as it is', async () => {
  const metadata = { annotations: { [CUSTOMIZER]: null } };
  await wmw.mergePatch(CONFIG_MAPS, { name: 'ink', namespace: 'art' }, { metadata }, USER);
  for (const cluster of CLUSTERS) await carries(cluster, 'ink', 'art', { ink: 'none' });
});

async function prepare(client: KubeClient, name: string): Promise<void> {
  await client.create(NAMESPACES, { apiVersion: 'v1', kind: 'Namespace', metadata: { name } }, USER);
}

function place(client: KubeClient): Promise<KubeObject> {
  const downsync = ['', 'apps', 'rbac.authorization.k8s.io', WIDGETS.group].map((apiGroup) => ({
    apiGroup,
    labelSelectors: [{ matchLabels: { part: 'customized' } }],
  }));
  const placement = {
    apiVersion: 'edge.kubestellar.io/v2alpha1',
    kind: 'EdgePlacement',
    metadata: { name: 'customized' },
    spec: { locationSelectors: [{ matchLabels: { env: 'demo' } }], downsync },
  };
  return client.create<KubeObject>(EDGE_PLACEMENTS, placement, USER);
}

function create(
  client: KubeClient,
  resource: Resource,
  name: string,
  namespace: string,
  content: Content,
  annotations: { [key: string]: string },
): Promise<KubeObject> {
  const object = objectOf(resource, name, namespace, content);
  object.metadata = { ...object.metadata, labels: { part: 'customized' }, annotations };
  return client.create(resource, object, USER);
}

function customizer(
  client: KubeClient,
  name: string,
  namespace: string,
  replacements: { [path: string]: string },
  annotations: { [key: string]: string } = {},
): Promise<KubeObject> {
  const list = Object.entries(replacements).map(([path, value]) => ({ path, value }));
  const object = objectOf(CUSTOMIZERS, name, namespace, { replacements: list });
  object.metadata = { name, namespace, annotations };
  return client.create(CUSTOMIZERS, object, USER);
}

function patchLocation(name: string, metadata: Content): Promise<KubeObject> {
  return imw.mergePatch(LOCATIONS, { name }, { metadata }, USER);
}

async function get(
  cluster: string,
  resource: Resource,
  name: string,
  namespace: string,
): Promise<KubeObject | undefined> {
  try {
    return await wecs[cluster]?.get(resource, { name, namespace: namespace || undefined });
  } catch (error) {
    if (isNotFound(error)) return undefined; // the kind is on its way
    throw error;
  }
}

/** Waits until a copy in a cluster is as expected; by default, until it is there. */
function arrives(
  cluster: string,
  resource: Resource,
  name: string,
  namespace: string,
  accept: (object: KubeObject | undefined) => boolean = (object) => object !== undefined,
): Promise<KubeObject | undefined> {
  return eventually(
    `${resource.kind} ${name} in ${cluster}`,
    () => get(cluster, resource, name, namespace),
    accept,
  );
}

/** Waits until the ConfigMap in a cluster has exactly this data. */
async function carries(cluster: string, name: string, namespace: string, data: Content): Promise<void> {
  await arrives(cluster, CONFIG_MAPS, name, namespace, (object) => {
    const found = Object.entries(dataOf(object));
    return found.length === Object.keys(data).length && found.every(([key, value]) => data[key] === value);
  });
}

/** Waits until an object in a WMW tells exactly these problems. */
async function tells(
  client: KubeClient,
  resource: Resource,
  name: string,
  namespace: string,
  problems: readonly RegExp[],
): Promise<void> {
  const read = () => client.get<KubeObject>(resource, { name, namespace: namespace || undefined });
  await eventually(
    `the problems told by ${name}`,
    async () => problemsOf(await read()),
    (told) => told.length === problems.length && problems.every((problem, n) => problem.test(told[n] ?? '')),
  );
}

function problemsOf(object: KubeObject | undefined): string[] {
  const annotations = object?.metadata.annotations ?? {};
  const told = Object.keys(annotations).filter((key) => key.startsWith('validation-error.kubestellar.io/'));
  return told.map((_, n) => annotations[`validation-error.kubestellar.io/${n}`] ?? '');
}

function dataOf(object: KubeObject | undefined): { [key: string]: string } {
  return (object as { data?: { [key: string]: string } } | undefined)?.data ?? {};
}

async function timed(what: string, wait: () => Promise<unknown>): Promise<void> {
  const begin = performance.now();
  await wait();
  console.log(`    the edit of ${what} in the clusters after ${Math.round(performance.now() - begin)} ms`);
}

test.run();
