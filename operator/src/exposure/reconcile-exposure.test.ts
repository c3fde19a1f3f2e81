import { INGRESS_CLASSES, type KubeObject, type KubeStellarSpec, type Resource } from '@kubestellar/api';
import type { KubeClient } from '@kubestellar/kube';
import { assert, suite } from '@kubestellar/testing';
import { coreOf, StoredObjects } from '../fixtures.ts';
import { settingsOf } from '../settings.ts';
import { reconcileExposure } from './reconcile-exposure.ts';

const test = suite('exposure');

const externalEndpoint = { host: 'core.example', port: 443 };
type ExposureSpec = NonNullable<KubeStellarSpec['exposure']>;

/** A hosting cluster. */
class Cluster {
  readonly objects = new StoredObjects();
  readonly #kinds: readonly string[];
  readonly #classes: readonly KubeObject[];

  /** @param kinds `plural/version` of what it serves @param classes controllers of ingress classes by name; `*` marks the default */
  constructor(kinds: readonly string[] = [], classes: Readonly<Record<string, string>> = {}) {
    this.#kinds = kinds;
    this.#classes = Object.entries(classes).map(([name, controller]) => ({
      apiVersion: 'networking.k8s.io/v1',
      kind: INGRESS_CLASSES.kind,
      metadata: {
        name: name.replace('*', ''),
        annotations: { 'ingressclass.kubernetes.io/is-default-class': String(name.endsWith('*')) },
      },
      spec: { controller },
    }));
  }

  async expose(exposure: ExposureSpec, spec: KubeStellarSpec = { externalEndpoint }) {
    const client = {
      list: async () => this.#classes,
      get: async (_: Resource, { name }: { name: string }) =>
        this.#classes.find(({ metadata }) => metadata.name === name),
    } as unknown as KubeClient;
    const served = {
      has: async ({ plural, version }: Resource) => this.#kinds.includes(`${plural}/${version}`),
      hasGroup: async () => false,
    } as never;
    const settings = settingsOf(coreOf({ ...spec, exposure }), '1.0.0');
    return reconcileExposure(settings, { objects: this.objects, client, served });
  }

  /** Kinds and names of what the operator has made. */
  get made(): string[] {
    return [...this.objects.stored.keys()];
  }

  only<Spec>(): KubeObject<Spec> {
    const [object, ...others] = this.objects.stored.values();
    assert.equal(others, []);
    return object as KubeObject<Spec>;
  }

  /** Gives the only object a status, as its controller would. */
  setStatus(status: object): void {
    for (const object of this.objects.stored.values()) Object.assign(object, { status });
  }
}

const CONTROLLERS = [
  ['k8s.io/ingress-nginx', 'nginx.ingress.kubernetes.io/ssl-passthrough'],
  ['haproxy.org/ingress-controller', 'haproxy.org/ssl-passthrough'],
  ['haproxy-ingress.github.io/controller', 'haproxy-ingress.github.io/ssl-passthrough'],
] as const;

for (const [controller, annotation] of CONTROLLERS) {
  test(`an Ingress for ${controller} has its annotation for TLS passthrough`, async () => {
    const cluster = new Cluster([], { other: 'example.com/other', 'mine*': controller });
    const { finding, endpoint } = await cluster.expose({ type: 'Ingress' });
    assert.equal([finding.status, endpoint], ['True', externalEndpoint]);
    const { metadata, spec } = cluster.only<{ ingressClassName: string; rules: { host: string }[] }>();
    assert.is(metadata.annotations?.[annotation], 'true');
    assert.equal([spec?.ingressClassName, spec?.rules[0]?.host], ['mine', 'core.example']);
  });
}

test('an Ingress for an unknown controller needs annotations in the spec', async () => {
  const cluster = new Cluster([], { other: 'example.com/other' });
  assert.is((await cluster.expose({ type: 'Ingress' })).finding.reason, 'PassthroughUnknown');
  assert.equal(cluster.made, []);
  const annotations = { 'example.com/passthrough': 'yes' };
  assert.is((await cluster.expose({ type: 'Ingress', annotations })).finding.status, 'True');
  assert.equal(cluster.only().metadata.annotations, annotations);
});

