/** The core's pod and the node are killed. */
import { assert } from '@kubestellar/testing';
import { eventually } from '../eventually.ts';
import { area } from '../scenarios.ts';
import type { Release } from './release.ts';

export const failures = area<Release>();

/** Makes a workspace. */
async function create(release: Release, workspace: string): Promise<void> {
  await release.inCore(`kubectl ws :root >/dev/null && kubectl ws create ${workspace} --type root:universal`);
}

/** Waits until the core serves, and the workspaces are there and ready. */
async function untilServed({ hosting, kubeconfig }: Release, ...workspaces: string[]): Promise<void> {
  const list = `kubectl ws :root >/dev/null && kubectl get workspaces ${workspaces.join(' ')} -o jsonpath='{.items[*].status.phase}'`;
  await eventually(
    `the workspaces ${workspaces}`,
    async () => (await hosting.sh(list, { KUBECONFIG: kubeconfig })).stdout,
    (phases) => phases === workspaces.map(() => 'Ready').join(' '),
    240,
  );
}

failures("when the core's pod is killed, its successor goes on with the data", async (release) => {
  const { hosting, namespace } = release;
  await create(release, 'before-kill');
  const former = await release.podUid();
  await hosting.must(`kubectl delete pod kubestellar-0 -n ${namespace} --force --grace-period=0`);
  await release.untilReplaced(former);
  await untilServed(release, 'kept', 'before-kill');
});

failures('when the node is restarted, the core goes on with the data', async (release) => {
  const before = await release.podUid();
  await create(release, 'before-restart');
  await release.hosting.restartNode();
  await untilServed(release, 'kept', 'before-restart');
  await eventually(
    "the core's pod to be ready",
    () =>
      release.hosting.must(
        `kubectl get pod kubestellar-0 -n ${release.namespace} -o jsonpath='{.status.conditions[?(@.type=="Ready")].status}'`,
      ),
    (status) => status === 'True',
    120,
  );
  await release.untilReady();
  assert.is(await release.podUid(), before);
});
