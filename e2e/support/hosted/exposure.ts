/** The ways from outside through a proxy that passes TLS on: the client's certificate comes to kcp, and kcp's to the client. */
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:tls';
import { assert } from '@kubestellar/testing';
import { eventually } from '../eventually.ts';
import { area } from '../scenarios.ts';
import type { Release } from './release.ts';
import { RouterStandIn } from './router.ts';
import { CLASSES, GATEWAY, type Traefik } from './traefik.ts';

/** A release with an etcd of its own, and the proxy. */
export interface Exposed {
  readonly release: Release;
  readonly traefik: Traefik;
}

export const exposure = area<Exposed>();

const HOST = 'core.kubestellar.test';
const VIEW_HOST = 'view.kubestellar.test';
/** The port in front of Traefik; the names lead there, too. */
const ENDPOINT = `${HOST}:443`;
const WORKSPACES = 'kubectl ws :root >/dev/null && kubectl get workspaces -o name';
/** Everything by which cores are exposed to a proxy. */
const KINDS = [
  'ingresses.networking.k8s.io',
  'ingressroutetcps.traefik.io',
  'tlsroutes.gateway.networking.k8s.io',
  'routes.route.openshift.io',
];

/** The ways for which people give the endpoint: what is set, and the objects that the operator makes. */
const WAYS: readonly [what: string, values: readonly string[], objects: readonly string[]][] = [
  [
    'an Ingress with the annotations of ingress-nginx, which Traefik understands',
    ['core.exposure.type=Ingress', `core.exposure.ingressClassName=${CLASSES.nginx}`],
    ['ingress.networking.k8s.io/kubestellar-ingress'],
  ],
  [
    "Traefik's IngressRouteTCP",
    ['core.exposure.type=Ingress', `core.exposure.ingressClassName=${CLASSES.traefik}`],
    ['ingressroutetcp.traefik.io/kubestellar-ingress'],
  ],
  [
    "the Gateway API's TLSRoute",
    [
      'core.exposure.type=TLSRoute',
      `core.exposure.parentRefs[0].name=${GATEWAY.name}`,
      `core.exposure.parentRefs[0].namespace=${GATEWAY.namespace}`,
    ],
    [
      'tlsroute.gateway.networking.k8s.io/kubestellar-tlsroute',
      'tlsroute.gateway.networking.k8s.io/kubestellar-view-tlsroute',
    ],
  ],
];

exposure('Traefik runs as a pod, told what to pass on by kinds of three makers', ({ traefik }) =>
  traefik.start(),
);

for (const [what, values, objects] of WAYS) {
  exposure(`clients outside reach kcp and the view by ${what}`, async (exposed) => {
    const { release } = exposed;
    const view = [`core.view.externalEndpoint.host=${VIEW_HOST}`, 'core.view.externalEndpoint.port=443'];
    await release.hosting.must(
      release.deployLine(`--external-endpoint ${ENDPOINT} --wait`, ...values, ...view),
    );
    assert.equal(await made(release), objects);
    await usedThrough(exposed, HOST);
    await viewedThrough(exposed);
  });
}

exposure(
  'clients outside reach kcp by an OpenShift Route (its kind, and a stand-in that admits it) under the host in its status',
  async (exposed) => {
    const { release, traefik } = exposed;
    const host = `kubestellar-route-${release.namespace}.apps.test`;
    const router = new RouterStandIn(release, host);
    const deployed = release.hosting.must(release.deployLine('--openshift true --wait --timeout 5m'));
    try {
      await router.admit();
    } finally {
      await deployed;
    }
    assert.equal(await made(release), ['route.route.openshift.io/kubestellar-route']);
    await usedThrough(exposed, host);
    await router.stop();
    assert.ok(traefik.names.asked.includes(`${host}:443`), traefik.names.asked.at(-1));
  },
);

exposure('a core that is exposed no longer leaves nothing of that', async ({ release, traefik }) => {
  await release.hosting.must(
    release.deployLine(`--external-endpoint ${ENDPOINT}`, 'core.exposure.type=None'),
  );
  await eventually(
    'what has exposed it to be gone',
    () => made(release),
    (objects) => objects.length === 0,
  );
  const { code, stderr } = await release.hosting.sh(
    `kubectl kubestellar get-external-kubeconfig --view -n ${release.namespace} -o no`,
  );
  assert.is(code, 1);
  assert.match(stderr, /the workspace proxy of this core has no endpoint outside/);
  assert.not.match(stderr, 'is not in service after');
  await traefik.stop();
});

/** What there is in the namespace of the kinds by which cores are exposed. */
async function made({ hosting, namespace }: Release): Promise<string[]> {
  const names = await hosting.must(
    `kubectl get ${KINDS.join(',')} -n ${namespace} -l app.kubernetes.io/managed-by=kubestellar-operator -o name`,
  );
  return names.split('\n').filter((name) => name !== '');
}

/**
 * Fetches the kubeconfig for clients outside and uses it as it is. That kcp knows who the client is shows that nobody
 * ends TLS on the way; that kcp's own certificate comes back, too.
 */
async function usedThrough({ release, traefik }: Exposed, host: string): Promise<void> {
  await release.fetchKubeconfig();
  const env = traefik.names.env;
  // What passes connections on learns of the way some moments later.
  await eventually(
    'the workspaces of the core',
    () => release.inCore(WORKSPACES, env),
    (workspaces) => workspaces.includes(`only-${release.namespace}`),
    60,
  );
  // By its name in root, too: kcp keeps the URL of each workspace.
  for (const path of ['espw', ':root:espw']) {
    const text = await release.inCore(
      `kubectl ws ${path} >/dev/null && kubectl get apiexports -o name && kubectl config view --minify`,
      env,
    );
    assert.match(text, /edge\.kubestellar\.io/);
    assert.match(text, `server: https://${host}:443/clusters/root:espw`);
  }
  assert.match(await release.inCore('kubectl auth whoami', env), 'kcp-admin');
  assert.is(await presented(traefik, host), await ownCertificate(release));
  assert.is.not(await presented(traefik, 'other.kubestellar.test'), await ownCertificate(release));
}

/** Fetches the kubeconfig for clients of the view outside and uses it as it is. */
async function viewedThrough({ release, traefik }: Exposed): Promise<void> {
  await release.fetchViewKubeconfig();
  const text = await eventually(
    'the view to know who asks',
    () => release.inView('kubectl auth whoami && kubectl config view --minify', traefik.names.env),
    (told) => told.includes('kcp-admin'),
    60,
  );
  assert.match(text, `server: https://${VIEW_HOST}:443/clusters/root`);
}

/** Fingerprint of the certificate that whoever asks for that name gets; empty when the connection ends. */
async function presented(traefik: Traefik, servername: string): Promise<string> {
  const socket = connect({ ...traefik.address, servername, rejectUnauthorized: false });
  try {
    await once(socket, 'secureConnect');
    return socket.getPeerX509Certificate()?.fingerprint256 ?? '';
  } catch {
    return '';
  } finally {
    socket.destroy();
  }
}

/** Fingerprint of the certificate that the operator has given kcp. */
async function ownCertificate({ hosting, namespace }: Release): Promise<string> {
  const encoded = await hosting.must(
    `kubectl get secret kubestellar-kcp -n ${namespace} -o jsonpath='{.data.tls\\.crt}'`,
  );
  return new X509Certificate(Buffer.from(encoded, 'base64')).fingerprint256;
}
