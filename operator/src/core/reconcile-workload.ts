import { FIELD_MANAGERS, HOSTED_CORE, PODS, SECRETS, STATEFUL_SETS, STOP_CORE } from '@kubestellar/api';
import type { KubeClient } from '@kubestellar/kube';
import type { Objects } from '../hosting/owned.ts';
import { type Finding, problem } from '../report.ts';
import type { Settings } from '../settings.ts';
import { judgeCore, type Pod } from './judge.ts';
import { CORE_SELECTOR, SECRETS_VERSION } from './labels.ts';
import { withLastWords } from './last-words.ts';
import { whyNoPod } from './refused-pod.ts';
import { type StatefulSet, statefulSet, type WorkloadOptions } from './stateful-set.ts';

/** What the reconcile of the workload works with. */
export interface WorkloadDependencies {
  readonly objects: Objects;
  readonly client: KubeClient;
  readonly now: number;
  /** Called again and again while kcp serves. @param start the same for one run of kcp */
  afterStartOfKcp(start: string): Promise<void>;
}

/** What the pod tells. */
export interface WorkloadOutcome {
  readonly finding: Finding;
  /** While there is no pod, no watch tells what comes next. */
  readonly hasPod: boolean;
}

/** Makes the core run as asked. */
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
  if (settings.stopped !== undefined) return { finding: judgeStop(settings.stopped, owned), hasPod: true };
  if (owned.length === 0) {
    return { finding: await whyNoPod(deps.client, settings.namespace, deps.now), hasPod: false };
  }
  await removeStuck(owned, live, deps.client);
  await hurrySecrets(owned, settings.namespace, deps.client);
  const start = startOfKcp(owned);
  if (start !== undefined) await deps.afterStartOfKcp(start);
  return { finding: judgeCore(await withLastWords(owned, deps.client)), hasPod: true };
}

/** Whoever has had the core stopped waits for `Stopped`. */
function judgeStop(purpose: string, pods: readonly Pod[]): Finding {
  if (pods.length > 0) return problem('Stopping', `the core is being stopped for ${purpose}`);
  return problem(
    'Stopped',
    `the core is stopped for ${purpose}; it goes on when the annotation ${STOP_CORE} is removed from the KubeStellar`,
  );
}

/** What tells one run of kcp from another; undefined while it does not serve. */
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
 * A kubelet looks for changed Secrets once a minute, and at once when a pod has changed: so the pod is told which
 * versions of the Secrets there are. It is not restarted by that.
 */
async function hurrySecrets(pods: readonly Pod[], namespace: string, client: KubeClient): Promise<void> {
  const mounted = [HOSTED_CORE.kcpSecret, HOSTED_CORE.controllersSecret, HOSTED_CORE.viewSecret];
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
