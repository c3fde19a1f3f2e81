import type { Problem } from '@kubestellar/rules';

/** What has happened to an object whose last reconcile did not bring it where it should be. */
interface Trouble {
  problem: Problem;
  /** Failures in a row. */
  failures: number;
  shown: boolean;
}

/** What may pass by itself is told after so many failures in a row, which take less than a second. */
const TELL_AFTER = 3;

/** The objects that are in trouble, by their key in the work queue; nothing is kept of all others. */
export class Problems {
  readonly #troubles = new Map<string, Trouble>();
  /** Each message once: thousands of objects may have the same. */
  readonly #shared = new Map<string, Problem>();
  readonly #onChange: () => void;

  /** @param onChange called when what is to be told has changed */
  constructor(onChange: () => void) {
    this.#onChange = onChange;
  }

  /** Objects whose last reconcile failed, or left them otherwise than wanted. */
  get size(): number {
    return this.#troubles.size;
  }

  keys(): Iterable<string> {
    return this.#troubles.keys();
  }

  /** @returns what is to be told, by key */
  *shown(): Generator<[string, Problem]> {
    for (const [key, { problem, shown }] of this.#troubles) if (shown) yield [key, problem];
  }

  /** @param definite whether to tell at once, because the problem does not pass by itself */
  set(key: string, problem: Problem, definite: boolean): void {
    const before = this.#troubles.get(key);
    const failures = (before?.failures ?? 0) + 1;
    const shown = definite || before?.shown === true || failures >= TELL_AFTER;
    const shared = this.#share(problem);
    this.#troubles.set(key, { problem: shared, failures, shown });
    if (shown && !(before?.shown && before.problem === shared)) this.#onChange();
  }

  /** The object is as wanted. */
  delete(key: string): void {
    const before = this.#troubles.get(key);
    this.#troubles.delete(key);
    if (this.#troubles.size === 0) this.#shared.clear();
    if (before?.shown) this.#onChange();
  }

  #share(problem: Problem): Problem {
    const key = `${problem.reason}|${problem.message}`;
    const known = this.#shared.get(key);
    if (!known) this.#shared.set(key, problem);
    return known ?? problem;
  }
}
