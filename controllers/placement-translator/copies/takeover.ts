/** What a mailbox workspace has for itself, and no copy replaces; pure. */
import {
  FIELD_MANAGERS,
  groupResourceOf,
  type KubeObject,
  type ManagedFieldsEntry,
  NAMESPACES,
  type Resource,
  UPSYNCED,
} from '@kubestellar/api';
import { carriesOwnIdentity, type Problem, problem } from '@kubestellar/rules';
import { isProjected } from './projection.ts';

/**
 * Whether an object in the place of a copy belongs to the mailbox workspace, such as a syncer's ServiceAccount, or to
 * an administrator. A copy would overwrite it, and its deletion would follow with the end of the placement. What was
 * upsynced is not foreign, and neither is a copy whose label somebody has removed: its fields are still ours. A
 * Namespace only gets labels.
 */
export function isForeign(resource: Resource, present: KubeObject): boolean {
  if (groupResourceOf(resource) === groupResourceOf(NAMESPACES) || isProjected(present)) return false;
  // Entries of lists don't say of which kind they are.
  const named = { ...present, kind: resource.kind };
  return !carriesOwnIdentity(named, UPSYNCED) && ownEntries(present).length === 0;
}

/** @returns who of ours owns something of an object, without what: little enough to be cached for any object */
export function ownEntries({ metadata }: KubeObject): ManagedFieldsEntry[] {
  const own = metadata.managedFields?.filter(({ manager }) => manager === FIELD_MANAGERS.placementTranslator);
  return (own ?? []).map(({ manager, operation }) => ({ manager, operation }) as ManagedFieldsEntry);
}

/** @returns what the user of an object sees that has not been copied over a foreign one */
export function notOurs({ plural, group }: Resource): Problem {
  return problem(
    'NotOurs',
    `the mailbox workspace of the cluster has ${groupResourceOf({ plural, group })} of this name, which belongs to the ` +
      'core or to an administrator; nothing is copied. Give yours another name, or ask an administrator of the core to ' +
      'delete that one',
  );
}
