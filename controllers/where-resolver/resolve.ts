import type { EdgePlacement, LabelSelector, Location, SinglePlacement, SyncTarget } from '@kubestellar/api';
import { clusterOf } from '@kubestellar/kube';
import { InvalidSelectorError, matchesSelector } from '@kubestellar/rules';

/** What can be selected: all Locations, and the SyncTargets behind each. */
export interface Inventory {
  locations(): Iterable<Location>;
  /** The SyncTargets of the Location's own workspace that its instanceSelector selects. */
  listInstances(location: Location): Instances;
}

/** `problem` is the reason why the selector is invalid; then `targets` are all that it might select. */
export interface Instances {
  targets: readonly SyncTarget[];
  problem?: string | undefined;
}

/** The destinations of an EdgePlacement, and which of them are undecided. */
export interface Resolution {
  /** Sorted by workspace, Location and SyncTarget. */
  destinations: SinglePlacement[];
  /** Ids of destinations that an invalid selector may or may not select. */
  undecided: Set<string>;
  matchingLocations: number;
  /** One sentence for each invalid selector. */
  problems: string[];
}

/**
 * Resolves an EdgePlacement (docs/rules.md, semantics 2.1): each Location that one of its locationSelectors matches,
 * paired with each SyncTarget that the Location selects. Invalid selectors are reported, and the valid ones still
 * count.
 * @param tooMuch why none of its selectors is evaluated; undefined when they are
 */
export function resolve(placement: EdgePlacement, inventory: Inventory, tooMuch?: string): Resolution {
  const { selectors, problems } = tooMuch
    ? { selectors: [], problems: [tooMuch] }
    : checkSelectors(placement);
  const unsure = problems.length > 0;
  const destinations: SinglePlacement[] = [];
  const undecided = new Set<string>();
  let matchingLocations = 0;
  for (const location of inventory.locations()) {
    const matches = selectors.some((selector) => matchesSelector(selector, location.metadata.labels));
    if (matches) matchingLocations++;
    else if (!unsure) continue;
    const { targets, problem } = inventory.listInstances(location);
    const found = targets.map((target) => destinationOf(location, target));
    if (matches && !problem) {
      destinations.push(...found);
      continue;
    }
    if (matches && problem) problems.push(problem);
    for (const destination of found) undecided.add(destinationId(destination));
  }
  return { destinations: destinations.sort(byPlace), undecided, matchingLocations, problems };
}

/**
 * The destinations to write: the selected ones, and former ones that cannot be decided now. Workload is never
 * withdrawn from a cluster because somebody mistyped a selector.
 */
export function keepUndecided(resolution: Resolution, current: Iterable<SinglePlacement>): SinglePlacement[] {
  const { destinations, undecided } = resolution;
  const decided = new Set(destinations.map(destinationId));
  const kept = [...current].filter((destination) => {
    const id = destinationId(destination);
    return undecided.has(id) && !decided.has(id);
  });
  return [...destinations, ...kept].sort(byPlace);
}

/** Identifies a destination within an EdgePlacement; a recreated SyncTarget is another destination. */
export function destinationId({ cluster, locationName, syncTargetUID }: SinglePlacement): string {
  return `${cluster}|${locationName}|${syncTargetUID}`;
}

/** The order of destinations, in which equal sets make equal slices. */
export function byPlace(a: SinglePlacement, b: SinglePlacement): number {
  return (
    compare(a.cluster, b.cluster) ||
    compare(a.locationName, b.locationName) ||
    compare(a.syncTargetName, b.syncTargetName) ||
    compare(a.syncTargetUID, b.syncTargetUID)
  );
}

/** @returns why a selector is invalid, or undefined when Kubernetes would accept it */
export function selectorProblem(selector: LabelSelector | undefined): string | undefined {
  try {
    matchesSelector(selector, {});
    return undefined;
  } catch (error) {
    if (error instanceof InvalidSelectorError) return error.message;
    throw error;
  }
}

/** The valid locationSelectors of an EdgePlacement, and the problems of the others. */
export function checkSelectors(placement: EdgePlacement): { selectors: LabelSelector[]; problems: string[] } {
  const selectors: LabelSelector[] = [];
  const problems: string[] = [];
  for (const [index, selector] of (placement.spec?.locationSelectors ?? []).entries()) {
    const problem = selectorProblem(selector);
    if (problem) problems.push(`spec.locationSelectors[${index}]: ${problem}`);
    else selectors.push(selector);
  }
  return { selectors, problems };
}

function destinationOf(location: Location, target: SyncTarget): SinglePlacement {
  return {
    cluster: clusterOf(location),
    locationName: location.metadata.name,
    syncTargetName: target.metadata.name,
    syncTargetUID: target.metadata.uid ?? '',
  };
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
