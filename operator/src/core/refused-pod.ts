import { EVENTS, HOSTED_CORE, type KubeObject, STATEFUL_SETS } from '@kubestellar/api';
import type { KubeClient } from '@kubestellar/kube';
import { type Finding, problem } from '../report.ts';

/** An Event in the parts that are read. */
interface Event extends KubeObject<never, never> {
  message?: string;
  lastTimestamp?: string | null;
}

/** Kubernetes tries again after at most 17 minutes; an older Event is outdated (milliseconds). */
const RECENT = 20 * 60_000;

/**
 * Returns why the core has no pod. A quota, a policy or an admission webhook may refuse it; only an Event on the
 * StatefulSet reports that.
 */
export async function whyNoPod(client: KubeClient, namespace: string, now: number): Promise<Finding> {
  const about = {
    'involvedObject.kind': STATEFUL_SETS.kind,
    'involvedObject.name': HOSTED_CORE.name,
    reason: 'FailedCreate',
  };
  const fieldSelector = Object.entries(about).map(([field, value]) => `${field}=${value}`);
  const events = await client.list<Event>(EVENTS, { namespace, fieldSelector: fieldSelector.join(',') });
  const timeOf = ({ lastTimestamp }: Event) => Date.parse(lastTimestamp ?? '') || 0;
  const [last] = events.sort((a, b) => timeOf(b) - timeOf(a));
  if (!last || timeOf(last) < now - RECENT) return problem('Starting', 'the pod does not exist yet');
  const why = last.message?.replace(/^.* failed error: /s, '') ?? 'no reason given';
  return problem('PodRefused', `the cluster refuses the core's pod: ${why}`);
}
