import { PODS, STATEFUL_SETS } from '@kubestellar/api';
import type { KubeClient } from '@kubestellar/kube';
import type { Objects } from '../hosting/owned.ts';
import type { Finding } from '../report.ts';
import type { Settings } from '../settings.ts';
import { judgeCore, type Pod } from './judge.ts';
import { CORE_SELECTOR } from './labels.ts';
import { type StatefulSet, statefulSet, type WorkloadOptions } from './stateful-set.ts';

/** Makes the core run as asked. @returns what its pod tells */
export async function reconcileWorkload(
  settings: Settings,
  options: WorkloadOptions,
  deps: { objects: Objects; client: KubeClient },
): Promise<Finding> {
  const live = await deps.objects.ensure<StatefulSet>(STATEFUL_SETS, statefulSet(settings, options));
  const labelSelector = Object.entries(CORE_SELECTOR).map(([key, value]) => `${key}=${value}`);
  const pods = await deps.client.list<Pod>(PODS, {
    namespace: settings.namespace,
    labelSelector: labelSelector.join(','),
  });
  const owned = pods.filter((pod) => belongsTo(pod, live));
  await removeStuck(owned, live, deps.client);
  return judgeCore(owned);
}

function belongsTo({ metadata }: Pod, live: StatefulSet | undefined): boolean {
  return metadata.ownerReferences?.some(({ uid }) => uid === live?.metadata.uid) ?? false;
}

/**
 * A StatefulSet waits for a pod of its former form to become ready before it replaces it, for ever if that form
 * can't work (a known limitation of Kubernetes). So such a pod is removed.
 */
async function removeStuck(
  pods: readonly Pod[],
  live: StatefulSet | undefined,
  client: KubeClient,
): Promise<void> {
  const { updateRevision, observedGeneration } = live?.status ?? {};
  if (!updateRevision || observedGeneration !== live?.metadata.generation) return;
  for (const { metadata, status } of pods) {
    const isOutdated = metadata.labels?.['controller-revision-hash'] !== updateRevision;
    const isReady = status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True');
    if (!isOutdated || isReady || metadata.deletionTimestamp) continue;
    await client.delete(PODS, { namespace: metadata.namespace, name: metadata.name }, { uid: metadata.uid });
  }
}
