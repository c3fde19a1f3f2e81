/** Reports in the status of each Location how many SyncTargets it selects, and how many of them are available. */
import {
  type Condition,
  FIELD_MANAGERS,
  LOCATIONS,
  type Location,
  type LocationStatus,
  SYNC_TARGET_CONDITIONS,
  type SyncTarget,
} from '@kubestellar/api';
import type { KubeClient } from '@kubestellar/kube';
import type { Instances } from './resolve.ts';

const READY = 'Ready';
const fieldManager = FIELD_MANAGERS.whereResolver;

/** Whether a SyncTarget's syncer is active, as the mailbox-controller reports it. */
export function isAvailable({ status }: SyncTarget): boolean {
  return (status?.conditions ?? []).some(
    ({ type, status }) => type === SYNC_TARGET_CONDITIONS.ready && status === 'True',
  );
}

/** The status of a Location with these instances, keeping the transition time while the condition stays the same. */
export function locationStatusOf(
  location: Location,
  { targets, problem }: Instances,
  now: Date,
): LocationStatus {
  const instances = problem ? [] : targets;
  const availableInstances = instances.filter(isAvailable).length;
  const condition = { type: READY, ...conditionOf(instances.length, availableInstances, problem) };
  const previous = location.status?.conditions?.find(({ type }) => type === READY);
  const lastTransitionTime =
    previous?.status === condition.status
      ? previous.lastTransitionTime
      : now.toISOString().replace(/\.\d+/, '');
  return {
    instances: instances.length,
    availableInstances,
    conditions: [{ ...condition, lastTransitionTime }],
  };
}

/** Writes the status where it differs. */
export async function reportOnLocation(
  client: KubeClient,
  location: Location,
  instances: Instances,
): Promise<void> {
  const status = locationStatusOf(location, instances, new Date());
  if (isReported(location.status, status)) return;
  const { apiVersion, kind, metadata } = location;
  // With the uid, a late write cannot recreate a Location that was deleted.
  const { name, uid } = metadata;
  const patch = { apiVersion, kind, metadata: { name, ...(uid ? { uid } : {}) }, status };
  await client.apply(LOCATIONS, patch, { fieldManager, subresource: 'status' });
}

function conditionOf(
  instances: number,
  available: number,
  problem: string | undefined,
): Pick<Condition, 'status' | 'reason' | 'message'> {
  if (problem !== undefined) return { status: 'False', reason: 'InvalidSelector', message: problem };
  if (instances === 0)
    return {
      status: 'False',
      reason: 'NoInstance',
      message: 'spec.instanceSelector selects no SyncTarget of this workspace',
    };
  if (available === 0)
    return {
      status: 'False',
      reason: 'NoInstanceAvailable',
      message: 'none of the selected SyncTargets is Ready; see their conditions for the reasons',
    };
  return { status: 'True', reason: 'InstanceAvailable', message: '' };
}

function isReported(present: LocationStatus | undefined, wanted: LocationStatus): boolean {
  const [condition] = wanted.conditions ?? [];
  return (
    present?.instances === wanted.instances &&
    present?.availableInstances === wanted.availableInstances &&
    (present?.conditions ?? []).some(
      ({ type, status, reason, message = '' }) =>
        type === condition?.type &&
        status === condition.status &&
        reason === condition.reason &&
        message === condition.message,
    )
  );
}
