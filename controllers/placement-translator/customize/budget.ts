/** What a customization may take. The amounts are counted and not timed, so that the same input always ends alike. */

/** A customization that takes more than its budget; the message is for the author of the object. */
export class BudgetError extends Error {
  override readonly name = 'BudgetError';
}

/** How much may be visited (values of the object, and steps of paths), and written (characters). */
export interface BudgetLimits {
  visits: number;
  written: number;
}

/** Enough for thirty looks at everything in an object as large as a server takes; some tenths of a second. */
const OBJECT_LIMITS: BudgetLimits = { visits: 1_000_000, written: 8_000_000 };

/** Nothing that is deeper can be brought to a cluster; our own recursion ends long before the stack does. */
const MAX_DEPTH = 1000;

/** What is left for one object on its way to one destination. */
export class Budget {
  readonly #limits: BudgetLimits;
  #visits = 0;
  #written = 0;

  constructor(limits: BudgetLimits = OBJECT_LIMITS) {
    this.#limits = limits;
  }

  /** Takes from the budget before so many values are looked at. @throws BudgetError */
  visit(values = 1): void {
    this.#visits += values;
    if (this.#visits > this.#limits.visits)
      throw new BudgetError(
        `its paths and parameters visit more than ${this.#limits.visits} values: use paths that select less, or fewer`,
      );
  }

  /** Takes from the budget before so many characters are put into the object. @throws BudgetError */
  write(characters: number): void {
    this.#written += characters;
    if (this.#written > this.#limits.written)
      throw new BudgetError(
        `its values and parameters put in more than ${this.#limits.written} characters: use smaller ones, or fewer`,
      );
  }

  /**
   * Visits everything in a value. Does not recurse: depth is what it guards against.
   * @throws BudgetError for one that is nested too deep
   */
  visitAll(root: unknown): void {
    let level: unknown[] = [root];
    for (let depth = 0; level.length > 0; depth++) {
      if (depth > MAX_DEPTH) throw new BudgetError(`it is nested deeper than ${MAX_DEPTH} levels`);
      this.visit(level.length);
      const below: unknown[] = [];
      for (const value of level) {
        if (typeof value !== 'object' || value === null) continue;
        for (const member of Object.values(value)) below.push(member);
      }
      level = below;
    }
  }
}
