/** What the mailbox workspace says about one object, as far as that is known; pure. */
import { groupResourceOf, NAMESPACES, type Unstructured } from '@kubestellar/api';
import { isSystemObject } from '@kubestellar/rules';
import { cameUp } from '../came-up.ts';
import type { Wanted } from '../config/wanted.ts';

/** What the configs say at present. */
export interface Plan {
  readonly wanted: Wanted;
  /** Whether an object that no config names is known to be wanted no more. */
  readonly proveAbsence: boolean;
}

/** What is to be true of one object in the WEC. */
export type Intent =
  /** It is to be a copy of `source`. */
  | { want: 'copy'; source: Unstructured }
  /** It is a Namespace that others need: it has to exist, whatever it looks like. */
  | { want: 'existence' }
  /** Our copy, if there is one, has to go. */
  | { want: 'absence' }
  /** Not enough is known, or it is none of our business. */
  | { want: 'nothing' };

const NAMESPACE = groupResourceOf(NAMESPACES);

/** What the syncer has cached of one resource in the mailbox workspace. */
export interface MailboxView {
  /** Whether the cache is complete, so that what is not in it does not exist. */
  readonly synced: boolean;
  get(namespace: string, name: string): Unstructured | undefined;
}

/**
 * Tells what is to be true of one object in the WEC.
 * @param resource `<plural>.<group>`
 * @param mailbox undefined when the resource is not watched there
 */
export function intentFor(
  resource: string,
  mailbox: MailboxView | undefined,
  namespace: string,
  name: string,
  plan: Plan,
): Intent {
  if (resource === NAMESPACE) return intentForNamespace(mailbox, name, plan);
  if (!plan.wanted.includes(resource, namespace, name)) {
    return plan.proveAbsence ? { want: 'absence' } : { want: 'nothing' };
  }
  if (!mailbox?.synced) return { want: 'nothing' };
  const source = existing(mailbox, namespace, name);
  // Who keeps the list takes from it what is no longer wanted; until then the source is only missing.
  if (!source && !plan.wanted.includesByPeople(resource, namespace, name)) return { want: 'nothing' };
  const travels = source && maySend(source, plan.wanted.includesByName(resource, namespace, name));
  return travels ? { want: 'copy', source } : { want: 'absence' };
}

/**
 * A Namespace outlives its being wanted: who knows what else lives in it. It goes when it is gone from the
 * mailbox workspace (docs/rules.md, syncer 4.4) and nothing in it is wanted.
 */
function intentForNamespace(mailbox: MailboxView | undefined, name: string, plan: Plan): Intent {
  if (!mailbox?.synced) return { want: 'nothing' };
  const source = existing(mailbox, '', name);
  if (!source) {
    const isListed = plan.wanted.includes(NAMESPACE, '', name) || plan.wanted.namespaces.has(name);
    return plan.proveAbsence && !isListed ? { want: 'absence' } : { want: 'nothing' };
  }
  if (plan.wanted.includes(NAMESPACE, '', name)) return { want: 'copy', source };
  return plan.wanted.namespaces.has(name) ? { want: 'existence' } : { want: 'nothing' };
}

/** An object that is being deleted is as good as gone: its copy need not wait for finalizers up there. */
function existing(mailbox: MailboxView, namespace: string, name: string): Unstructured | undefined {
  const source = mailbox.get(namespace, name);
  return source?.metadata.deletionTimestamp ? undefined : source;
}

/** What came up from the WEC doesn't go down again; what every server makes for itself only if named. */
function maySend(source: Unstructured, named: boolean): boolean {
  return !cameUp(source) && (named || !isSystemObject(source));
}
