/**
 * The hosting cluster as WEC of the core in it: its syncer runs there as a pod, of the image and by the manifest that
 * users get, and reaches the core by the external endpoint as it would from anywhere.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { assert } from '@kubestellar/testing';
import { eventually } from '../eventually.ts';
import { area } from '../scenarios.ts';
import type { Release } from './release.ts';

export const wec = area<Release>();
/** After the core's pod has been killed, and the node restarted. */
export const wecAfterwards = area<Release>();

const MINUTE = '--timeout=60s';
/** An image that every kind node has. */
const WORKLOAD_IMAGE = 'registry.k8s.io/pause:3.10';

const manifestOf = async ({ hosting }: Release) => join(await hosting.scratch('wec'), 'syncer.yaml');

/** The number of available replicas that the mailbox tells of the workload. */
async function reported(release: Release): Promise<number | undefined> {
  const listed = await release.inCore(
    'kubestellar-list-syncing-objects --api-group apps --api-kind Deployment --json',
  );
  const objects = listed
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  return objects.find(({ metadata }) => metadata.namespace === 'real')?.status?.availableReplicas;
}

async function scale(release: Release, replicas: number): Promise<void> {
  await release.inCore(
    `kubectl ws root:real >/dev/null && kubectl scale deployment web -n real --replicas=${replicas}`,
  );
  await release.hosting.must(
    `kubectl wait --for=jsonpath='{.status.availableReplicas}'=${replicas} deployment/web -n real --timeout=180s`,
  );
  await eventually(
    `${replicas} replicas to be told in the mailbox`,
    () => reported(release),
    (told) => told === replicas,
    60,
  );
}

wec(
  'prep-for-syncer makes a syncer that runs as a pod and reaches the core from outside',
  async (release) => {
    const file = await manifestOf(release);
    await release.fetchKubeconfig();
    await release.inCore(`kubectl kubestellar ensure location --imw root:imw1 real env=kind
    kubectl kubestellar prep-for-syncer --imw root:imw1 real -o ${file}
    kubectl kubestellar ensure wmw real`);
    const server = /server: (https:\/\/[^/\s]+)/;
    const [, external] = server.exec(await readFile(release.kubeconfig, 'utf8')) ?? [];
    assert.is(server.exec(await readFile(file, 'utf8'))?.[1], external);
    await release.hosting.must(`kubectl apply -f ${file}
    kubectl wait --for=condition=Available deployment --all -A ${MINUTE}`);
    await release.inCore(`kubectl ws root:imw1 >/dev/null
    kubectl wait --for=condition=Ready synctargets.edge.kubestellar.io/real ${MINUTE}`);
  },
);

wec('a workload runs in real pods, and its status comes back', async (release) => {
  await release.inCore(`kubectl ws root:real >/dev/null
    kubectl create namespace real
    kubectl create deployment web --image=${WORKLOAD_IMAGE} -n real
    kubectl apply -f - <<YAML
apiVersion: edge.kubestellar.io/v2alpha1
kind: EdgePlacement
metadata: {name: real}
spec:
  locationSelectors: [{matchLabels: {env: kind}}]
  downsync:
  - {apiGroup: "", resources: [namespaces], objectNames: [real]}
  - {apiGroup: apps, resources: [deployments], namespaces: [real]}
YAML`);
  await release.hosting.must(`kubectl wait --for=create deployment/web -n real ${MINUTE}`);
  await scale(release, 2);
});

wec('when the syncer’s pod is killed, its successor goes on', async (release) => {
  await release.hosting.must(`
    namespace=$(kubectl get namespaces -o name | grep kubestellar-syncer-real- | cut -d / -f 2)
    kubectl delete pods --all -n $namespace --force --grace-period=0`);
  await scale(release, 3);
});

wecAfterwards('the syncer goes on with the core of after the restart of the node', (release) =>
  scale(release, 1),
);

wecAfterwards('what is no longer placed goes away, and nothing stays of the syncer', async (release) => {
  await release.inCore('kubectl ws root:real >/dev/null && kubectl delete edgeplacement real');
  // The Namespace stays: others may have put something there.
  await release.hosting.must(`kubectl wait --for=delete deployment/web -n real ${MINUTE}
    kubectl delete namespace real ${MINUTE}
    kubectl delete --ignore-not-found -f ${await manifestOf(release)} ${MINUTE}`);
  await release.inCore('kubectl kubestellar remove location --imw root:imw1 real');
});
