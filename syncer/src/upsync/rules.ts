/** Which objects of the WEC the configs tell to bring up (docs/rules.md, api 2, syncer 5); pure. */
import {
  type EdgeSyncConfig,
  groupResourceOf,
  type Resource,
  type SyncerConfig,
  type UpsyncSet,
} from '@kubestellar/api';
import { whyNotUpsynced } from '@kubestellar/rules';

const ALL = '*';

/** One rule: objects of some kinds of a group, by namespace and name, each of which may be `*`. */
export interface UpsyncRule {
  readonly group: string;
  /** Plurals, or `*`; empty when `kind` tells. */
  readonly plurals: readonly string[];
  readonly kind?: string;
  readonly namespaces: readonly string[];
  readonly names: readonly string[];
}

/**
 * @returns the rules of all configs, those that can't match anything left out; one with an empty list of names stays,
 *   because of its resources copies are left, which are to be deleted with their originals
 */
export function rulesOf(
  syncerConfigs: Iterable<SyncerConfig>,
  edgeSyncConfigs: Iterable<EdgeSyncConfig>,
): UpsyncRule[] {
  const sets = [...syncerConfigs].flatMap(({ spec }) =>
    (spec?.upsync ?? []).filter(({ names }) => names !== undefined).map(fromSet),
  );
  const items = [...edgeSyncConfigs].flatMap(({ spec }) => spec?.upSyncedResources ?? []);
  const rules = items.map(({ group = '', kind = '', namespace = '', name = '' }): UpsyncRule => {
    return { group, plurals: [], kind, namespaces: [namespace], names: [name] };
  });
  return [...sets, ...rules].filter(({ plurals, kind }) => plurals.length > 0 || kind);
}

/** Whether a rule speaks of a resource. Whoever wrote it, nothing is upsynced that would act in the workspace. */
function concerns(rule: UpsyncRule, resource: Resource): boolean {
  if (rule.group !== resource.group || whyNotUpsynced(resource.group, resource.plural)) return false;
  return rule.kind === resource.kind || rule.plurals.includes(resource.plural) || rule.plurals.includes(ALL);
}

/** Whether an object is in the set that a rule describes; `namespace` is '' for cluster-scoped objects. */
export function matches(rule: UpsyncRule, namespace: string, name: string): boolean {
  const inNamespace = namespace === '' || has(rule.namespaces, namespace);
  return inNamespace && has(rule.names, name);
}

/**
 * Picks what the rules speak of from what the WEC serves.
 * @returns the rules of each resource, by `<plural>.<group>`
 */
export function byResource<T extends Resource>(
  rules: readonly UpsyncRule[],
  served: readonly T[],
): Map<string, { type: T; rules: UpsyncRule[] }> {
  const found = new Map<string, { type: T; rules: UpsyncRule[] }>();
  for (const type of served) {
    const own = rules.filter((rule) => concerns(rule, type));
    if (own.length > 0) found.set(groupResourceOf(type), { type, rules: own });
  }
  return found;
}

/** Whether every resource that a rule names, and that may be upsynced, is served; `*` asks for none in particular. */
export function allServed(rules: readonly UpsyncRule[], served: readonly Resource[]): boolean {
  return rules.every(({ group, plurals, kind, names }) => {
    const inGroup = served.filter((type) => type.group === group);
    if (names.length === 0) return true;
    if (kind !== undefined) return inGroup.some((type) => type.kind === kind);
    return plurals.every(
      (plural) =>
        plural === ALL ||
        inGroup.some((type) => type.plural === plural) ||
        whyNotUpsynced(group, plural) !== undefined,
    );
  });
}

/** @returns the API groups of the rules that can be asked for */
export function groupsOf(rules: readonly UpsyncRule[]): string[] {
  return [...new Set(rules.map(({ group }) => group))];
}

function fromSet({ apiGroup = '', resources, namespaces = [], names = [] }: UpsyncSet): UpsyncRule {
  return { group: apiGroup, plurals: resources, namespaces, names };
}

function has(list: readonly string[], value: string): boolean {
  return list.includes(value) || list.includes(ALL);
}
