import type { CopyKey, SourceKey } from '../keys.ts';

/** What one source object depends on, each thing with the copies of the source that depend on it. */
export type Dependencies = ReadonlyMap<string, ReadonlySet<CopyKey>>;

/** Finds the source objects, and those of their copies, that depend on something. */
export class Dependents {
  readonly #dependencies = new Map<SourceKey, Dependencies>();
  /** what is depended on → source → copies */
  readonly #dependents = new Map<string, Map<SourceKey, ReadonlySet<CopyKey>>>();

  /** Replaces what a source depends on. */
  set(source: SourceKey, dependencies: Dependencies): void {
    for (const on of this.dependenciesOf(source)) {
      const dependents = this.#dependents.get(on);
      dependents?.delete(source);
      if (dependents?.size === 0) this.#dependents.delete(on);
    }
    this.#dependencies.delete(source);
    if (dependencies.size > 0) this.#dependencies.set(source, dependencies);
    for (const [on, copies] of dependencies) {
      const dependents = this.#dependents.get(on) ?? new Map<SourceKey, ReadonlySet<CopyKey>>();
      this.#dependents.set(on, dependents.set(source, copies));
    }
  }

  /** @returns what a source depends on */
  dependenciesOf(source: SourceKey): Iterable<string> {
    return this.#dependencies.get(source)?.keys() ?? [];
  }

  /** @returns the sources that depend on it, each with its copies that do */
  of(on: string): ReadonlyMap<SourceKey, ReadonlySet<CopyKey>> {
    return this.#dependents.get(on) ?? new Map();
  }
}
