import type { KubeObject } from '@kubestellar/api';
import type { InformerHandler } from './informer.ts';
import { keyOf } from './key.ts';

/**
 * Finds an informer's objects by something other than their key, such as their owner or a label.
 * Add it to the informer as its first handler, so that later handlers see it up to date.
 */
export class Index<T extends KubeObject> implements InformerHandler<T> {
  readonly #termsOf: (object: T) => readonly string[];
  readonly #byTerm = new Map<string, Map<string, T>>();

  /** @param termsOf terms under which an object is found; depends on nothing but the object */
  constructor(termsOf: (object: T) => readonly string[]) {
    this.#termsOf = termsOf;
  }

  /** @returns the objects found under `term` */
  get(term: string): readonly T[] {
    return [...(this.#byTerm.get(term)?.values() ?? [])];
  }

  /** @returns how many objects are found under `term` */
  count(term: string): number {
    return this.#byTerm.get(term)?.size ?? 0;
  }

  onAdd(object: T): void {
    for (const term of this.#termsOf(object)) {
      const found = this.#byTerm.get(term) ?? new Map<string, T>();
      this.#byTerm.set(term, found.set(keyOf(object), object));
    }
  }

  onUpdate(object: T, previous: T): void {
    this.onDelete(previous);
    this.onAdd(object);
  }

  onDelete(object: T): void {
    for (const term of this.#termsOf(object)) {
      const found = this.#byTerm.get(term);
      found?.delete(keyOf(object));
      if (found?.size === 0) this.#byTerm.delete(term);
    }
  }
}
