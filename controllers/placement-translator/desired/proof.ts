import type { KubeObject } from '@kubestellar/api';
import { formatKey } from '@kubestellar/kube';
import { type LocalObject, sourceNameOf, sourceResourcesOf, type WatchedType } from '../keys.ts';
import type { State } from '../state.ts';
import { isUnresolved } from './evaluate.ts';
import { mayConcern } from './selection.ts';

/** Works out anew where a source object is wanted, and follows up on changes. */
export type Reevaluate = (type: WatchedType, source: KubeObject) => void;

/**
 * Whether it is certain that nobody wants an object in a mailbox: every workspace that could hold a source
 * is looked at once more, and nothing unknown stands for "unwanted". Only then may something be taken away.
 */
export function isProvenUnwanted(
  state: State,
  reevaluate: Reevaluate,
  mailbox: string,
  local: LocalObject,
): boolean {
  const { placements, watches, desired, catalog } = state;
  if (!placements.synced || !catalog.synced) return false;
  const resources = sourceResourcesOf(local.groupResource);
  for (const [cluster, resource] of pairs([...placements.clusters()], resources)) {
    const type = catalog.typeIn(cluster, resource);
    if (!type) continue;
    const watch = watches.of(type);
    if (!watch?.informer.synced) {
      if (mayComeFrom(state, cluster, type)) return false;
      continue;
    }
    const object = watch.informer.get(
      formatKey({ cluster, namespace: local.namespace, name: sourceNameOf(watch.type, local) }),
    );
    if (!object) continue;
    reevaluate(type, object);
    if (isUnresolved(state, type, object, mailbox)) return false;
  }
  return desired.in(mailbox, local).length === 0;
}

function pairs<A, B>(these: readonly A[], those: readonly B[]): [A, B][] {
  return these.flatMap((a) => those.map((b): [A, B] => [a, b]));
}

/** A type that no EdgePlacement of the workspace names is not watched for it, and need not be. */
function mayComeFrom(state: State, cluster: string, type: WatchedType): boolean {
  return state.placements.in(cluster).some(({ placement }) => mayConcern(placement.spec, type.resource));
}
