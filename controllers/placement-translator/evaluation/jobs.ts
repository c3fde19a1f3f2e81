/** What is evaluated for tenants, and how: pure, and run in a process of its own (see evaluator.ts). */
import type { CollectorResult, Customizer, KubeObject, StatusCollectorSpec } from '@kubestellar/api';
import { Budget, BudgetError } from '../customize/budget.ts';
import { customize, replacementsOf } from '../customize/customize.ts';
import { type Collector, compile } from '../status/collect/collector.ts';
import { ExpressionError } from '../status/collect/expression.ts';
import { scopesOf } from '../status/collect/scope.ts';
import type { ClusterFact } from '../status/combined/object-status.ts';
import { TooSlowError, within } from './within.ts';

type Replacements = NonNullable<Customizer['replacements']>;
/** Names and values. */
export type ParameterList = readonly (readonly [string, string])[];

/** Makes an object as one destination gets it. */
export interface CustomizeJob {
  kind: 'customize';
  object: KubeObject;
  /** For the object itself, when it asks for expansion. */
  own?: ParameterList;
  replacements: Replacements;
  /** For the replacements, when the Customizer asks for expansion. */
  parameters?: ParameterList;
}

/** Finds what can't be read in a Customizer, for each of several Locations. */
interface ReadCustomizerJob {
  kind: 'read-customizer';
  replacements: Replacements;
  parameters: readonly (ParameterList | null)[];
}

/** Finds what can't be read in a StatusCollector. */
interface ReadCollectorJob {
  kind: 'read-collector';
  spec: StatusCollectorSpec;
}

/** Makes the tables of several StatusCollectors for one object. */
export interface CollectJob {
  kind: 'collect';
  object: KubeObject;
  clusters: readonly ClusterFact[];
  collectors: readonly { name: string; spec: StatusCollectorSpec }[];
}

export type Job = CustomizeJob | ReadCustomizerJob | ReadCollectorJob | CollectJob;

/** What a job results in. */
export interface Results {
  customize: { object: KubeObject; problems: string[] };
  'read-customizer': { problems: string[][] };
  /** Empty when all can be read. */
  'read-collector': { problem: string };
  /** `over`: the StatusCollector has taken too much. */
  collect: { tables: (CollectorResult & { over?: true })[] };
}

/** How long one job may take, or for `collect` one of its collectors (milliseconds). */
export const TIME = {
  customize: 3000,
  'read-customizer': 3000,
  'read-collector': 500,
  collect: 250,
} as const;
/** Characters of JSON; servers refuse what is larger. */
const MAX_RESULT = 4_000_000;
const MAX_MESSAGE = 500;
const MAX_COMPILED = 100;

/**
 * @param onStep told before each part that may be what takes too much: the number of a collector
 * @throws BudgetError or TooSlowError when the job takes too much
 */
export function runJob<J extends Job>(job: J, onStep: (step: number) => void): Results[J['kind']];
export function runJob(job: Job, onStep: (step: number) => void): Results[Job['kind']] {
  try {
    switch (job.kind) {
      case 'customize':
        return within(TIME[job.kind], () => runCustomize(job));
      case 'read-customizer':
        return within(TIME[job.kind], () => runReadCustomizer(job));
      case 'read-collector':
        return within(TIME[job.kind], () => runReadCollector(job));
      case 'collect':
        return runCollect(job, onStep);
    }
  } catch (error) {
    // Of the stack, or of the length of a text: it has no end that we could wait for.
    if (isRangeError(error))
      throw new BudgetError(`it is too deep or too large: ${(error as Error).message}`);
    throw error;
  }
}

/** Applies a customization. @throws BudgetError */
export function runCustomize(
  { object, own, replacements, parameters }: CustomizeJob,
  budget = new Budget(),
): Results['customize'] {
  budget.visitAll(object);
  const read = replacementsOf({ replacements }, parameters && new Map(parameters), budget);
  const plan = { parameters: own && new Map(own), replacements: read.replacements };
  const made = customize(object, plan, budget);
  // What can't be read is reported at the Customizer.
  if (JSON.stringify(made.object).length > MAX_RESULT)
    throw new BudgetError(`it becomes larger than ${MAX_RESULT} characters`);
  return made;
}

function runReadCustomizer({ replacements, parameters }: ReadCustomizerJob): Results['read-customizer'] {
  const budget = new Budget();
  return {
    problems: parameters.map(
      (each) => replacementsOf({ replacements }, each ? new Map(each) : undefined, budget).problems,
    ),
  };
}

function runReadCollector({ spec }: ReadCollectorJob): Results['read-collector'] {
  try {
    compile(spec);
    return { problem: '' };
  } catch (error) {
    return { problem: (error as Error).message.slice(0, MAX_MESSAGE) };
  }
}

function runCollect(
  { object, clusters, collectors }: CollectJob,
  onStep: (step: number) => void,
): Results['collect'] {
  new Budget().visitAll(object);
  const scopes = scopesOf(object, clusters);
  const tables = collectors.map(({ name, spec }, step) => {
    onStep(step);
    try {
      return { name, ...within(TIME.collect, () => compiled(spec).collect(scopes)) };
    } catch (error) {
      const failed = (message: string) => ({ name, errors: [{ message, count: clusters.length }] });
      if (error instanceof TooSlowError)
        return { ...failed(`${error.message} for all clusters together`), over: true as const };
      if (!(error instanceof ExpressionError)) throw error;
      return failed(error.message.slice(0, MAX_MESSAGE));
    }
  });
  return { tables };
}

const known = new Map<string, Collector>();

/** Reading takes longer than evaluating, and there are few of them for many objects. */
function compiled(spec: StatusCollectorSpec): Collector {
  const text = JSON.stringify(spec);
  const collector = known.get(text) ?? compile(spec);
  if (known.size >= MAX_COMPILED) known.clear();
  known.set(text, collector);
  return collector;
}

/** Of whatever context: what `within` runs has classes of its own. */
function isRangeError(error: unknown): boolean {
  return (error as { name?: unknown }).name === 'RangeError';
}
