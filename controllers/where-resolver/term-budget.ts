import type { EdgePlacement } from '@kubestellar/api';
import { clusterOf, Index, keyOf } from '@kubestellar/kube';
import { overBudgetMessage, placementsOverBudget } from '@kubestellar/rules';

/** Knows which EdgePlacements exceed the limit of selector terms of their workspace. */
export class TermBudget {
  /** An informer keeps it up to date. */
  readonly placements = new Index<EdgePlacement>((placement) => [clusterOf(placement)]);
  /** Keys by cluster, as last computed. */
  readonly #over = new Map<string, ReadonlySet<string>>();
  readonly #outdated = new Set<string>();
  /** The same, as `takeChanged` last returned them. */
  readonly #taken = new Map<string, ReadonlySet<string>>();

  /** Records a change of an EdgePlacement of a workspace. */
  changed(cluster: string): void {
    this.#outdated.add(cluster);
  }

  /** @returns why an EdgePlacement is not evaluated, or undefined when it is */
  problemOf(placement: EdgePlacement): string | undefined {
    return this.#overIn(clusterOf(placement)).has(keyOf(placement))
      ? overBudgetMessage(placement)
      : undefined;
  }

  /** @returns the keys of the EdgePlacements of a workspace for which that has changed since the last call */
  takeChanged(cluster: string): string[] {
    const before = this.#taken.get(cluster) ?? new Set();
    const now = this.#overIn(cluster);
    this.#taken.set(cluster, now);
    return [...new Set([...before, ...now])].filter((key) => before.has(key) !== now.has(key));
  }

  #overIn(cluster: string): ReadonlySet<string> {
    const known = this.#over.get(cluster);
    if (known && !this.#outdated.has(cluster)) return known;
    this.#outdated.delete(cluster);
    const over = new Set([...placementsOverBudget(this.placements.get(cluster))].map(keyOf));
    this.#over.set(cluster, over);
    return over;
  }
}
