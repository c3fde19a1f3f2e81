/** What the core's pod tells: whether it works, and if not, why and what to do. */
import { HOSTED_CORE, type KubeObject } from '@kubestellar/api';
import { type Finding, fine, problem } from '../report.ts';

/** How a container is or was. */
interface ContainerState {
  waiting?: { reason?: string; message?: string };
  terminated?: { exitCode: number; signal?: number; reason?: string; message?: string };
  running?: object;
}

interface ContainerStatus {
  name: string;
  image: string;
  ready: boolean;
  started?: boolean;
  restartCount: number;
  state?: ContainerState;
  lastState?: ContainerState;
}

/** A Pod in the parts that are read. */
export type Pod = KubeObject<
  { nodeName?: string },
  {
    phase?: string;
    conditions?: { type: string; status: string; reason?: string; message?: string }[];
    initContainerStatuses?: ContainerStatus[];
    containerStatuses?: ContainerStatus[];
  }
>;

/** What ended processes leave behind when their node lacks instructions that they need: SIGILL. */
const ILLEGAL_INSTRUCTION = 4;
const LACKS_INSTRUCTIONS = /CPU ISA level is lower than required|requires .*GOAMD64|Illegal instruction/i;
const VOLUME_FULL = /no space left on device|database space exceeded|NOSPACE/i;
/** From this restart on a container that ends is no accident. */
const CRASHING = 2;

/**
 * @param pods the pods of the core, of which there is one at the most
 * @returns the first thing in the way of the core, or that it is available
 */
export function judgeCore(pods: readonly Pod[]): Finding {
  const pod = pods.find(({ metadata }) => !metadata.deletionTimestamp) ?? pods[0];
  if (!pod) return problem('Starting', 'the pod is not there yet');
  const containers = [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])];
  const found = containers.map((container) => judgeContainer(pod, container)).find((finding) => finding);
  if (found) return found;
  const scheduled = conditionOf(pod, 'PodScheduled');
  if (scheduled?.status === 'False') {
    return problem('Unschedulable', `no node can take the pod: ${scheduled.message ?? scheduled.reason}`);
  }
  if (pod.metadata.deletionTimestamp) return problem('Starting', 'the former pod is ending');
  if (conditionOf(pod, 'Ready')?.status === 'True') return fine('Available', `on node ${pod.spec?.nodeName}`);
  return problem('Starting', startingMessage(containers));
}

function judgeContainer(pod: Pod, container: ContainerStatus): Finding | undefined {
  const { name, state, lastState } = container;
  const waiting = state?.waiting;
  if (waiting && /^(ErrImage|ImagePull|InvalidImageName|ErrImageNeverPull)/.test(waiting.reason ?? '')) {
    return problem(
      'ImagePullFailed',
      `the image ${container.image} of container "${name}" can't be had (${waiting.message ?? waiting.reason}); ` +
        'check spec.images, pull secrets and the registry',
    );
  }
  if (waiting && /^CreateContainer(Config)?Error$/.test(waiting.reason ?? '')) {
    return problem('MountFailed', `container "${name}" can't be made: ${waiting.message ?? waiting.reason}`);
  }
  // init ends well once its work is done.
  const ended = state?.terminated ?? lastState?.terminated;
  if (!ended || ended.exitCode === 0 || container.ready) return undefined;
  return judgeEnd(pod, container, ended);
}

function judgeEnd(
  pod: Pod,
  { name, restartCount }: ContainerStatus,
  ended: NonNullable<ContainerState['terminated']>,
): Finding | undefined {
  const words = ended.message ?? '';
  if (ended.signal === ILLEGAL_INSTRUCTION || ended.exitCode === 132 || LACKS_INSTRUCTIONS.test(words)) {
    return problem(
      'UnsupportedCPU',
      `the processor of node ${pod.spec?.nodeName} lacks instructions that container "${name}" needs (x86-64-v2); ` +
        'choose other nodes by spec.pod.nodeSelector',
    );
  }
  if (VOLUME_FULL.test(words)) {
    return problem(
      'VolumeFull',
      `the volume "${HOSTED_CORE.volumeClaim}" is full; raise spec.storage.size, if its StorageClass can grow volumes`,
    );
  }
  if (restartCount < CRASHING) return undefined;
  const why =
    ended.reason === 'OOMKilled' ? 'it took more memory than its limit' : `exit code ${ended.exitCode}`;
  const last = words.trim().split('\n').slice(-3).join('\n');
  return problem(
    'Crashing',
    `container "${name}" ends again and again (${why}): ${last || 'it left no message'}`,
  );
}

function startingMessage(containers: readonly ContainerStatus[]): string {
  const waits = containers.filter(({ ready, state }) => !ready && state?.terminated?.exitCode !== 0);
  const [first] = waits;
  if (!first) return 'the pod is starting';
  if (first.name === 'kcp') return 'kcp is starting';
  if (first.name === 'init') return 'the workspaces and APIs are being set up (init)';
  return `waiting for ${waits.map(({ name }) => name).join(', ')} to be ready`;
}

function conditionOf({ status }: Pod, type: string) {
  return status?.conditions?.find((condition) => condition.type === type);
}
