import type { EdgePlacement, SinglePlacementSlice } from '@kubestellar/api';
import type { RequeueAfter } from '@kubestellar/kube';
import { type Inventory, keepUndecided, type Resolution, resolve } from './resolve.ts';
import { buildSlice, distribute, MAX_DESTINATIONS, placementOf } from './slices.ts';

/** What the reconcile reads and does, as functions so that tests need no server. */
export interface Dependencies {
  inventory: Inventory;
  /** Why the selectors of an EdgePlacement are not evaluated; undefined when they are. */
  tooMuch(placement: EdgePlacement): string | undefined;
  placement(key: string): EdgePlacement | undefined;
  /** The EdgePlacement of this name in the workspace of another one. */
  sibling(placement: EdgePlacement, name: string): EdgePlacement | undefined;
  /** The slices of the EdgePlacement as last seen by the watch. */
  slicesOf(placement: EdgePlacement): readonly SinglePlacementSlice[];
  /** The same, as the server has them now. */
  readSlicesOf(placement: EdgePlacement): Promise<readonly SinglePlacementSlice[]>;
  /** The slice of this name, of whichever EdgePlacement. */
  slice(placement: EdgePlacement, name: string): SinglePlacementSlice | undefined;
  applySlice(placement: EdgePlacement, slice: SinglePlacementSlice): Promise<void>;
  deleteSlice(placement: EdgePlacement, slice: SinglePlacementSlice): Promise<void>;
  report(placement: EdgePlacement, resolution: Resolution): Promise<void>;
  /** Triggers the reconcile of another EdgePlacement. */
  enqueue(placement: EdgePlacement): void;
}

/** How long to wait until another EdgePlacement has released a slice name (milliseconds). */
const NAME_TAKEN = 200;

/**
 * Makes the slices of one EdgePlacement hold exactly its destinations, and its status report them. The slices of a
 * deleted EdgePlacement are left to the server's garbage collector, which knows for sure that their owner is deleted.
 */
export async function reconcile(key: string, deps: Dependencies): Promise<RequeueAfter | undefined> {
  const placement = deps.placement(key);
  if (!placement || placement.metadata.deletionTimestamp) return undefined;
  const resolution = resolve(placement, deps.inventory, deps.tooMuch(placement));
  const existing = await currentSlices(placement, resolution, deps);
  const wanted = keepUndecided(
    resolution,
    existing.flatMap(({ destinations }) => destinations),
  );
  const { name } = placement.metadata;
  const isTaken = (slice: string) => slice !== name && deps.sibling(placement, slice) !== undefined;
  const slices = distribute(name, wanted, existing.map(contentOf), isTaken);

  const holder = holderOfFirst(placement, deps);
  if (holder) {
    deps.enqueue(holder);
    return { requeueAfter: NAME_TAKEN };
  }
  for (const content of slices) await deps.applySlice(placement, buildSlice(placement, content));
  const surplus = existing.filter((slice) => !slices.some((each) => each.name === slice.metadata.name));
  for (const slice of surplus) await deps.deleteSlice(placement, slice);
  await deps.report(placement, resolution);
  return undefined;
}

/** Where destinations could move between slices, an outdated cache could lose one, so the server is read. */
async function currentSlices(placement: EdgePlacement, resolution: Resolution, deps: Dependencies) {
  const seen = deps.slicesOf(placement);
  const several = seen.length > 1 || resolution.destinations.length > MAX_DESTINATIONS;
  return several ? deps.readSlicesOf(placement) : seen;
}

/** The other EdgePlacement, if any, one of whose further slices still has the name of our first. */
function holderOfFirst(placement: EdgePlacement, deps: Dependencies): EdgePlacement | undefined {
  const { name } = placement.metadata;
  const slice = deps.slice(placement, name);
  const owner = slice ? placementOf(slice) : name;
  return owner === name ? undefined : deps.sibling(placement, owner);
}

function contentOf({ metadata, destinations }: SinglePlacementSlice) {
  return { name: metadata.name, destinations };
}
