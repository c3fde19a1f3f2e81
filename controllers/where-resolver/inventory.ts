import type { Location, SyncTarget } from '@kubestellar/api';
import { clusterOf, Index, type Informer } from '@kubestellar/kube';
import { matchesSelector } from '@kubestellar/rules';
import { type Instances, type Inventory, selectorProblem } from './resolve.ts';

/**
 * The Locations and SyncTargets of all workspaces, indexed by label. Without the index, the work for a workspace with
 * thousands of pairs would grow with the square of their number.
 */
export class InformedInventory implements Inventory {
  readonly #locations: Informer<Location>;
  readonly #locationsByLabel = new Index<Location>((location) => [selectorTerm(location)]);
  readonly #targetsByLabel = new Index<SyncTarget>((target) => [anyTerm(target), ...labelTerms(target)]);

  constructor(locations: Informer<Location>, syncTargets: Informer<SyncTarget>) {
    this.#locations = locations.addHandler(this.#locationsByLabel);
    syncTargets.addHandler(this.#targetsByLabel);
  }

  *locations(): Iterable<Location> {
    for (const location of this.#locations.list()) if (!location.metadata.deletionTimestamp) yield location;
  }

  listInstances(location: Location): Instances {
    const selector = location.spec?.instanceSelector;
    const invalid = selectorProblem(selector);
    const candidates = invalid ? this.#targetsByLabel.get(anyTerm(location)) : this.#candidates(location);
    const present = candidates.filter((target) => !target.metadata.deletionTimestamp);
    if (!invalid)
      return { targets: present.filter((target) => matchesSelector(selector, target.metadata.labels)) };
    const where = `Location "${location.metadata.name}" in workspace ${clusterOf(location)}`;
    return { targets: present, problem: `${where}: spec.instanceSelector: ${invalid}` };
  }

  /** The Locations that select this SyncTarget, and those that may, because their selector is invalid. */
  listLocationsOf(target: SyncTarget): Location[] {
    const terms = [anyTerm(target), ...labelTerms(target)];
    return terms
      .flatMap((term) => this.#locationsByLabel.get(term))
      .filter((location) => {
        const selector = location.spec?.instanceSelector;
        return selectorProblem(selector) !== undefined || matchesSelector(selector, target.metadata.labels);
      });
  }

  /** The SyncTargets with the rarest of the labels that the Location requires. */
  #candidates(location: Location): readonly SyncTarget[] {
    const cluster = clusterOf(location);
    const wanted = Object.entries(location.spec?.instanceSelector?.matchLabels ?? {});
    const terms = wanted.map(([key, value]) => labelTerm(cluster, key, value));
    let rarest = anyTerm(location);
    for (const term of terms) {
      if (this.#targetsByLabel.count(term) < this.#targetsByLabel.count(rarest)) rarest = term;
    }
    return this.#targetsByLabel.get(rarest);
  }
}

/** A label that every SyncTarget of the Location must have; the workspace when there is none. */
function selectorTerm(location: Location): string {
  const [first] = Object.entries(location.spec?.instanceSelector?.matchLabels ?? {});
  if (!first || selectorProblem(location.spec?.instanceSelector)) return anyTerm(location);
  return labelTerm(clusterOf(location), ...first);
}

function labelTerms(target: SyncTarget): string[] {
  const cluster = clusterOf(target);
  return Object.entries(target.metadata.labels ?? {}).map(([key, value]) => labelTerm(cluster, key, value));
}

function labelTerm(cluster: string, key: string, value: string): string {
  return `${cluster}|${key}=${value}`;
}

function anyTerm(object: Location | SyncTarget): string {
  return `${clusterOf(object)}|`;
}
