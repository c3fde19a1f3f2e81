/** What the reports on customization read from the caches and write to the servers. */
import { FIELD_MANAGERS } from '@kubestellar/api';
import { clusterOf, isNotFound, type KubeClient } from '@kubestellar/kube';
import type { Logger } from '@kubestellar/program';
import type { ObjectWatches } from '../cache/object-informers.ts';
import { destinationsAt, type Evaluation } from '../desired/evaluate.ts';
import type { Evaluator } from '../evaluation/evaluator.ts';
import { parseSourceKey, type SourceKey } from '../keys.ts';
import type { Customizations } from './customizations.ts';
import type { Customized, CustomizedSource } from './customized.ts';
import type { Annotated, ReportDependencies, ReportedSource } from './report.ts';
import { unreadable } from './unreadable.ts';

/** The caches and clients that are used. */
export interface ReportParts {
  everywhere: KubeClient;
  logger: Logger;
  watches: Pick<ObjectWatches, 'byId' | 'full'>;
  evaluation: Pick<Evaluation, 'getWants' | 'getPlacements'>;
  customizations: Pick<Customizations, 'plan' | 'customizer' | 'locationsUsing'>;
  customized: Pick<Customized, 'make'>;
  evaluator: Evaluator;
}

/** @returns the dependencies of the reports on the caches and servers */
export function reportDependencies(parts: ReportParts): ReportDependencies {
  const { customizations, customized, evaluator } = parts;
  return {
    getSource: (id) => sourceOf(parts, id),
    customized,
    getCustomizer: (key) => customizations.customizer(key),
    listUnreadable: (customizer, key) =>
      unreadable(evaluator, customizer, customizations.locationsUsing(key)),
    write: (annotated) => write(parts, annotated),
  };
}

function sourceOf(
  { watches, evaluation, customizations }: ReportParts,
  id: SourceKey,
): ReportedSource | undefined {
  const { typeId, key } = parseSourceKey(id);
  const watch = watches.byId(typeId);
  const object = watch?.informer.get(key);
  if (!watch || !object) return undefined;
  const source = { type: watch.type, key };
  let full: ReturnType<CustomizedSource['full']> | undefined;
  const customized: CustomizedSource = {
    id,
    workspace: clusterOf(object),
    object,
    isPartial: watch.partial,
    full: () => (full ??= watches.full(watch, object)),
  };
  function* plans() {
    for (const mailbox of evaluation.getWants(source).keys()) {
      const plan = customizations.plan(customized.object, destinationsAt(evaluation, source, mailbox));
      if (plan) yield plan;
    }
  }
  return { resource: watch.type.resource, customized, plans: plans() };
}

async function write(
  { everywhere, logger }: ReportParts,
  { resource, object, problems, changed, stale }: Annotated,
): Promise<void> {
  const { name, namespace, uid } = object.metadata;
  const workspace = clusterOf(object);
  if (Object.keys(changed).length > 0) {
    const told = { kind: object.kind, workspace, namespace: namespace ?? '', name, problems };
    logger.error(told, 'customization is not possible as asked for');
  }
  // With the uid, a late write can't hit another object of the same name.
  const removed = Object.fromEntries(stale.map((each) => [each, null]));
  const metadata = { uid, annotations: { ...removed, ...changed } };
  const options = { fieldManager: FIELD_MANAGERS.placementTranslator };
  try {
    await everywhere.workspace(workspace).mergePatch(resource, object.metadata, { metadata }, options);
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
}
