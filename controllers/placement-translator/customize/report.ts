import { setImmediate } from 'node:timers/promises';
import {
  CUSTOMIZERS,
  FIELD_MANAGERS,
  type KubeObject,
  QUARANTINED,
  type Resource,
  VALIDATION_ERROR_PREFIX,
} from '@kubestellar/api';
import { clusterOf, isNotFound, type KubeClient, parseKey } from '@kubestellar/kube';
import type { Logger } from '@kubestellar/program';
import { destinationsAt } from '../desired/evaluate.ts';
import type { Evaluator } from '../evaluation/evaluator.ts';
import { parseSourceKey, type SourceKey } from '../keys.ts';
import type { State } from '../state.ts';
import { type CustomizedSource, messageOf } from './customized.ts';
import { formatQuarantine, type Quarantined } from './quarantine.ts';
import { unreadable } from './unreadable.ts';

/** So many problems are told one by one; of more, only the number. */
const MAX_TOLD = 10;
const MAX_LENGTH = 500;

/**
 * Tells in a WMW object's annotations why some destination gets it otherwise than it asks for (spec api 4), or why none
 * gets it as it is now.
 */
export async function reportOnSource(state: State, logger: Logger, id: SourceKey): Promise<void> {
  const { typeId, key } = parseSourceKey(id);
  const watch = state.watches.byId(typeId);
  const cached = watch?.informer.get(key);
  if (!watch || !cached) return;
  const source = { type: watch.type, key };
  let full: ReturnType<CustomizedSource['full']> | undefined;
  const customized: CustomizedSource = {
    id,
    workspace: clusterOf(cached),
    object: cached,
    isPartial: watch.partial,
    full: () => (full ??= state.watches.full(watch, cached)),
  };
  const problems: string[] = [];
  let quarantined: Quarantined | undefined;
  for (const mailbox of state.desired.of(source).keys()) {
    const plan = state.customizations.plan(cached, destinationsAt(state, source, mailbox));
    problems.push(...(plan?.problems ?? []));
    if (!plan?.task) continue;
    const made = await state.customized.make(customized, plan.task, plan.from, true);
    if (!made || made === 'later') return;
    if ('quarantined' in made) quarantined = made.quarantined;
    else problems.push(...made.problems);
    if (quarantined) break; // it holds for all destinations
    await setImmediate(); // there may be thousands of destinations, and others wait
  }
  const told = quarantined ? [...problems, messageOf(quarantined)] : problems;
  const mark = quarantined && formatQuarantine(quarantined);
  await tell(state.everywhere, logger, watch.type.resource, cached, key, told, mark);
}

/** Tells in a Customizer's annotations which of its replacements can't be read (spec semantics 8.3, api 4). */
export async function reportOnCustomizer(
  state: State,
  evaluator: Evaluator,
  logger: Logger,
  key: string,
): Promise<void> {
  const customizer = state.customizations.customizer(key);
  if (!customizer) return;
  const problems = await unreadable(evaluator, customizer, state.customizations.locationsUsing(key));
  await tell(state.everywhere, logger, CUSTOMIZERS, customizer, key, problems);
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

async function tell(
  everywhere: KubeClient,
  logger: Logger,
  resource: Resource,
  object: KubeObject,
  key: string,
  problems: readonly string[],
  quarantine?: string,
): Promise<void> {
  const wanted = { ...validationErrors(problems), ...(quarantine ? { [QUARANTINED]: quarantine } : {}) };
  const annotations = object.metadata.annotations ?? {};
  const stale = Object.keys(annotations).filter((name) => isOurs(name) && !(name in wanted));
  const changed = Object.entries(wanted).filter(([name, problem]) => annotations[name] !== problem);
  if (stale.length === 0 && changed.length === 0) return;
  const { cluster, namespace, name } = parseKey(key);
  if (changed.length > 0) {
    const told = {
      kind: object.kind,
      workspace: cluster,
      namespace,
      name,
      problems: Object.values(validationErrors(problems)),
    };
    logger.error(told, 'customization is not possible as asked for');
  }
  // With the uid, a late write can't hit another object of the same name.
  const metadata = {
    uid: object.metadata.uid,
    annotations: { ...Object.fromEntries(stale.map((each) => [each, null])), ...Object.fromEntries(changed) },
  };
  const options = { fieldManager: FIELD_MANAGERS.placementTranslator };
  try {
    await everywhere.workspace(cluster).mergePatch(resource, object.metadata, { metadata }, options);
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
}
