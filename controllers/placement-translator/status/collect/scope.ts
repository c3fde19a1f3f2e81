/** What the expressions of StatusCollectors know of an object on each of its clusters; pure. */
import type { KubeObject } from '@kubestellar/api';
// Not all of the client layer: this runs in the processes of evaluation, too.
import { compareText } from '@kubestellar/kube/compare-text';
import type { ClusterFact } from '../combined/object-status.ts';
import { type Scope, toCel } from './expression.ts';

const STATES = { applied: 'Applied', pending: 'Pending', unknown: 'Unknown' } as const;

/** @returns one scope for each cluster, in the order of the names of their Locations */
export function scopesOf(object: KubeObject, facts: readonly ClusterFact[]): Scope[] {
  const obj = toCel(withoutBookkeeping(object));
  return [...facts]
    .sort((a, b) => compareText(a.location, b.location))
    .map(({ location, labels, state, available, copy }) => {
      const { reason, message } = typeof state === 'string' ? { reason: '', message: '' } : state;
      const propagation = {
        state: typeof state === 'string' ? STATES[state] : 'Failing',
        reason,
        message,
        available: available ?? state === 'applied',
      };
      const inventory = { name: location, labels };
      const returned = copy ? toCel(withoutBookkeeping(copy)) : {};
      return { obj, returned, inventory, propagation };
    });
}

/** @returns the object without what is of no use to expressions */
export function withoutBookkeeping(object: KubeObject): KubeObject {
  const { managedFields: _, ...metadata } = object.metadata;
  return { ...object, metadata };
}
