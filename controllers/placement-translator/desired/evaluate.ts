/** Where objects of WMWs are wanted; pure: it reads, and whoever asks writes. */
import {
  CUSTOM_RESOURCE_DEFINITIONS,
  groupResourceOf,
  type KubeObject,
  NAMESPACES,
  type SinglePlacement,
} from '@kubestellar/api';
import { clusterOf, keyOf, parseKey } from '@kubestellar/kube';
import type { ResolvedPlacement } from '../cache/placements.ts';
import type { Source, Want, WatchedType } from '../keys.ts';
import { collectorsFor, type NamespaceLabels, selects } from './selection.ts';

/** Namespaces are native to kcp: one watch knows them all. */
export const NAMESPACE_TYPE: WatchedType = { resource: NAMESPACES, identity: '' };

/** What evaluating reads, as functions so that tests need no server. */
export interface Evaluation {
  /** The EdgePlacements of a workspace, with their destinations. */
  getPlacements(cluster: string): readonly ResolvedPlacement[];
  /** How a workspace serves a resource (`plural.group`); undefined when that is not known. */
  getType(cluster: string, groupResource: string): WatchedType | undefined;
  /** The labels of a Namespace; undefined when it is not (yet) known. */
  getNamespaceLabels(cluster: string, namespace: string): ReturnType<NamespaceLabels>;
  /** The mailbox workspaces that have objects of a kind that this CRD defines. */
  getMailboxesNeeding(definition: Source): Iterable<string>;
  /** Where a source was wanted when it was evaluated last. */
  getWants(source: Source): ReadonlyMap<string, Want>;
}

/**
 * Works out where an object of a WMW is wanted: wherever an EdgePlacement of its workspace selects it, and,
 * when it defines a resource, wherever objects of that resource go (docs/rules.md, semantics 4.3 and 4.5).
 * @returns the wants by mailbox
 */
export function evaluate(
  evaluation: Evaluation,
  type: WatchedType,
  object: KubeObject,
): ReadonlyMap<string, Want> {
  const source: Source = { type, key: keyOf(object) };
  if (object.metadata.deletionTimestamp || isOfAnotherAPI(evaluation, type, clusterOf(object)))
    return new Map<string, Want>();
  return wantsOf(evaluation, source, object);
}

/**
 * Whether a workspace has the kind by another API than that of the watch. The watch of kinds from CRDs shows the objects
 * of all exports of that name, too (kcp v0.31.2), which are not to be taken for those of a CRD. A kind that is not known
 * at the moment proves nothing.
 */
function isOfAnotherAPI(
  { getType }: Pick<Evaluation, 'getType'>,
  { resource, identity }: WatchedType,
  cluster: string,
): boolean {
  const served = getType(cluster, groupResourceOf(resource));
  return served !== undefined && served.identity !== identity;
}

/**
 * The destinations that a mailbox stands for, as to one source; also when the source goes there only because
 * it defines the kind of others.
 */
export function destinationsAt(
  { getWants, getPlacements }: Pick<Evaluation, 'getWants' | 'getPlacements'>,
  source: Source,
  mailbox: string,
): readonly SinglePlacement[] {
  const own = getWants(source).get(mailbox)?.destinations ?? [];
  if (own.length > 0) return own;
  const { cluster } = parseKey(source.key);
  const others = getPlacements(cluster).map(({ destinations }) => destinations?.get(mailbox) ?? []);
  return others.reduce((known, more) => union(known, more), []);
}

/**
 * Whether some EdgePlacement selects the object, or what it defines, of which it is not known whether it leads to a
 * mailbox workspace.
 */
export function isUnresolved(
  evaluation: Pick<Evaluation, 'getPlacements' | 'getNamespaceLabels'>,
  type: WatchedType,
  object: KubeObject,
  mailbox: string,
): boolean {
  const unresolved = evaluation
    .getPlacements(clusterOf(object))
    .filter(({ destinations, unproven }) => !destinations || unproven.has(mailbox));
  if (isDefiner(type)) return unresolved.length > 0;
  return unresolved.some(
    ({ placement, isOverBudget }) => isOverBudget || isSelected(evaluation, placement.spec, type, object),
  );
}

/** An EdgePlacement that selects an object, with the StatusCollectors that it names for it. */
export interface SelectingPlacement extends Pick<ResolvedPlacement, 'placement'> {
  destinations: NonNullable<ResolvedPlacement['destinations']>;
  collectors: readonly string[];
}

/** @returns the EdgePlacements that select an object, those whose destinations are not known left out */
export function placementsSelecting(
  evaluation: Pick<Evaluation, 'getPlacements' | 'getNamespaceLabels'>,
  type: WatchedType,
  object: KubeObject,
): SelectingPlacement[] {
  return evaluation.getPlacements(clusterOf(object)).flatMap(({ placement, destinations }) => {
    const { spec } = placement;
    if (!destinations || !isSelected(evaluation, spec, type, object)) return [];
    const labels = namespaceLabels(evaluation, clusterOf(object));
    return [{ placement, destinations, collectors: collectorsFor(spec, type.resource, object, labels) }];
  });
}

function wantsOf(evaluation: Evaluation, source: Source, object: KubeObject): Map<string, Want> {
  const wants = new Map<string, Want>();
  for (const { placement, destinations, isOverBudget } of evaluation.getPlacements(clusterOf(object))) {
    if (!isOverBudget && !isSelected(evaluation, placement.spec, source.type, object)) continue;
    // Unknown destinations withdraw nothing.
    if (!destinations) for (const [mailbox, want] of evaluation.getWants(source)) wants.set(mailbox, want);
    const wantReturn = Boolean(placement.spec?.wantSingletonReportedState);
    const isOrphaned = placement.spec?.deletionPolicy === 'Orphan';
    const uids = [placement.metadata.uid ?? ''];
    for (const [mailbox, tuples] of destinations ?? []) {
      const known = wants.get(mailbox);
      wants.set(mailbox, {
        source,
        destinations: union(known?.destinations ?? [], tuples),
        wantReturn: wantReturn || Boolean(known?.wantReturn),
        placements: known?.placements ? [...new Set([...known.placements, ...uids])].sort() : uids,
        ...(isOrphaned || known?.isOrphaned ? { isOrphaned: true } : {}),
      });
    }
  }
  // CRDs go along with the objects that they define (docs/rules.md, semantics 4.5); bindings never do (apis/reconcile-apis.ts).
  for (const mailbox of isDefiner(source.type) ? evaluation.getMailboxesNeeding(source) : [])
    if (!wants.has(mailbox)) wants.set(mailbox, { source, destinations: [], wantReturn: false });
  return wants;
}

function isSelected(
  evaluation: Pick<Evaluation, 'getNamespaceLabels'>,
  spec: Parameters<typeof selects>[0],
  type: WatchedType,
  object: KubeObject,
): boolean {
  return selects(spec, type.resource, object, namespaceLabels(evaluation, clusterOf(object)));
}

function namespaceLabels(
  { getNamespaceLabels }: Pick<Evaluation, 'getNamespaceLabels'>,
  cluster: string,
): NamespaceLabels {
  return (namespace) => getNamespaceLabels(cluster, namespace);
}

function isDefiner({ resource }: WatchedType): boolean {
  return groupResourceOf(resource) === groupResourceOf(CUSTOM_RESOURCE_DEFINITIONS);
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
