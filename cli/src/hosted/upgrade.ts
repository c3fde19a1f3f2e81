import { type KubeObject, type KubeStellar, PODS } from '@kubestellar/api';
import { explain } from '@kubestellar/kube';
import type { Output } from '../shell/output.ts';
import { type Hosting, readCore, whyNot } from './connect.ts';
import { follow } from './follow.ts';

/** An upgrade by helm, the release that it brings, and how long all may take (milliseconds). */
export interface FollowedUpgrade {
  upgrade(): Promise<void>;
  readonly version: string;
  readonly timeout: number;
}

/**
 * Upgrades, printing the messages of the operator's conditions, until the core is ready.
 * @throws CommandFailure when helm fails or the core is not ready in time
 */
export async function upgradeAndFollow(
  hosting: Hosting,
  { upgrade, version, timeout }: FollowedUpgrade,
  output: Output,
): Promise<void> {
  const failure = new AbortController();
  let isUpgraded = false;
  const upgraded = upgrade().then(
    () => {
      isUpgraded = true;
    },
    (error: unknown) => failure.abort(error),
  );
  const what = `the core in namespace ${hosting.namespace}`;
  await follow({ what, limit: timeout, signal: failure.signal }, output, async () => {
    try {
      const core = await readCore(hosting);
      const missing = core ? whatIsMissing(core, version) : 'helm installs the operator';
      if (missing?.startsWith(NOT_TAKEN_OVER)) return `${missing}${await whyNoOperator(hosting)}`;
      return missing ?? (isUpgraded ? undefined : 'helm is running');
    } catch (error) {
      return explain(error);
    }
  });
  await upgraded;
  failure.signal.throwIfAborted();
}

type OperatorPod = KubeObject<
  object,
  { containerStatuses?: { image: string; state?: { waiting?: { reason?: string; message?: string } } }[] }
>;

/** Why the operator's pods do not run, which no condition can report; '' for no visible reason. */
async function whyNoOperator({ client, namespace }: Hosting): Promise<string> {
  const labelSelector = 'app.kubernetes.io/name=kubestellar-operator';
  const pods = await client.list<OperatorPod>(PODS, { namespace, labelSelector });
  for (const { status } of pods) {
    for (const { image, state } of status?.containerStatuses ?? []) {
      const reason = state?.waiting?.reason ?? '';
      if (reason !== '' && reason !== 'ContainerCreating')
        return `: its image ${image} does not run (${reason}: ${state?.waiting?.message ?? ''})`;
    }
  }
  return '';
}

const NOT_TAKEN_OVER = 'the operator has not taken over yet';

function whatIsMissing(core: KubeStellar, version: string): string | undefined {
  const { metadata, status } = core;
  const refusal = whyNot(core, 'version');
  if (status?.version !== version) return status?.conditions && refusal ? refusal : NOT_TAKEN_OVER;
  if (status.observedGeneration !== metadata.generation) return 'the operator has not seen the change yet';
  return whyNot(core, 'ready');
}
