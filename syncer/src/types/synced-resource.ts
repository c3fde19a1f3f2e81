import {
  FIELD_MANAGERS,
  LAST_APPLIED,
  PROJECTED,
  PROJECTED_VALUE,
  type Unstructured,
} from '@kubestellar/api';
import { concernsOwner } from '@kubestellar/kube';
import type { WatchedResource } from './watched-resource.ts';

/** Selects the copies that the syncer keeps in the WEC. */
export const COPIES = `${PROJECTED}=${PROJECTED_VALUE}`;

/** One resource on its way down: what the mailbox workspace has of it, and the copies in the WEC. */
export interface SyncedResource {
  /** `<plural>.<group>`. */
  readonly id: string;
  /** Absent for leftovers: a resource that no config names, of which the WEC still has copies. */
  readonly mailbox: WatchedResource | undefined;
  readonly wec: WatchedResource;
}

/** What the syncer needs of a mailbox object; memory counts at thousands of objects. */
export function trimSource(object: Unstructured): Unstructured {
  delete object.metadata.managedFields;
  delete object.metadata.annotations?.[LAST_APPLIED];
  return object;
}

const CONCERNS_US = concernsOwner(FIELD_MANAGERS.syncer);

/** What the syncer needs of a WEC object: of managedFields its own, and who scales. */
export function trimCopy(object: Unstructured): Unstructured {
  object.metadata.managedFields = object.metadata.managedFields?.filter(CONCERNS_US);
  delete object.metadata.annotations?.[LAST_APPLIED];
  return object;
}
