/** What the status of a copy says, for the kinds whose status is known; pure. */
import { groupResourceOf, type KubeObject, type Replicas, type Resource } from '@kubestellar/api';

/** What the status of an object says of it. */
export interface Reported {
  /** Undefined when the object has no status that tells. */
  available?: boolean;
  replicas?: Replicas;
}

interface Status {
  conditions?: { type: string; status: string }[];
  phase?: string;
  [field: string]: unknown;
}

type Reader = (status: Status, spec: { [field: string]: unknown }) => Reported;

const count = (value: unknown): number => (typeof value === 'number' ? value : 0);
const isTrue = (status: Status, type: string): boolean =>
  status.conditions?.some((condition) => condition.type === type && condition.status === 'True') ?? false;

/** Replica counts as most kinds name them; `replicas` of the spec is 1 by default. */
function scaled(status: Status, spec: { [field: string]: unknown }): Required<Reported> {
  const desired = typeof spec.replicas === 'number' ? spec.replicas : 1;
  const replicas = {
    desired,
    current: count(status.replicas),
    updated: count(status.updatedReplicas),
    ready: count(status.readyReplicas),
    available: count(status.availableReplicas),
  };
  return { available: replicas.available >= desired && status.replicas !== undefined, replicas };
}

/** Kinds without an updatedReplicas. */
function scaledInOneVersion(status: Status, spec: { [field: string]: unknown }): Reported {
  const { available, replicas } = scaled(status, spec);
  const { updated: _, ...rest } = replicas;
  // A controller leaves out counts that are 0, so that a status of nothing but 0 desired replicas looks empty.
  return { available, replicas: rest };
}

const WELL_KNOWN: { [groupResource: string]: Reader } = {
  'deployments.apps': (status, spec) => ({
    ...scaled(status, spec),
    available: isTrue(status, 'Available'),
  }),
  'statefulsets.apps': scaled,
  'replicasets.apps': scaledInOneVersion,
  replicationcontrollers: scaledInOneVersion,
  'daemonsets.apps': (status) => {
    const desired = count(status.desiredNumberScheduled);
    const available = count(status.numberAvailable);
    return {
      available: available >= desired && status.desiredNumberScheduled !== undefined,
      replicas: {
        desired,
        current: count(status.currentNumberScheduled),
        updated: count(status.updatedNumberScheduled),
        ready: count(status.numberReady),
        available,
      },
    };
  },
  'jobs.batch': (status, spec) => ({
    available: isTrue(status, 'Complete'),
    replicas: {
      desired: count(spec.completions ?? spec.parallelism ?? 1),
      active: count(status.active),
      ready: count(status.ready),
      succeeded: count(status.succeeded),
      failed: count(status.failed),
    },
  }),
  pods: (status) => {
    const ready = isTrue(status, 'Ready');
    return {
      available: ready || status.phase === 'Succeeded',
      replicas: {
        desired: 1,
        active: Number(status.phase === 'Running'),
        ready: Number(ready),
        succeeded: Number(status.phase === 'Succeeded'),
        failed: Number(status.phase === 'Failed'),
      },
    };
  },
  persistentvolumeclaims: (status) => ({ available: status.phase === 'Bound' }),
};

/** Conditions by which other kinds tell that they are available, the first that an object has counts. */
const TELLING = ['Available', 'Ready'];

/** @returns what the copy in a mailbox workspace, whose status is the cluster's, tells of its object */
export function reportedBy(resource: Pick<Resource, 'group' | 'plural'>, copy: KubeObject): Reported {
  const status = (copy.status ?? {}) as Status;
  const read = WELL_KNOWN[groupResourceOf(resource)];
  if (read) return read(status, (copy.spec ?? {}) as { [field: string]: unknown });
  if (!Array.isArray(status.conditions)) return {};
  const telling = TELLING.find((type) => status.conditions?.some((condition) => condition.type === type));
  return telling ? { available: isTrue(status, telling) } : {};
}
