import {
  type EdgePlacement,
  type SinglePlacement,
  type SinglePlacementSlice,
  SOURCE_PLACEMENT,
  sliceName,
} from '@kubestellar/api';
import { byPlace, destinationId } from './resolve.ts';

/** A slice holds at most so many destinations: no object grows without bound (design.md, decision 9). */
export const MAX_DESTINATIONS = 500;

/** Longest value that Kubernetes takes for a label. */
const MAX_LABEL = 63;

/** The changing part of a slice. */
export interface SliceContent {
  name: string;
  destinations: SinglePlacement[];
}

/**
 * Spreads destinations over slices. A destination that is in a slice already stays there, because slices
 * are not written all at once: moved, it would be gone for a moment, and its workload with it.
 *
 * @param existing the slices as they are, in any order
 * @param isTaken tells the names that another EdgePlacement's first slice has or will have
 * @returns the slices to write, the one with the EdgePlacement's own name first, and there even when empty
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

/** The slice as it is applied: label and owner reference lead back to its EdgePlacement. */
export function buildSlice(placement: EdgePlacement, content: SliceContent): SinglePlacementSlice {
  const { apiVersion, kind, metadata } = placement;
  return {
    apiVersion,
    kind: 'SinglePlacementSlice',
    metadata: {
      name: content.name,
      // A longer name is no label value; then the owner reference alone leads back.
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

/** By the number at the end of the names, the first slice's name having none. */
function byNumber(a: SliceContent, b: SliceContent): number {
  return a.name.length - b.name.length || (a.name < b.name ? -1 : 1);
}
