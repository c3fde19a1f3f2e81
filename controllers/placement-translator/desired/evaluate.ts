import {
  CUSTOM_RESOURCE_DEFINITIONS,
  groupResourceOf,
  type KubeObject,
  NAMESPACES,
  type SinglePlacement,
} from '@kubestellar/api';
import { clusterOf, formatKey, keyOf, parseKey } from '@kubestellar/kube';
import type { ResolvedPlacement } from '../cache/placements.ts';
import { localObject, type Source, type Want, type WatchedType } from '../keys.ts';
import type { State } from '../state.ts';
import type { WantsChange } from './desired-state.ts';
import { collectorsFor, type NamespaceLabels, selects } from './selection.ts';

/** Namespaces are native to kcp: one watch knows them all. */
export const NAMESPACE_TYPE: WatchedType = { resource: NAMESPACES, identity: '' };

/**
 * Works out where an object of a WMW is wanted: wherever an EdgePlacement of its workspace selects it, and,
 * when it defines a resource, wherever objects of that resource go (spec semantics 4.3 and 4.5).
 * @param gone the object no longer exists
 * @returns what changed for whom, or undefined for objects that no EdgePlacement concerns
 */
export function evaluate(
  state: State,
  type: WatchedType,
  object: KubeObject,
  gone: boolean,
): WantsChange | undefined {
  const source: Source = { type, key: keyOf(object) };
  const cluster = clusterOf(object);
  const before = state.desired.of(source);
  const wants =
    gone || object.metadata.deletionTimestamp || isOfAnotherAPI(state, type, cluster)
      ? new Map<string, Want>()
      : wantsOf(state, source, object, before);
  if (wants.size === 0 && before.size === 0) return undefined;
  return state.desired.set(source, cluster, localObject(type, object), wants);
}

/**
 * Whether a workspace has the kind by another API than that of the watch. The watch of kinds from CRDs shows the objects
 * of all exports of that name, too (kcp v0.31.2), which are not to be taken for those of a CRD. A kind that is not known
 * at the moment proves nothing.
 */
function isOfAnotherAPI({ catalog }: State, { resource, identity }: WatchedType, cluster: string): boolean {
  const served = catalog.typeIn(cluster, groupResourceOf(resource));
  return served !== undefined && served.identity !== identity;
}

/**
 * The destinations that a mailbox stands for, as to one source; also when the source goes there only because
 * it defines the kind of others.
 */
export function destinationsAt(state: State, source: Source, mailbox: string): readonly SinglePlacement[] {
  const own = state.desired.of(source).get(mailbox)?.destinations ?? [];
  if (own.length > 0) return own;
  const { cluster } = parseKey(source.key);
  const others = state.placements.in(cluster).map(({ destinations }) => destinations?.get(mailbox) ?? []);
  return others.reduce((known, more) => union(known, more), []);
}

/**
 * Whether some EdgePlacement selects the object, or what it defines, of which it is not known whether it leads to a
 * mailbox workspace.
 */
export function isUnresolved(state: State, type: WatchedType, object: KubeObject, mailbox: string): boolean {
  const unresolved = state.placements
    .in(clusterOf(object))
    .filter(({ destinations, unproven }) => !destinations || unproven.has(mailbox));
  if (isDefiner(type)) return unresolved.length > 0;
  return unresolved.some(
    ({ placement, isOverBudget }) => isOverBudget || isSelected(state, placement.spec, type, object),
  );
}

/** An EdgePlacement that selects an object, with the StatusCollectors that it names for it. */
export interface SelectingPlacement extends Pick<ResolvedPlacement, 'placement'> {
  destinations: NonNullable<ResolvedPlacement['destinations']>;
  collectors: readonly string[];
}

/** @returns the EdgePlacements that select an object, those whose destinations are not known left out */
export function placementsSelecting(
  state: State,
  type: WatchedType,
  object: KubeObject,
): SelectingPlacement[] {
  return state.placements.in(clusterOf(object)).flatMap(({ placement, destinations }) => {
    const { spec } = placement;
    if (!destinations || !isSelected(state, spec, type, object)) return [];
    const labels = namespaceLabels(state, clusterOf(object));
    return [{ placement, destinations, collectors: collectorsFor(spec, type.resource, object, labels) }];
  });
}

function wantsOf(
  state: State,
  source: Source,
  object: KubeObject,
  before: ReadonlyMap<string, Want>,
): Map<string, Want> {
  const wants = new Map<string, Want>();
  for (const { placement, destinations, isOverBudget } of state.placements.in(clusterOf(object))) {
    if (!isOverBudget && !isSelected(state, placement.spec, source.type, object)) continue;
    // Unknown destinations withdraw nothing.
    if (!destinations) for (const [mailbox, want] of before) wants.set(mailbox, want);
    for (const [mailbox, tuples] of destinations ?? []) {
      const known = wants.get(mailbox);
      const wantReturn = Boolean(placement.spec?.wantSingletonReportedState);
      wants.set(mailbox, {
        source,
        destinations: union(known?.destinations ?? [], tuples),
        wantReturn: wantReturn || Boolean(known?.wantReturn),
      });
    }
  }
  for (const mailbox of neededAsDefiner(state, source, clusterOf(object))) {
    if (!wants.has(mailbox)) wants.set(mailbox, { source, destinations: [], wantReturn: false });
  }
  return wants;
}

function isSelected(
  state: State,
  spec: Parameters<typeof selects>[0],
  type: WatchedType,
  object: KubeObject,
): boolean {
  return selects(spec, type.resource, object, namespaceLabels(state, clusterOf(object)));
}

function namespaceLabels(state: State, cluster: string): NamespaceLabels {
  return (namespace) => {
    const found = state.watches
      .of(NAMESPACE_TYPE)
      ?.informer.get(formatKey({ cluster, namespace: '', name: namespace }));
    return found && (found.metadata.labels ?? {});
  };
}

/** CRDs go along with the objects that they define (spec semantics 4.5); bindings never do (apis/reconcile-apis.ts). */
function isDefiner({ resource }: WatchedType): boolean {
  return groupResourceOf(resource) === groupResourceOf(CUSTOM_RESOURCE_DEFINITIONS);
}

function* neededAsDefiner(state: State, source: Source, cluster: string): Generator<string> {
  if (!isDefiner(source.type)) return;
  for (const resource of state.catalog.definedBy(source)) yield* state.desired.needing(cluster, resource);
}

function union<T extends { cluster: string; locationName: string }>(
  known: readonly T[],
  more: readonly T[],
): T[] {
  const fresh = more.filter(
    (a) => !known.some((b) => a.cluster === b.cluster && a.locationName === b.locationName),
  );
  return [...known, ...fresh];
}
