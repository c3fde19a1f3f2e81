import { setImmediate } from 'node:timers/promises';
import {
  CUSTOMIZERS,
  type Customizer,
  type KubeObject,
  QUARANTINED,
  type Resource,
  VALIDATION_ERROR_PREFIX,
} from '@kubestellar/api';
import type { SourceKey } from '../keys.ts';
import { type Customized, type CustomizedSource, messageOf } from './customized.ts';
import type { Plan } from './plan.ts';
import { formatQuarantine, type Quarantined } from './quarantine.ts';

/** So many problems are told one by one; of more, only the number. */
const MAX_TOLD = 10;
const MAX_LENGTH = 500;

/** A WMW object, with all that its customization says at its destinations. */
export interface ReportedSource {
  resource: Resource;
  customized: CustomizedSource;
  /** What is to be done to it, for each mailbox workspace that it is wanted in; worked out one by one. */
  plans: Iterable<Plan>;
}

/** What the reports read and write, as functions so that tests need no server. */
export interface ReportDependencies {
  getSource(source: SourceKey): ReportedSource | undefined;
  customized: Pick<Customized, 'make'>;
  getCustomizer(key: string): Customizer | undefined;
  /** One line for each replacement of a Customizer (its key) that can't be read. */
  listUnreadable(customizer: Customizer, key: string): Promise<string[]>;
  write(annotated: Annotated): Promise<void>;
}

/** An object, with the annotations that it should have of us, and those that it has and should not. */
export interface Annotated {
  resource: Resource;
  object: KubeObject;
  problems: readonly string[];
  changed: { readonly [annotation: string]: string };
  stale: readonly string[];
}

/**
 * Reports in a WMW object's annotations (docs/rules.md, api 4) why some destination gets it otherwise than it asks for, or why
 * none gets it as it is now.
 */
export async function reportOnSource(id: SourceKey, deps: ReportDependencies): Promise<void> {
  const source = deps.getSource(id);
  if (!source) return;
  const { resource, customized, plans } = source;
  const problems: string[] = [];
  let quarantined: Quarantined | undefined;
  for (const plan of plans) {
    problems.push(...plan.problems);
    if (!plan.task) continue;
    const made = await deps.customized.make(customized, plan.task, plan.from, true);
    if (!made || made === 'later') return;
    if ('quarantined' in made) quarantined = made.quarantined;
    else problems.push(...made.problems);
    if (quarantined) break; // it holds for all destinations
    await setImmediate(); // there may be thousands of destinations, and others wait
  }
  const all = quarantined ? [...problems, messageOf(quarantined)] : problems;
  await write(deps, resource, customized.object, all, quarantined && formatQuarantine(quarantined));
}

/** Reports in a Customizer's annotations which of its replacements are invalid (docs/rules.md, semantics 8.3, api 4). */
export async function reportOnCustomizer(key: string, deps: ReportDependencies): Promise<void> {
  const customizer = deps.getCustomizer(key);
  if (!customizer) return;
  await write(deps, CUSTOMIZERS, customizer, await deps.listUnreadable(customizer, key));
}

/** @returns the annotations that tell these problems */
export function validationErrors(problems: readonly string[]): { [key: string]: string } {
  const unique = [...new Set(problems.map((problem) => problem.slice(0, MAX_LENGTH)))].sort();
  const told = unique.slice(0, MAX_TOLD);
  if (unique.length > MAX_TOLD) told.push(`and ${unique.length - MAX_TOLD} more`);
  return Object.fromEntries(told.map((problem, n) => [`${VALIDATION_ERROR_PREFIX}${n}`, problem]));
}

/** Whether an object has annotations that tell problems. */
export function tellsProblems(object: KubeObject): boolean {
  return Object.keys(object.metadata.annotations ?? {}).some(isOurs);
}

function isOurs(annotation: string): boolean {
  return annotation === QUARANTINED || annotation.startsWith(VALIDATION_ERROR_PREFIX);
}

async function write(
  deps: ReportDependencies,
  resource: Resource,
  object: KubeObject,
  all: readonly string[],
  quarantine?: string,
): Promise<void> {
  const errors = validationErrors(all);
  const wanted = { ...errors, ...(quarantine ? { [QUARANTINED]: quarantine } : {}) };
  const annotations = object.metadata.annotations ?? {};
  const stale = Object.keys(annotations).filter((name) => isOurs(name) && !(name in wanted));
  const changed = Object.entries(wanted).filter(([name, problem]) => annotations[name] !== problem);
  if (stale.length === 0 && changed.length === 0) return;
  const problems = Object.values(errors);
  await deps.write({ resource, object, problems, changed: Object.fromEntries(changed), stale });
}
