/**
 * A set of keys that are taken in turn from each flow (client-go's priority and fairness call a flow what
 * shares one fate, such as all work for one cluster): thousands of keys of one flow delay those of another
 * by one place only. Within a flow the first that came goes first. A key stays in the flow that it was added to, also
 * when it would be added to another one by then.
 */
export class FairSet<Key extends string = string> {
  readonly #flowOf: (key: Key) => string;
  /** In the order in which flows have their turn. */
  readonly #flows = new Map<string, Set<Key>>();
  /** The flow of each key. */
  readonly #flowByKey = new Map<Key, string>();

  /** @param flowOf names the flow of a key */
  constructor(flowOf: (key: Key) => string) {
    this.#flowOf = flowOf;
  }

  /** Keys in all flows together. */
  get size(): number {
    return this.#flowByKey.size;
  }

  has(key: Key): boolean {
    return this.#flowByKey.has(key);
  }

  /** Puts a key at the end of its flow; one that is there keeps its place. */
  add(key: Key): void {
    if (this.#flowByKey.has(key)) return;
    const flow = this.#flowOf(key);
    this.#flowByKey.set(key, flow);
    const keys = this.#flows.get(flow);
    if (keys) keys.add(key);
    else this.#flows.set(flow, new Set([key]));
  }

  /**
   * Takes out the next key that `accept` accepts, of a flow that `acceptFlow` accepts.
   * @returns the key and the flow that it was in; undefined when there is none
   */
  take(
    accept: (key: Key) => boolean,
    acceptFlow: (flow: string) => boolean = () => true,
  ): { key: Key; flow: string } | undefined {
    for (const [flow, keys] of this.#flows) {
      if (!acceptFlow(flow)) continue;
      for (const key of keys) {
        if (!accept(key)) continue;
        keys.delete(key);
        this.#flowByKey.delete(key);
        this.#flows.delete(flow);
        if (keys.size > 0) this.#flows.set(flow, keys);
        return { key, flow };
      }
    }
    return undefined;
  }

  clear(): void {
    this.#flows.clear();
    this.#flowByKey.clear();
  }
}
