/** Turns the state of the core's pod into a finding: whether it works and, if not, why and what to do. */
import { HOSTED_CORE, type KubeObject } from '@kubestellar/api';
import { type Finding, fine, problem } from '../report.ts';

/** Present or former state of a container. */
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

/** Signal that ends a process when the node lacks instructions that it needs: SIGILL. */
const ILLEGAL_INSTRUCTION = 4;
const LACKS_INSTRUCTIONS = /CPU ISA level is lower than required|requires .*GOAMD64|Illegal instruction/i;
const VOLUME_FULL = /no space left on device|database space exceeded|NOSPACE/i;
/** A container that ended this often is reported as crashing. */
const CRASHING = 2;

/**
 * @param pods the pods of the core, at most one
 * @returns the first problem of the core, or that it is available
 */
export function coreFinding(pods: readonly Pod[]): Finding {
  const pod = pods.find(({ metadata }) => !metadata.deletionTimestamp) ?? pods[0];
  if (!pod) return problem('Starting', 'the pod does not exist yet');
  const containers = [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])];
  const found = containers.map((container) => containerFinding(pod, container)).find((finding) => finding);
  if (found) return found;
  const scheduled = conditionOf(pod, 'PodScheduled');
  if (scheduled?.status === 'False') {
    return problem('Unschedulable', `no node can take the pod: ${scheduled.message ?? scheduled.reason}`);
  }
  if (pod.metadata.deletionTimestamp) return problem('Starting', 'the previous pod is still terminating');
  if (conditionOf(pod, 'Ready')?.status === 'True') return fine('Available', `on node ${pod.spec?.nodeName}`);
  return problem('Starting', startingMessage(containers));
}

function containerFinding(pod: Pod, container: ContainerStatus): Finding | undefined {
  const { name, state, lastState } = container;
  const waiting = state?.waiting;
  if (waiting && /^(ErrImage|ImagePull|InvalidImageName|ErrImageNeverPull)/.test(waiting.reason ?? '')) {
    return problem(
      'ImagePullFailed',
      `the image ${container.image} of container "${name}" cannot be pulled (${waiting.message ?? waiting.reason}); ` +
        'check spec.images, pull secrets and the registry',
    );
  }
  if (waiting && /^CreateContainer(Config)?Error$/.test(waiting.reason ?? '')) {
    return problem(
      'MountFailed',
      `container "${name}" cannot be created: ${waiting.message ?? waiting.reason}`,
    );
  }
  // init ends with exit code 0 once its work is done.
  const ended = state?.terminated ?? lastState?.terminated;
  if (!ended || ended.exitCode === 0 || container.ready) return undefined;
  return terminationFinding(pod, container, ended);
}

function terminationFinding(
  pod: Pod,
  { name, restartCount }: ContainerStatus,
  ended: NonNullable<ContainerState['terminated']>,
): Finding | undefined {
  const words = ended.message ?? '';
  if (ended.signal === ILLEGAL_INSTRUCTION || ended.exitCode === 132 || LACKS_INSTRUCTIONS.test(words)) {
    return problem(
      'UnsupportedCPU',
      `the processor of node ${pod.spec?.nodeName} lacks instructions that container "${name}" needs (x86-64-v2); ` +
        'select other nodes with spec.pod.nodeSelector',
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
    ended.reason === 'OOMKilled' ? 'it used more memory than its limit' : `exit code ${ended.exitCode}`;
  const last = words.trim().split('\n').slice(-3).join('\n');
  return problem(
    'Crashing',
    `container "${name}" restarts repeatedly (${why}): ${last || 'it left no termination message'}`,
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
