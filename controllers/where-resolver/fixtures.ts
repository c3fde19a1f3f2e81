/** Objects for the tests of this folder. */
import type { EdgePlacement, LabelSelector, Location, SinglePlacement, SyncTarget } from '@kubestellar/api';
import type { InformerHandler } from '@kubestellar/kube';
import { InformedInventory } from './inventory.ts';

const apiVersion = 'edge.kubestellar.io/v2alpha1';
type Labels = { [key: string]: string };

/** An EdgePlacement in workspace `wmw` with these locationSelectors. */
export function placement(name: string, ...locationSelectors: LabelSelector[]): EdgePlacement {
  const metadata = { name, uid: `uid-${name}`, generation: 1, annotations: { 'kcp.io/cluster': 'wmw' } };
  return { apiVersion, kind: 'EdgePlacement', metadata, spec: { locationSelectors } };
}

/** A Location in an IMW. */
export function location(
  cluster: string,
  name: string,
  labels: Labels,
  instanceSelector?: LabelSelector,
): Location {
  const resource = { version: 'v2alpha1', resource: 'synctargets' } as const;
  return {
    apiVersion,
    kind: 'Location',
    metadata: { name, uid: `uid-${name}`, labels, annotations: { 'kcp.io/cluster': cluster } },
    spec: { resource, ...(instanceSelector ? { instanceSelector } : {}) },
  };
}

/** A SyncTarget in an IMW. */
export function syncTarget(cluster: string, name: string, labels: Labels): SyncTarget {
  const metadata = { name, uid: `uid-${name}`, labels, annotations: { 'kcp.io/cluster': cluster } };
  return { apiVersion, kind: 'SyncTarget', metadata };
}

/** The pair that `ensure location` creates. */
export function pair(cluster: string, name: string, labels: Labels): [Location, SyncTarget] {
  return [
    location(cluster, name, labels, { matchLabels: { id: name } }),
    syncTarget(cluster, name, { ...labels, id: name }),
  ];
}

/** The destination of such a pair. */
export function destination(cluster: string, name: string): SinglePlacement {
  return { cluster, locationName: name, syncTargetName: name, syncTargetUID: `uid-${name}` };
}

/** An inventory with the contents of informers. */
export function inventory(
  locations: readonly Location[],
  syncTargets: readonly SyncTarget[],
): InformedInventory {
  return new InformedInventory(informed(locations) as never, informed(syncTargets) as never);
}

function informed<T>(objects: readonly T[]) {
  const informer = {
    list: () => objects.values(),
    addHandler(handler: InformerHandler<T>) {
      for (const object of objects) handler.onAdd?.(object);
      return informer;
    },
  };
  return informer;
}
