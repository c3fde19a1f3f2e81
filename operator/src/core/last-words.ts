import { PODS } from '@kubestellar/api';
import { explain, type KubeClient } from '@kubestellar/kube';
import type { Pod } from './judge.ts';

/** How much of a log is read; the reason for a panic comes before pages of its stack (bytes). */
const LIMIT = 64 * 1024;
const LINES = 100;
/** What Go programs, and etcd, say when they give up. */
const GIVES_UP = /^panic:|^fatal error:|"level":"(panic|fatal)"|^F\d{4} /;

/**
 * The kubelet keeps 2 kB of an ended container's log, which a stack trace fills. So the log itself is asked for what the
 * program said before it, which is put in front of what the kubelet keeps.
 */
export async function withLastWords(pods: readonly Pod[], client: KubeClient): Promise<Pod[]> {
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
    // A log that is gone, or may not be read, is no reason to tell nothing.
    return { ...container, [which]: { terminated: { ...ended, message: ended.message ?? explain(error) } } };
  }
}
