/** Certificates and authorities are replaced while clients work. */
import { readFile } from 'node:fs/promises';
import { explain } from '@kubestellar/kube';
import { assert } from '@kubestellar/testing';
import { eventually } from '../eventually.ts';
import { area } from '../scenarios.ts';
import type { Release } from './release.ts';
import { Traffic } from './traffic.ts';

export const rotation = area<Release>();

const NAMES = ['server-authority', 'client-authority', 'proxy-authority', 'server', 'view', 'clients'];
const ROTATE = 'kubectl kubestellar rotate-certs -n';

/** When each certificate was issued, by its name. */
async function issued({ hosting, namespace }: Release): Promise<Record<string, string>> {
  const text = await hosting.must(
    `kubectl get kubestellar kubestellar -n ${namespace} -o jsonpath='{.status.certificates}'`,
  );
  const reports = JSON.parse(text) as { name: string; issuedAt: string }[];
  return Object.fromEntries(reports.map(({ name, issuedAt }) => [name, issuedAt]));
}

/** A kubeconfig for clients outside as it is in the Secret now. */
async function published({ hosting, namespace }: Release, name = 'external'): Promise<string> {
  const encoded = await hosting.must(
    `kubectl get secret kubestellar -n ${namespace} -o jsonpath='{.data.${name}\\.kubeconfig}'`,
  );
  return Buffer.from(encoded, 'base64').toString();
}

/** Has clients at work, of kcp and of the view, during `change`; none of their requests may fail twice. */
async function underTraffic(release: Release, change: () => Promise<void>): Promise<void> {
  const given = await readFile(release.kubeconfig, 'utf8');
  await release.fetchViewKubeconfig();
  const givenForView = await readFile(release.viewKubeconfig, 'utf8');
  const clients = {
    staying: Traffic.keepingConnections('staying', () => release.client(given)),
    coming: Traffic.connectingAnew('coming', () => release.client(given)),
    fetching: Traffic.connectingAnew('fetching', async () => release.client(await published(release))),
    viewing: Traffic.keepingConnections('viewing', () => release.client(givenForView)),
    fetchingView: Traffic.connectingAnew('fetching-view', async () =>
      release.client(await published(release, 'external-view')),
    ),
  };
  const untilMore = () => Promise.all(Object.values(clients).map((client) => client.untilMore()));
  try {
    await untilMore();
    await change();
    await untilMore();
  } finally {
    for (const [name, client] of Object.entries(clients)) {
      const { requests, retried, failed } = await client.end();
      console.log(`    ${name}: ${requests} requests, ${retried.length} tried again ${retried.join('; ')}`);
      assert.equal(failed, [], `requests of the client "${name}" that failed twice`);
    }
  }
}

rotation(
  'certificates are replaced under traffic: no request fails twice, nothing restarts',
  async (release) => {
    const { hosting, namespace } = release;
    const [before, restarts] = [await issued(release), await release.restarts()];
    await underTraffic(release, async () => void (await hosting.must(`${ROTATE} ${namespace}`)));
    const after = await issued(release);
    const replaced = NAMES.filter((name) => after[name] !== before[name]);
    assert.equal(replaced, ['server', 'view', 'clients']);
    assert.is(await release.restarts(), restarts);
  },
);

rotation('authorities, too, although the operator is killed meanwhile', async (release) => {
  const { hosting, namespace } = release;
  const [before, restarts] = [await issued(release), await release.restarts()];
  await underTraffic(release, async () => {
    const rotated = hosting.must(`${ROTATE} ${namespace} --authorities`);
    rotated.catch(() => undefined);
    await eventually(
      'the first authority to be replaced',
      () => issued(release),
      (now) => now['server-authority'] !== before['server-authority'],
    );
    await hosting.must(`kubectl delete pods -n ${namespace} -l app.kubernetes.io/name=kubestellar-operator \
      --force --grace-period=0`);
    await rotated;
  });
  const after = await issued(release);
  assert.equal(
    NAMES.filter((name) => after[name] !== before[name]),
    NAMES,
  );
  assert.is(await release.restarts(), restarts);
});

rotation('when the overlap is over, clients of the former authority are refused', async (release) => {
  const { hosting, namespace } = release;
  const former = await release.client(await readFile(release.kubeconfig, 'utf8'));
  try {
    await former.request('GET', '/clusters/root/api/v1');
    await release.fetchKubeconfig();
    await hosting.must(`kubectl patch kubestellar kubestellar -n ${namespace} --type=merge \
      -p '{"spec":{"certificates":{"authorityOverlap":"1s"}}}'`);
    await eventually(
      'the former client to be refused',
      () => former.request('GET', '/clusters/root/api/v1').then(() => 'answered', explain),
      (answer) => answer !== 'answered',
      120,
    );
  } finally {
    await former.connection.close();
  }
  await release.inCore('kubectl ws :root >/dev/null && kubectl get workspaces');
  await release.fetchViewKubeconfig();
  await release.inView('kubectl ws :root >/dev/null && kubectl get workspaces');
  await release.untilReady();
});