test('an Ingress without a usable IngressClass is reported with the classes that exist', async () => {
  const two = { a: 'k8s.io/ingress-nginx', b: 'k8s.io/ingress-nginx' };
  const messageOf = async (classes: Record<string, string>, exposure: ExposureSpec) => {
    const { finding } = await new Cluster([], classes).expose(exposure);
    assert.is(finding.reason, 'IngressClassMissing');
    return finding.message;
  };
  assert.match(await messageOf({}, { type: 'Ingress' }), /has no IngressClass/);
  assert.match(await messageOf(two, { type: 'Ingress' }), /one of a, b/);
  assert.match(
    await messageOf(two, { type: 'Ingress', ingressClassName: 'c' }),
    /IngressClass "c" does not exist; the cluster has: a, b/,
  );
});

test("an IngressRouteTCP replaces the Ingress for Traefik's class, and the other way round", async () => {
  const classes = { nginx: 'k8s.io/ingress-nginx', traefik: 'traefik.io/ingress-controller' };
  const cluster = new Cluster(['ingressroutetcps/v1alpha1'], classes);
  for (const [ingressClassName, object] of [
    ['nginx', 'ingresses/kubestellar-ingress'],
    ['traefik', 'ingressroutetcps/kubestellar-ingress'],
    ['nginx', 'ingresses/kubestellar-ingress'],
  ] as const) {
    const { finding } = await cluster.expose({ type: 'Ingress', ingressClassName });
    assert.is(finding.status, 'True');
    assert.equal(cluster.made, [object]);
  }
  const without = new Cluster([], classes);
  const { finding } = await without.expose({ type: 'Ingress', ingressClassName: 'traefik' });
  assert.is(finding.reason, 'KindNotServed');
});

test('a TLSRoute has the newest served version and reports whether the Gateway accepts it', async () => {
  const cluster = new Cluster(['tlsroutes/v1alpha2', 'tlsroutes/v1alpha3']);
  const expose = () => cluster.expose({ type: 'TLSRoute', parentRefs: [{ name: 'gate' }] });
  const reasonAfter = async (type: string, status: string) => {
    cluster.setStatus({ parents: [{ conditions: [{ type, status, message: 'for a reason' }] }] });
    return (await expose()).finding.reason;
  };
  assert.is((await expose()).finding.reason, 'WaitingForAddress');
  assert.is(cluster.only().apiVersion, 'gateway.networking.k8s.io/v1alpha3');
  assert.is(await reasonAfter('Accepted', 'True'), 'Exposed');
  assert.is(await reasonAfter('Accepted', 'False'), 'NotAdmitted');
  assert.is(await reasonAfter('ResolvedRefs', 'False'), 'NotAdmitted');
  const without = await new Cluster().expose({ type: 'TLSRoute', parentRefs: [{ name: 'gate' }] });
  assert.is(without.finding.reason, 'KindNotServed');
});

test('a LoadBalancer without an endpoint gets the address that its provider gives it', async () => {
  const cluster = new Cluster();
  const expose = (spec?: KubeStellarSpec) => cluster.expose({ type: 'LoadBalancer' }, spec);
  const first = await expose({});
  assert.equal([first.finding.reason, first.endpoint], ['WaitingForAddress', undefined]);
  for (const [address, host] of [
    [{ ip: '192.0.2.1' }, '192.0.2.1'],
    [{ ip: '192.0.2.1', hostname: 'balancer.example' }, 'balancer.example'],
  ] as const) {
    cluster.setStatus({ loadBalancer: { ingress: [address] } });
    const { finding, endpoint } = await expose({});
    assert.equal([finding.status, endpoint], ['True', { host, port: 6443 }]);
  }
  assert.equal((await expose()).endpoint, externalEndpoint);
});

const view = { externalEndpoint: { host: 'view.example', port: 443 } };

