/**
 * A set of keys that are taken in turn from each flow (client-go's priority and fairness call a flow what
 * shares one fate, such as all work for one cluster): thousands of keys of one flow delay those of another
 * by one place only. Within a flow the first that came goes first.
 */
export class FairSet<Key extends string = string> {
  readonly #flowOf: (key: Key) => string;
  /** In the order in which flows have their turn. */
  readonly #flows = new Map<string, Set<Key>>();
  #size = 0;

  /** @param flowOf names the flow of a key */
  constructor(flowOf: (key: Key) => string) {
    this.#flowOf = flowOf;
  }

  /** Keys in all flows together. */
  get size(): number {
    return this.#size;
  }

  has(key: Key): boolean {
    return this.#flows.get(this.#flowOf(key))?.has(key) ?? false;
  }

  /** Puts a key at the end of its flow; one that is there keeps its place. */
  add(key: Key): void {
    const flow = this.#flowOf(key);
    const keys = this.#flows.get(flow);
    if (keys?.has(key)) return;
    if (keys) keys.add(key);
    else this.#flows.set(flow, new Set([key]));
    this.#size++;
  }

  /**
   * Takes out the next key that `accept` accepts, of a flow that `acceptFlow` accepts.
   * @returns undefined when there is none
   */
  take(accept: (key: Key) => boolean, acceptFlow: (flow: string) => boolean = () => true): Key | undefined {
    for (const [flow, keys] of this.#flows) {
      if (!acceptFlow(flow)) continue;
      for (const key of keys) {
        if (!accept(key)) continue;
        keys.delete(key);
        this.#size--;
        this.#flows.delete(flow);
        if (keys.size > 0) this.#flows.set(flow, keys);
        return key;
      }
    }
    return undefined;
  }

  clear(): void {
    this.#flows.clear();
    this.#size = 0;
  }
}
