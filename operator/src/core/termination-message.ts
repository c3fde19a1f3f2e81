import { PODS } from '@kubestellar/api';
import { explain, type KubeClient } from '@kubestellar/kube';
import type { Pod } from './conditions.ts';

/** How much of a log is read; the reason for a panic precedes pages of its stack trace (bytes). */
const LIMIT = 64 * 1024;
const LINES = 100;
/** What Go programs, and etcd, log when they give up. */
const GIVES_UP = /^panic:|^fatal error:|"level":"(panic|fatal)"|^F\d{4} /;

/**
 * The kubelet keeps 2 kB of an ended container's log, which a stack trace fills. So this reads the log itself, and
 * replaces the termination message by the lines that give the reason.
 */
export async function withTerminationMessages(pods: readonly Pod[], client: KubeClient): Promise<Pod[]> {
  return Promise.all(
    pods.map(async (pod) => {
      const { initContainerStatuses = [], containerStatuses = [] } = pod.status ?? {};
      return {
        ...pod,
        status: {
          ...pod.status,
          initContainerStatuses: await Promise.all(
            initContainerStatuses.map((each) => complete(pod, each, client)),
          ),
          containerStatuses: await Promise.all(containerStatuses.map((each) => complete(pod, each, client))),
        },
      };
    }),
  );
}

type ContainerStatus = NonNullable<NonNullable<Pod['status']>['containerStatuses']>[number];

async function complete(pod: Pod, container: ContainerStatus, client: KubeClient): Promise<ContainerStatus> {
  const { name, ready, state, lastState } = container;
  const which = state?.terminated ? 'state' : 'lastState';
  const ended = state?.terminated ?? lastState?.terminated;
  if (!ended || ended.exitCode === 0 || ready || GIVES_UP.test(ended.message ?? '')) return container;
  const { namespace = '', name: podName } = pod.metadata;
  try {
    const log = await client.request<string>(
      'GET',
      `/api/v1/namespaces/${namespace}/${PODS.plural}/${podName}/log`,
      {
        query: { container: name, previous: which === 'lastState', tailLines: LINES, limitBytes: LIMIT },
      },
    );
    const words = String(log)
      .split('\n')
      .filter((line) => GIVES_UP.test(line))
      .map((line) => line.slice(0, 300));
    if (words.length === 0) return container;
    return { ...container, [which]: { terminated: { ...ended, message: words.join('\n') } } };
  } catch (error) {
    // Without the log, the termination message of the kubelet still helps.
    return { ...container, [which]: { terminated: { ...ended, message: ended.message ?? explain(error) } } };
  }
}
