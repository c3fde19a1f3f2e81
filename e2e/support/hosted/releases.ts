/** Several releases in one cluster: with a given issuer and a volume that is kept, and with an etcd of one's own. */
import { once } from 'node:events';
import { connect } from 'node:tls';
import { assert } from '@kubestellar/testing';
import { eventually } from '../eventually.ts';
import type { KindCluster } from '../kind.ts';
import { area } from '../scenarios.ts';
import { Etcd } from './etcd.ts';
import { ISSUER_SECRET, Root } from './issuer.ts';
import { Release } from './release.ts';
import { Traffic } from './traffic.ts';

/** Releases side by side. */
export interface Releases {
  readonly main: Release;
  /** Its server certificate is of a given issuer, its volume is kept, it has no view. */
  readonly kept: Release;
  /** Its data is in an etcd of its own. */
  readonly apart: Release;
  readonly etcd: Etcd;
  /** Of the given issuer. */
  readonly root: Root;
}

/** Namespaces and what is the user's in them; deploys nothing. */
export async function prepareReleases(hosting: KindCluster, main: Release): Promise<Releases> {
  const root = await Root.create();
  const kept = await Release.prepare(hosting, {
    namespace: 'kept',
    nodePort: 30644,
    values: [
      `core.certificates.issuerSecretName=${ISSUER_SECRET}`,
      'core.storage.deletionPolicy=Retain',
      'core.view.enabled=false',
    ],
  });
  await root.writeIssuer(hosting, kept.namespace, 'first issuer');
  const etcd = await Etcd.start(hosting);
  const apart = await Release.prepare(hosting, { namespace: 'apart', nodePort: 30645, values: etcd.values });
  await etcd.admit(apart.namespace);
  return { main, kept, root, apart, etcd };
}

export const releases = area<Releases>();

releases(
  'two more releases in namespaces of their own come up beside the first',
  async ({ main, kept, apart }) => {
    const [pod, restarts] = [await main.podUid(), await main.restarts()];
    await Promise.all(
      [kept, apart].map(async (release) => {
        await release.hosting.must(release.install);
        await release.untilReady();
        await release.fetchKubeconfig();
        await release.inCore(
          `kubectl ws :root >/dev/null && kubectl ws create only-${release.namespace} --type root:universal`,
        );
      }),
    );
    for (const release of [main, kept, apart]) {
      const workspaces = await release.inCore(
        'kubectl ws :root >/dev/null && kubectl get workspaces -o name',
      );
      const own = /only-\w+/.exec(workspaces)?.[0];
      assert.is(own, release === main ? undefined : `only-${release.namespace}`);
    }
    assert.is(await main.podUid(), pod);
    assert.is(await main.restarts(), restarts);
  },
);

releases('a core without a view has nothing of it, and a command for its view says so', async ({ kept }) => {
  const { hosting, namespace } = kept;
  const on = `-n ${namespace}`;
  const shown = await hosting.must(`kubectl get services,secrets ${on} -o name
    kubectl get services ${on} -o jsonpath='{.items[*].spec.ports[*].port}'
    kubectl get pod kubestellar-0 ${on} -o jsonpath='{.spec.containers[*].name}'`);
  assert.match(shown, 'kubestellar-external');
  assert.not.match(shown, /view|proxy|6444/);
  const { code, stderr } = await hosting.sh(`kubectl kubestellar get-internal-kubeconfig --view ${on} -o no`);
  assert.is(code, 1);
  assert.match(stderr, /the workspace proxy of this core is disabled/);
  assert.not.match(stderr, 'is not in service after');
});

releases('the kubeconfig of one release is of no use with another', async ({ main, kept }) => {
  const theirs = await serverOf(kept);
  const answer = await main.hosting.sh(`kubectl get --raw /clusters/root/api/v1 --context base \
    --server ${theirs} --insecure-skip-tls-verify --kubeconfig <(sed '/certificate-authority-data/d' ${main.kubeconfig})`);
  assert.is(answer.code, 1);
  assert.match(answer.stderr, /Unauthorized|provide credentials/);
});

releases(
  'kcp proves itself by a certificate of the given issuer, to whom knows its root only',
  async ({ kept, root }) => {
    assert.is(await issuerOf(kept, root), 'CN=first issuer');
  },
);

releases(
  'when the issuer in the Secret is replaced, kcp follows while clients work',
  async ({ kept, root }) => {
    const restarts = await kept.restarts();
    const client = Traffic.connectingAnew('under-the-root', () => kept.client());
    try {
      await client.untilMore();
      await root.writeIssuer(kept.hosting, kept.namespace, 'second issuer');
      await eventually(
        'a certificate of the second issuer',
        () => issuerOf(kept, root),
        (issuer) => issuer === 'CN=second issuer',
        120,
      );
      await client.untilMore();
    } finally {
      const { failed } = await client.end();
      assert.equal(failed, []);
    }
    await kept.untilReady();
    assert.is(await kept.restarts(), restarts);
  },
);

releases('a core with an etcd of its own keeps everything there, over TLS', async ({ apart, etcd }) => {
  const { hosting, namespace } = apart;
  const keys = await etcd.keys();
  assert.ok(keys > 100, `${keys} keys`);
  assert.is(await hosting.must(`kubectl get persistentvolumeclaims -n ${namespace} -o name`), '');
});

releases('another pod of the core finds its data in the etcd', async ({ apart }) => {
  const former = await apart.podUid();
  await apart.hosting.must(`kubectl delete pod kubestellar-0 -n ${apart.namespace}`);
  await apart.untilReplaced(former);
  const workspaces = await apart.inCore('kubectl ws :root >/dev/null && kubectl get workspaces -o name');
  assert.match(workspaces, `only-${apart.namespace}`);
});

/** `https://host:port` of the release's kubeconfig. */
async function serverOf({ hosting, kubeconfig }: Release): Promise<string> {
  const text = await hosting.must(
    `kubectl config view --kubeconfig ${kubeconfig} -o jsonpath='{.clusters[?(@.name=="base")].cluster.server}'`,
  );
  return text.trim();
}

/** Who has issued the certificate that kcp presents. @throws when the root does not vouch for it */
async function issuerOf(release: Release, { certificate: ca }: Root): Promise<string> {
  const { hostname, port } = new URL(await serverOf(release));
  const socket = connect({ host: hostname, port: Number(port), ca });
  try {
    await once(socket, 'secureConnect');
    return socket.getPeerX509Certificate()?.issuer ?? '';
  } finally {
    socket.destroy();
  }
}