test('the host of the workspace proxy is routed to it, by an object of its own where one has a single backend', async () => {
  const classes = { nginx: 'k8s.io/ingress-nginx', traefik: 'traefik.io/ingress-controller' };
  const kinds = ['ingressroutetcps/v1alpha1', 'tlsroutes/v1', 'routes/v1'];
  const ways: [ExposureSpec, string[]][] = [
    [{ type: 'Ingress', ingressClassName: 'nginx' }, ['ingresses/kubestellar-ingress']],
    [{ type: 'Ingress', ingressClassName: 'traefik' }, ['ingressroutetcps/kubestellar-ingress']],
    [{ type: 'Route' }, ['routes/kubestellar-route', 'routes/kubestellar-view-route']],
    [
      { type: 'TLSRoute', parentRefs: [{ name: 'gate' }] },
      ['tlsroutes/kubestellar-tlsroute', 'tlsroutes/kubestellar-view-tlsroute'],
    ],
  ];
  const cluster = new Cluster(kinds, classes);
  for (const [exposure, made] of ways) {
    const { endpoint, viewEndpoint } = await cluster.expose(exposure, { externalEndpoint, view });
    assert.equal([endpoint, viewEndpoint], [externalEndpoint, view.externalEndpoint]);
    assert.equal(cluster.made, made);
    const text = JSON.stringify([...cluster.objects.stored.values()]);
    assert.match(text, /core\.example.*(6443|https).*view\.example.*(6444|"view")/);
    await cluster.expose(exposure);
    assert.equal(cluster.made, made.slice(0, 1));
    assert.not.match(JSON.stringify([...cluster.objects.stored.values()]), 'view');
  }
});

test('a route of the workspace proxy that is not accepted is reported', async () => {
  const cluster = new Cluster(['tlsroutes/v1']);
  const expose = () =>
    cluster.expose({ type: 'TLSRoute', parentRefs: [{ name: 'gate' }] }, { externalEndpoint, view });
  await expose();
  const accepted = { parents: [{ conditions: [{ type: 'Accepted', status: 'True' }] }] };
  const [first, second] = cluster.objects.stored.values();
  Object.assign(first ?? {}, { status: accepted });
  assert.match((await expose()).finding.message, 'TLSRoute "kubestellar-view-tlsroute"');
  Object.assign(second ?? {}, { status: accepted });
  cluster.setStatus(accepted);
  assert.is((await expose()).finding.reason, 'Exposed');
});

test('the workspace proxy at a node port or LoadBalancer has the host of kcp unless the spec names another', async () => {
  const at = async (exposure: ExposureSpec, spec: KubeStellarSpec) => {
    const cluster = new Cluster();
    await cluster.expose(exposure, spec);
    const { spec: made } = cluster.only<{ ports: { name: string; nodePort?: number }[] }>();
    for (const [index, port] of (made?.ports ?? []).entries()) port.nodePort ??= 30_000 + index;
    return (await cluster.expose(exposure, spec)).viewEndpoint;
  };
  const nodePort = { type: 'NodePort' } as const;
  assert.equal(await at(nodePort, { externalEndpoint }), { host: 'core.example', port: 30_001 });
  const wanted = { ...nodePort, viewNodePort: 31_000 };
  assert.equal(await at(wanted, { externalEndpoint }), { host: 'core.example', port: 31_000 });
  assert.equal(await at(wanted, { externalEndpoint, view }), view.externalEndpoint);
  assert.is(await at(wanted, { externalEndpoint, view: { enabled: false } }), undefined);
  const balancer = await at({ type: 'LoadBalancer' }, { externalEndpoint });
  assert.equal(balancer, { host: 'core.example', port: 6444 });
});

test('an exposure that is no longer requested is removed', async () => {
  const cluster = new Cluster(['routes/v1', 'tlsroutes/v1'], { nginx: 'k8s.io/ingress-nginx' });
  const ways: [ExposureSpec, string[]][] = [
    [{ type: 'Ingress' }, ['ingresses/kubestellar-ingress']],
    [{ type: 'Route' }, ['routes/kubestellar-route']],
    [{ type: 'TLSRoute', parentRefs: [{ name: 'gate' }] }, ['tlsroutes/kubestellar-tlsroute']],
    [{ type: 'NodePort' }, ['services/kubestellar-external']],
    [{ type: 'None' }, []],
  ];
  for (const [exposure, made] of ways) {
    await cluster.expose(exposure);
    assert.equal(cluster.made, made);
  }
});

test.run();
