import { EVENTS, HOSTED_CORE, type KubeObject, STATEFUL_SETS } from '@kubestellar/api';
import type { KubeClient } from '@kubestellar/kube';
import { type Finding, problem } from '../report.ts';

/** An Event in the parts that are read. */
interface Event extends KubeObject<never, never> {
  message?: string;
  lastTimestamp?: string | null;
}

/** Kubernetes tries again after 17 minutes at the latest; an event that is older is of another time (milliseconds). */
const RECENT = 20 * 60_000;

/**
 * Why there is no pod of the core: a quota, a policy or an admission webhook may refuse it, which only an Event on the
 * StatefulSet tells.
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
  if (!last || timeOf(last) < now - RECENT) return problem('Starting', 'the pod is not there yet');
  const why = last.message?.replace(/^.* failed error: /s, '') ?? 'for no reason that it tells';
  return problem('PodRefused', `the cluster refuses the core's pod: ${why}`);
}
