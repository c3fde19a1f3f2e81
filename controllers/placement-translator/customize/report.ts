import { setImmediate } from 'node:timers/promises';
import {
  CUSTOMIZERS,
  FIELD_MANAGERS,
  type KubeObject,
  type Resource,
  VALIDATION_ERROR_PREFIX,
} from '@kubestellar/api';
import { isNotFound, type KubeClient, parseKey } from '@kubestellar/kube';
import type { Logger } from '@kubestellar/kube/program';
import { destinationsAt } from '../evaluate.ts';
import type { State } from '../state.ts';
import { parseSourceId } from '../types.ts';
import { customize } from './customize.ts';

/** So many problems are told one by one; of more, only the number. */
const MAX_TOLD = 10;
const MAX_LENGTH = 500;

/**
 * Tells in a WMW object's annotations why some destination gets it otherwise than it asks for (spec api 4).
 * @param sourceId see types.ts
 */
export async function reportOnSource(state: State, logger: Logger, sourceId: string): Promise<void> {
  const { watchId, key } = parseSourceId(sourceId);
  const watch = state.watches.byId(watchId);
  const cached = watch?.informer.get(key);
  if (!watch || !cached) return;
  const source = { type: watch.type, key };
  const plans = [...state.desired.of(source).keys()].flatMap(
    (mailbox) => state.customizations.plan(cached, destinationsAt(state, source, mailbox)) ?? [],
  );
  const object = plans.some(({ replacements }) => replacements.length > 0)
    ? await state.watches.full(watch, cached)
    : cached;
  if (!object) return;
  const problems: string[] = [];
  for (const plan of plans) {
    problems.push(...plan.problems);
    if (plan.replacements.length === 0) continue;
    problems.push(...customize(object, plan).problems);
    await setImmediate(); // there may be thousands of destinations, and others wait
  }
  await tell(state.everywhere, logger, watch.type.resource, cached, key, problems);
}

/** Tells in a Customizer's annotations which of its replacements can't be read (spec semantics 8.3, api 4). */
export async function reportOnCustomizer(state: State, logger: Logger, key: string): Promise<void> {
  const customizer = state.customizations.customizer(key);
  if (!customizer) return;
  const problems = state.customizations.problemsOf(customizer);
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
  return Object.keys(object.metadata.annotations ?? {}).some((key) =>
    key.startsWith(VALIDATION_ERROR_PREFIX),
  );
}

async function tell(
  everywhere: KubeClient,
  logger: Logger,
  resource: Resource,
  object: KubeObject,
  key: string,
  problems: readonly string[],
): Promise<void> {
  const wanted = validationErrors(problems);
  const annotations = object.metadata.annotations ?? {};
  const stale = Object.keys(annotations).filter(
    (name) => name.startsWith(VALIDATION_ERROR_PREFIX) && !(name in wanted),
  );
  const changed = Object.entries(wanted).filter(([name, problem]) => annotations[name] !== problem);
  if (stale.length === 0 && changed.length === 0) return;
  const { cluster, namespace, name } = parseKey(key);
  if (changed.length > 0) {
    const told = { kind: object.kind, workspace: cluster, namespace, name, problems: Object.values(wanted) };
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
