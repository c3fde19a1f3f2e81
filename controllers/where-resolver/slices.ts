import {
  type EdgePlacement,
  type SinglePlacement,
  type SinglePlacementSlice,
  SOURCE_PLACEMENT,
  sliceName,
} from '@kubestellar/api';
import { byPlace, destinationId } from './resolve.ts';

/** Limit of destinations per slice: no object grows without bound (docs/decisions/0012-no-object-grows.md). */
export const MAX_DESTINATIONS = 500;

/** Longest value that Kubernetes accepts for a label. */
const MAX_LABEL = 63;

/** The changing part of a slice. */
export interface SliceContent {
  name: string;
  destinations: SinglePlacement[];
}

/**
 * Distributes destinations over slices. A destination that already is in a slice stays there, because slices are not
 * written all at once: if it moved, it would be missing for a moment, and its workload would be withdrawn.
 *
 * @param existing the slices as they are, in any order
 * @param isTaken whether another EdgePlacement's first slice has, or will have, the name
 * @returns the slices to write; the first has the EdgePlacement's own name and exists even when empty
 */
export function distribute(
  placement: string,
  wanted: readonly SinglePlacement[],
  existing: readonly SliceContent[],
  isTaken: (name: string) => boolean,
  limit = MAX_DESTINATIONS,
): SliceContent[] {
  const left = new Map(wanted.map((destination) => [destinationId(destination), destination]));
  const take = ({ name, destinations }: SliceContent): SliceContent => {
    const ids = [...new Set(destinations.map(destinationId))].filter((id) => left.has(id)).slice(0, limit);
    const kept = ids.flatMap((id) => left.get(id) ?? []);
    for (const id of ids) left.delete(id);
    return { name, destinations: kept };
  };
  const first = existing.find(({ name }) => name === placement) ?? { name: placement, destinations: [] };
  const further = existing.filter(({ name }) => name !== placement && !isTaken(name));
  const slices = [first, ...further].sort(byNumber).map(take);
  const rest = [...left.values()].sort(byPlace);
  for (const slice of slices) slice.destinations.push(...rest.splice(0, limit - slice.destinations.length));
  const used = new Set(existing.map(({ name }) => name));
  for (let n = 1; rest.length > 0; n++) {
    const name = sliceName(placement, n);
    if (!used.has(name) && !isTaken(name)) slices.push({ name, destinations: rest.splice(0, limit) });
  }
  for (const slice of slices) slice.destinations.sort(byPlace);
  return slices
    .filter(({ name, destinations }) => name === placement || destinations.length > 0)
    .sort(byNumber);
}

/** The slice to apply: label and owner reference identify its EdgePlacement. */
export function buildSlice(placement: EdgePlacement, content: SliceContent): SinglePlacementSlice {
  const { apiVersion, kind, metadata } = placement;
  return {
    apiVersion,
    kind: 'SinglePlacementSlice',
    metadata: {
      name: content.name,
      // A longer name is no valid label value; then only the owner reference identifies it.
      ...(metadata.name.length <= MAX_LABEL ? { labels: { [SOURCE_PLACEMENT]: metadata.name } } : {}),
      ownerReferences: [{ apiVersion, kind, name: metadata.name, uid: metadata.uid ?? '' }],
    },
    destinations: content.destinations,
  };
}

/** @returns the name of the EdgePlacement that a slice belongs to */
export function placementOf({ metadata }: SinglePlacementSlice): string {
  const owner = metadata.ownerReferences?.find(({ kind }) => kind === 'EdgePlacement');
  return owner?.name ?? metadata.labels?.[SOURCE_PLACEMENT] ?? metadata.name;
}

/** By the number at the end of the names; the first slice's name has none. */
function byNumber(a: SliceContent, b: SliceContent): number {
  return a.name.length - b.name.length || (a.name < b.name ? -1 : 1);
}
