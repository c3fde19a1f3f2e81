import type { EdgePlacement } from '@kubestellar/api';
import { clusterOf, Index, keyOf } from '@kubestellar/kube';
import { overBudgetMessage, placementsOverBudget } from '@kubestellar/rules';

/** Knows for which EdgePlacements there is no room among those of their workspaces. */
export class TermBudget {
  /** To be kept up to date by an informer. */
  readonly placements = new Index<EdgePlacement>((placement) => [clusterOf(placement)]);
  /** Keys by cluster, as they were worked out last. */
  readonly #over = new Map<string, ReadonlySet<string>>();
  readonly #outdated = new Set<string>();
  /** The same, as `turned` has told them last. */
  readonly #told = new Map<string, ReadonlySet<string>>();

  /** An EdgePlacement of a workspace has changed. */
  changed(cluster: string): void {
    this.#outdated.add(cluster);
  }

  /** @returns why an EdgePlacement is not evaluated, or undefined when it is */
  problemOf(placement: EdgePlacement): string | undefined {
    return this.#overIn(clusterOf(placement)).has(keyOf(placement))
      ? overBudgetMessage(placement)
      : undefined;
  }

  /** @returns the keys of the EdgePlacements of a workspace for which that is another than when this was asked last */
  turned(cluster: string): string[] {
    const before = this.#told.get(cluster) ?? new Set();
    const now = this.#overIn(cluster);
    this.#told.set(cluster, now);
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
