import {
  type DownsyncObjectTest,
  type EdgePlacementSpec,
  type KubeObject,
  type LabelSelector,
  nativeGroup,
  nativeName,
  type Resource,
} from '@kubestellar/api';
import { isSystemObject, matchesAnySelector, matchesSelector, reachOf } from '@kubestellar/rules';

type UpsyncSet = NonNullable<EdgePlacementSpec['upsync']>[number];

/** Looks up the labels of a Namespace in the object's workspace; undefined when it is not (yet) known. */
export type NamespaceLabels = (namespace: string) => { [key: string]: string } | undefined;

/**
 * Whether an EdgePlacement selects an object (docs/rules.md, semantics 4.3): some downsync test matches, no upsync
 * set does, and it is not an object that every cluster makes for itself.
 */
export function selects(
  spec: EdgePlacementSpec | undefined,
  resource: Resource,
  object: KubeObject,
  namespaceLabels: NamespaceLabels,
): boolean {
  if (!spec || object.metadata.deletionTimestamp || isSystemObject(object)) return false;
  return (
    (spec.downsync ?? []).some((test) => passes(test, resource, object, namespaceLabels)) &&
    !(spec.upsync ?? []).some((set) => isInUpsyncSet(set, resource, object))
  );
}

/** @returns the StatusCollectors that an EdgePlacement, which selects the object, names for it */
export function collectorsFor(
  spec: EdgePlacementSpec | undefined,
  resource: Resource,
  object: KubeObject,
  namespaceLabels: NamespaceLabels,
): string[] {
  const passed = (spec?.downsync ?? []).filter(
    (test) => test.statusCollectors?.length && passes(test, resource, object, namespaceLabels),
  );
  return passed.flatMap(({ statusCollectors = [] }) => statusCollectors);
}

/** Whether an EdgePlacement can select any object of a resource, so that it is worth watching. */
export function mayConcern(spec: EdgePlacementSpec | undefined, resource: Resource): boolean {
  const reach = reachOf(resource.group, resource.plural);
  if (reach === 'none' || reach === 'unsupported') return false;
  return (spec?.downsync ?? []).some((test) => isOfResource(test, resource));
}

/** A twin is selected by the group that its user knows, the natural one. */
function isOfResource(test: DownsyncObjectTest, resource: Resource): boolean {
  const sameGroup = test.apiGroup === undefined || test.apiGroup === nativeGroup(resource.group);
  return sameGroup && allows(test.resources, resource.plural);
}

function passes(
  test: DownsyncObjectTest,
  resource: Resource,
  object: KubeObject,
  labelsOf: NamespaceLabels,
): boolean {
  const { namespace, labels } = object.metadata;
  const name = nativeName(resource, object.metadata.name);
  return (
    isOfResource(test, resource) &&
    allows(test.namespaces, resource.namespaced ? namespace : undefined) &&
    passesNamespaceSelectors(
      test.namespaceSelectors,
      resource.namespaced ? namespace : undefined,
      labelsOf,
    ) &&
    allows(test.objectNames, name) &&
    (isEmpty(test.labelSelectors) || anyValidSelector(test.labelSelectors, labels))
  );
}

/** An absent or empty list allows everything, as does `*`; what has no such property passes only so. */
function allows(list: readonly string[] | undefined, value: string | undefined): boolean {
  return isEmpty(list) || list.includes('*') || (value !== undefined && list.includes(value));
}

/** A Namespace that is not known proves nothing: no match, until it is seen (docs/rules.md, semantics 4.3). */
function passesNamespaceSelectors(
  selectors: readonly LabelSelector[] | undefined,
  namespace: string | undefined,
  labelsOf: NamespaceLabels,
): boolean {
  if (isEmpty(selectors)) return true;
  const labels = namespace === undefined ? {} : labelsOf(namespace);
  return labels !== undefined && anyValidSelector(selectors, labels);
}

/** Invalid selectors match nothing, and don't keep the valid ones from matching. */
function anyValidSelector(
  selectors: readonly LabelSelector[],
  labels: { [key: string]: string } | undefined,
): boolean {
  try {
    return matchesAnySelector(selectors, labels ?? {});
  } catch {
    return selectors.some((selector) => {
      try {
        return matchesSelector(selector, labels ?? {});
      } catch {
        return false;
      }
    });
  }
}

/** In an UpsyncSet an empty list means nothing (docs/rules.md, api 2), unlike in a downsync test. */
function isInUpsyncSet(set: UpsyncSet, resource: Resource, object: KubeObject): boolean {
  const has = (list: readonly string[] | undefined, value: string) =>
    list !== undefined && (list.includes('*') || list.includes(value));
  return (
    (set.apiGroup ?? '') === nativeGroup(resource.group) &&
    has(set.resources, resource.plural) &&
    (!resource.namespaced || has(set.namespaces, object.metadata.namespace ?? '')) &&
    has(set.names, nativeName(resource, object.metadata.name))
  );
}

function isEmpty<T>(list: readonly T[] | undefined): list is undefined | readonly [] {
  return list === undefined || list.length === 0;
}
