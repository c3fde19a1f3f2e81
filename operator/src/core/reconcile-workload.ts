import { FIELD_MANAGERS, HOSTED_CORE, PODS, SECRETS, STATEFUL_SETS, STOP_CORE } from '@kubestellar/api';
import type { KubeClient } from '@kubestellar/kube';
import type { Objects } from '../hosting/owned.ts';
import { type Finding, problem } from '../report.ts';
import type { Settings } from '../settings.ts';
import { coreFinding, type Pod } from './conditions.ts';
import { CORE_SELECTOR, SECRETS_VERSION } from './labels.ts';
import { whyNoPod } from './refused-pod.ts';
import { type StatefulSet, statefulSet, type WorkloadOptions } from './stateful-set.ts';
import { withTerminationMessages } from './termination-message.ts';

/** What the reconcile of the workload works with. */
export interface WorkloadDependencies {
  readonly objects: Objects;
  readonly client: KubeClient;
  readonly now: number;
  /** Called repeatedly while kcp serves. @param start identifies one run of kcp */
  afterStartOfKcp(start: string): Promise<void>;
}

/** What the reconcile found out about the pod. */
export interface WorkloadOutcome {
  readonly finding: Finding;
  /** While there is no pod, no watch reports the next change. */
  readonly hasPod: boolean;
}

/** Makes the core run as the KubeStellar asks. */
export async function reconcileWorkload(
  settings: Settings,
  options: WorkloadOptions,
  deps: WorkloadDependencies,
): Promise<WorkloadOutcome> {
  const live = await deps.objects.ensure<StatefulSet>(STATEFUL_SETS, statefulSet(settings, options));
  const labelSelector = Object.entries(CORE_SELECTOR).map(([key, value]) => `${key}=${value}`);
  const pods = await deps.client.list<Pod>(PODS, {
    namespace: settings.namespace,
    labelSelector: labelSelector.join(','),
  });
  const owned = pods.filter((pod) => belongsTo(pod, live));
  if (settings.stopped !== undefined) return { finding: stopFinding(settings.stopped, owned), hasPod: true };
  if (owned.length === 0) {
    return { finding: await whyNoPod(deps.client, settings.namespace, deps.now), hasPod: false };
  }
  await removeStuck(owned, live, deps.client);
  await hurrySecrets(owned, settings.namespace, deps.client);
  const start = startOfKcp(owned);
  if (start !== undefined) await deps.afterStartOfKcp(start);
  return { finding: coreFinding(await withTerminationMessages(owned, deps.client)), hasPod: true };
}

/** Backup, restore and upgrade wait for the reason `Stopped`. */
function stopFinding(purpose: string, pods: readonly Pod[]): Finding {
  if (pods.length > 0) return problem('Stopping', `the core is being stopped for ${purpose}`);
  return problem(
    'Stopped',
    `the core is stopped for ${purpose}; to start it again, remove the annotation ${STOP_CORE} from the KubeStellar`,
  );
}

/** Identifies one run of kcp; undefined while it does not serve. */
function startOfKcp(pods: readonly Pod[]): string | undefined {
  for (const { metadata, status } of pods) {
    const kcp = status?.initContainerStatuses?.find(({ name }) => name === 'kcp');
    if (kcp?.ready) return `${metadata.uid}/${kcp.restartCount}`;
  }
  return undefined;
}

function belongsTo({ metadata }: Pod, live: StatefulSet | undefined): boolean {
  return metadata.ownerReferences?.some(({ uid }) => uid === live?.metadata.uid) ?? false;
}

/**
 * A kubelet reads changed Secrets once a minute, and at once when the pod changes. So the versions of the Secrets are
 * written into an annotation of the pod, which does not restart it.
 */
async function hurrySecrets(pods: readonly Pod[], namespace: string, client: KubeClient): Promise<void> {
  const mounted = [HOSTED_CORE.kcpSecret, HOSTED_CORE.controllersSecret, HOSTED_CORE.proxySecret];
  const secrets = await Promise.all(mounted.map((name) => client.get(SECRETS, { namespace, name })));
  const versions = secrets.map((secret) => secret?.metadata.resourceVersion ?? '0').join('-');
  for (const { metadata } of pods) {
    if (metadata.annotations?.[SECRETS_VERSION] === versions || metadata.deletionTimestamp) continue;
    const patch = { metadata: { uid: metadata.uid, annotations: { [SECRETS_VERSION]: versions } } };
    await client.mergePatch(PODS, { namespace, name: metadata.name }, patch, {
      fieldManager: FIELD_MANAGERS.operator,
    });
  }
}

/**
 * A StatefulSet waits for an outdated pod to become ready before it replaces it, even if that pod never can be
 * (a known limitation of Kubernetes). So such a pod is deleted.
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
