import type { KubeObject } from '@kubestellar/api';
import { type Problem, problem } from '@kubestellar/rules';
import type { Evaluator } from '../evaluation/evaluator.ts';
import { type CustomizeJob, type Results, runCustomize } from '../evaluation/jobs.ts';
import type { SourceKey } from '../keys.ts';
import { Budget, BudgetError } from './budget.ts';
import { customizable, sourceDigest } from './digest.ts';
import { expand } from './parameters.ts';
import type { Plan } from './plan.ts';
import { type Origin, Quarantine, type Quarantined } from './quarantine.ts';
import { isPlainPath } from './query.ts';

/** An object that is to be customized. */
export interface CustomizedSource {
  id: SourceKey;
  /** The cluster of its workspace. */
  workspace: string;
  /** As the cache has it. */
  object: KubeObject;
  isPartial: boolean;
  /** Reads it in full; undefined when it is gone. */
  full(): Promise<KubeObject | undefined>;
}

/** The customized object with what could not be done; or why it is not to be customized. */
export type CustomizedResult = Results['customize'] | { quarantined: Quarantined };

/** Small and simple customizations are made at once: that costs less than to ask a worker. */
const INLINE = { visits: 20_000, written: 100_000 };
const MAX_INLINE_REPLACEMENTS = 50;
/** Characters of results that are kept, for further destinations and for when a copy is looked at again. */
const MAX_KEPT = 16_000_000;

/**
 * Makes objects as their destinations get them. What could take long is left to the workers; what takes more than
 * it may is not tried again before something of it changes.
 */
export class Customized {
  readonly #evaluator: Evaluator;
  readonly #onChange: (source: SourceKey) => void;
  readonly #quarantine: Quarantine;
  readonly #results = new Map<string, { result: Results['customize']; size: number }>();
  readonly #running = new Map<string, Promise<CustomizedResult | undefined>>();
  #kept = 0;

  /**
   * @param parametersOf finds the digest of the parameters of a Location (its key)
   * @param onChange told that a source was put into quarantine, or released
   */
  constructor(
    evaluator: Evaluator,
    parametersOf: (location: string) => string | undefined,
    onChange: (source: SourceKey) => void,
  ) {
    this.#evaluator = evaluator;
    this.#quarantine = new Quarantine(parametersOf);
    this.#onChange = onChange;
  }

  /** @returns why a source is not customized, for its CombinedStatus */
  problemOf(source: SourceKey): Problem | undefined {
    const found = this.#quarantine.get(source);
    return found && problem('OverBudget', messageOf(found));
  }

  /** The source asks for no customization (any more). */
  forget(source: SourceKey): void {
    if (this.#quarantine.release(source)) this.#onChange(source);
  }

  /**
   * @param mayWait whether to wait for a worker, should one be needed
   * @returns the object as the plan has it; `later` when a worker is needed, undefined when the object is gone
   * @throws Error when it is to be tried again
   */
  async make(
    source: CustomizedSource,
    task: NonNullable<Plan['task']>,
    from: Plan['from'],
    mayWait: boolean,
  ): Promise<CustomizedResult | 'later' | undefined> {
    const origin = { source: sourceDigest(source.object, source.isPartial), ...from };
    const wasKnown = this.#quarantine.get(source.id) !== undefined;
    const quarantined = this.#quarantine.find(source.id, source.object, origin);
    if (quarantined && !wasKnown) this.#onChange(source.id);
    if (quarantined) return { quarantined };
    const key = [source.id, ...Object.values({ ...origin, location: '' })].join(' ');
    const known = this.#results.get(key)?.result ?? this.#running.get(key);
    if (known instanceof Promise && !mayWait) return 'later';
    if (known) return known;
    const isSimple = isInline(task);
    if (!isSimple && !mayWait) return 'later';
    const full = await source.full();
    if (!full) return undefined;
    const job: CustomizeJob = { kind: 'customize', object: customizable(full), ...task };
    const result = isSimple ? makeInline(job) : undefined;
    if (result) {
      this.#succeeded(source, origin);
      return result;
    }
    if (!mayWait) return 'later';
    const running = this.#running.get(key) ?? this.#evaluate(source, job, origin, key);
    this.#running.set(key, running);
    return running.finally(() => this.#running.delete(key));
  }

  async #evaluate(
    source: CustomizedSource,
    job: CustomizeJob,
    origin: Origin,
    key: string,
  ): Promise<CustomizedResult> {
    const outcome = await this.#evaluator.evaluate(source.workspace, job);
    if ('result' in outcome) {
      this.#keep(key, outcome.result);
      this.#succeeded(source, origin);
      return outcome.result;
    }
    const quarantined = this.#quarantine.strike(source.id, origin, outcome.over, outcome.isCertain);
    if (!quarantined)
      throw new Error(`the customization of ${source.id} was ended and is tried again: ${outcome.over}`);
    this.#onChange(source.id);
    return { quarantined };
  }

  /** For one destination; for another one it may have taken too much meanwhile, and that still holds. */
  #succeeded({ id, object }: CustomizedSource, origin: Origin): void {
    if (!this.#quarantine.find(id, object, origin)) this.forget(id);
  }

  /** Those that were not asked for longest make room. */
  #keep(key: string, result: Results['customize']): void {
    const size = JSON.stringify(result.object).length;
    this.#kept += size - (this.#results.get(key)?.size ?? 0);
    this.#results.delete(key);
    this.#results.set(key, { result, size });
    for (const [oldest, { size: freed }] of this.#results) {
      if (this.#kept <= MAX_KEPT || oldest === key) break;
      this.#results.delete(oldest);
      this.#kept -= freed;
    }
  }
}

/** @returns the sentence that the annotation and the CombinedStatus have */
export function messageOf({ message }: Quarantined): string {
  return `customization takes more than it may: ${message}; the clusters keep what they have until the object, its Customizer or the parameters change`;
}

/** Whether what a task costs can be told from its length: names and indices only, and few of them. */
export function isInline({ replacements, parameters }: NonNullable<Plan['task']>): boolean {
  if (replacements.length > MAX_INLINE_REPLACEMENTS) return false;
  const names = parameters && new Map(parameters);
  const budget = new Budget(INLINE);
  try {
    return replacements.every(({ path }) => isPlainPath(names ? expand(path, names, budget) : path));
  } catch (error) {
    if (error instanceof BudgetError) return false;
    throw error;
  }
}

/** @returns undefined when it takes more than a moment */
function makeInline(job: CustomizeJob): Results['customize'] | undefined {
  try {
    return runCustomize(job, new Budget(INLINE));
  } catch (error) {
    if (error instanceof BudgetError) return undefined;
    throw error;
  }
}
