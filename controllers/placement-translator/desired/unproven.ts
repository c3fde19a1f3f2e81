/**
 * The keys of one queue whose reconcile has answered that something stays only for want of proof. They are looked at
 * again as soon as more is known, also when that was while they were reconciled.
 */
export class UnprovenKeys<Key extends string> {
  readonly #enqueue: (key: Key) => void;
  readonly #keys = new Set<Key>();
  #knowledge = 0;

  constructor(enqueue: (key: Key) => void) {
    this.#enqueue = enqueue;
  }

  /** What is known now: to be read before a reconcile begins, and handed to `add` after it. */
  get knowledge(): number {
    return this.#knowledge;
  }

  /** @param since what was known when the reconcile began */
  add(key: Key, since: number): void {
    if (since === this.#knowledge) this.#keys.add(key);
    else this.#enqueue(key);
  }

  /** More is known than before. */
  retry(): void {
    this.#knowledge++;
    const keys = [...this.#keys];
    this.#keys.clear();
    for (const key of keys) this.#enqueue(key);
  }
}
