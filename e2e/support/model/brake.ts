/** What the model knows of removals that may await approval (docs/rules.md). */
import { CLUSTERS, type Cluster, type Model, type Placement, type Wmw } from './model.ts';

/** More copies than this in one cluster, and a larger share of all, await approval. */
const THRESHOLD = { copies: 10, share: 0.2 };

interface Past {
  /** Locations that it has led to. */
  locations: Set<string>;
  /** What it has placed, of what no user has deleted since, by cluster. */
  placed: Map<Cluster, Set<string>>;
}

/**
 * Follows what each EdgePlacement has placed. On real servers some states are never seen, and others that users pass in
 * no time are, so it tells which EdgePlacements may have removals that await approval, not which must have.
 */
export class BrakeRule {
  readonly #past = new Map<string, Past>();
  readonly #may = new Set<string>();
  /** What awaited approval, and should not have. */
  readonly unexpected: string[] = [];

  /** Takes up what the last operation has led to. */
  follow(model: Model): void {
    for (const key of this.#past.keys()) {
      if (model.placements.has(key)) continue;
      this.#past.delete(key);
      this.#may.delete(key);
    }
    for (const [key, placement] of model.placements) this.#followOne(key, placement, model);
  }

  /** Whether removals of an EdgePlacement may await approval. */
  mayAwait(wmw: Wmw, name: string): boolean {
    return this.#may.has(`${wmw} ${name}`);
  }

  #followOne(key: string, placement: Placement & { wmw: Wmw }, model: Model): void {
    const past = this.#past.get(key) ?? { locations: new Set<string>(), placed: new Map() };
    this.#past.set(key, past);
    const locations = new Set(model.destinationsOf(placement));
    for (const location of locations) past.locations.add(location);
    let isMany = false;
    for (const cluster of CLUSTERS) {
      const now = new Set(model.placedBy(placement, cluster));
      const before = past.placed.get(cluster) ?? new Set();
      const left = [...before].filter((object) => model.objects.has(object) && !now.has(object));
      past.placed.set(cluster, new Set([...now, ...left]));
      isMany ||= left.length > THRESHOLD.copies && left.length > THRESHOLD.share * (now.size + left.length);
    }
    const hasLostLocation = [...past.locations].some((location) => !locations.has(location));
    if (placement.removals === 'Immediate') this.#may.delete(key);
    else if (hasLostLocation || isMany) this.#may.add(key);
  }
}
