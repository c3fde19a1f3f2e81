/** Which objects the configs in a mailbox workspace tell to bring down (docs/rules.md, syncer 2, api 3.3, 3.4). */
import {
  type EdgeSyncConfig,
  groupResourceOf,
  isOwnSyncerConfig,
  NAMESPACES,
  nativeName,
  nativeResource,
  type SyncerConfig,
} from '@kubestellar/api';

/** Stands for all names, or all resources. */
const ALL = '*';

/** The wanted objects of one resource: natural names by namespace; the namespace of cluster-scoped ones is ''. */
export interface WantedResource {
  /** In the mailbox workspace, where it may be that of a twin; the WEC has the natural one. */
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly names: ReadonlyMap<string, ReadonlySet<string>>;
}

/** A resource as a config may mean it when it says `*` or tells the kind instead of the plural. */
interface KnownResource {
  readonly plural: string;
  readonly kind: string;
  readonly namespaced: boolean;
}

/** What a group and version has in the mailbox workspace; undefined while that is not known. */
export type ResourcesOf = (group: string, version: string) => readonly KnownResource[] | undefined;

/** One thing that a config asks for; `plural` and each of `names` may be `*`. */
interface Item {
  group: string;
  version: string;
  plural: string;
  namespace: string;
  names: readonly string[];
}

/** The union of what all configs ask for. */
export class Wanted {
  /** By `<plural>.<group>` of the WEC. */
  readonly resources: ReadonlyMap<string, WantedResource>;
  /** Namespaces that must exist because wanted objects live in them. */
  readonly namespaces: ReadonlySet<string>;
  /** Groups and versions that must become known before the union is complete. */
  readonly unresolved: readonly { group: string; version: string }[];
  /** What people's own configs ask for, `<plural>.<group>|namespace|name`, rather than the placement-translator's. */
  readonly byPeople: ReadonlySet<string>;

  constructor(
    resources: ReadonlyMap<string, WantedResource> = new Map(),
    namespaces: ReadonlySet<string> = new Set(),
    unresolved: readonly { group: string; version: string }[] = [],
    byPeople: ReadonlySet<string> = new Set(),
  ) {
    this.resources = resources;
    this.namespaces = namespaces;
    this.unresolved = unresolved;
    this.byPeople = byPeople;
  }

  /** Whether an object is named, by itself or by a wildcard; `resource` is `<plural>.<group>`. */
  includes(resource: string, namespace: string, name: string): boolean {
    const names = this.resources.get(resource)?.names.get(namespace);
    return names !== undefined && (names.has(name) || names.has(ALL));
  }

  /** Whether somebody else than the placement-translator names an object, by itself or by a wildcard. */
  includesByPeople(resource: string, namespace: string, name: string): boolean {
    return [name, ALL].some((each) => this.byPeople.has(`${resource}|${namespace}|${each}`));
  }

  /** Whether an object is named by itself, not just by a wildcard. */
  includesByName(resource: string, namespace: string, name: string): boolean {
    return this.resources.get(resource)?.names.get(namespace)?.has(name) ?? false;
  }
}

/**
 * Reads all configs. Where two name different versions of one resource, `the-one` wins, then the first
 * by name: copies can be kept in one version only.
 */
export function flatten(
  syncerConfigs: Iterable<SyncerConfig>,
  edgeSyncConfigs: Iterable<EdgeSyncConfig>,
  resourcesOf: ResourcesOf,
): Wanted {
  const builder = new Builder(resourcesOf);
  for (const config of [...syncerConfigs].sort(byPrecedence)) {
    builder.byPeople = !isOwnSyncerConfig(config.metadata.name);
    addSyncerConfig(builder, config);
  }
  builder.byPeople = true;
  for (const config of [...edgeSyncConfigs].sort(byPrecedence)) addEdgeSyncConfig(builder, config);
  return builder.build();
}

/**
 * The objects whose being wanted differs, as `[namespace, name]`; undefined when wildcards are involved, so
 * that any object of the resource may be concerned.
 */
export function changedNames(
  before: WantedResource | undefined,
  after: WantedResource | undefined,
): [string, string][] | undefined {
  const changed: [string, string][] = [];
  for (const namespace of new Set([...(before?.names.keys() ?? []), ...(after?.names.keys() ?? [])])) {
    const difference = inOneOnly(before?.names.get(namespace) ?? NONE, after?.names.get(namespace) ?? NONE);
    if (difference.includes(ALL)) return undefined;
    for (const name of difference) changed.push([namespace, name]);
  }
  return changed;
}

/** @returns what is in one of two sets but not in the other */
export function inOneOnly(a: ReadonlySet<string>, b: ReadonlySet<string>): string[] {
  return [...[...a].filter((each) => !b.has(each)), ...[...b].filter((each) => !a.has(each))];
}

const NONE: ReadonlySet<string> = new Set();

function addSyncerConfig(builder: Builder, { spec = {} }: SyncerConfig): void {
  const { namespaces = [], resources = [] } = spec.namespaceScope ?? {};
  for (const namespace of namespaces) {
    builder.requireNamespace(namespace);
    for (const { group, resource, apiVersion } of resources) {
      builder.add({ group, version: apiVersion, plural: resource, namespace, names: [ALL] });
    }
  }
  for (const { group, resource, apiVersion, objectsByNamespace = [] } of spec.namespacedObjects ?? []) {
    for (const { namespace, names = [] } of objectsByNamespace) {
      if (names.length === 0) continue;
      builder.requireNamespace(namespace);
      builder.add({ group, version: apiVersion, plural: resource, namespace, names });
    }
  }
  for (const { group, resource, apiVersion, objects = [ALL] } of spec.clusterScope ?? []) {
    builder.add({ group, version: apiVersion, plural: resource, namespace: '', names: objects });
  }
}

/** Namespace `*` was never supported on the way down (docs/rules.md, syncer 4.2). */
function addEdgeSyncConfig(builder: Builder, { spec = {} }: EdgeSyncConfig): void {
  for (const { kind = '', group = '', version = '', name = '', namespace = '' } of spec.downSyncedResources ??
    []) {
    if (kind === '' || version === '' || name === '' || namespace === ALL) continue;
    const known = builder.resolve(group, version, (resource) => resource.kind === kind);
    if (namespace !== '' && known.length > 0) builder.requireNamespace(namespace);
    for (const { plural } of known) builder.add({ group, version, plural, namespace, names: [name] });
  }
}

type Names = Omit<WantedResource, 'names'>;

class Builder {
  readonly #resourcesOf: ResourcesOf;
  readonly #resources = new Map<string, Names & { names: Map<string, Set<string>> }>();
  readonly #namespaces = new Set<string>();
  readonly #unresolved = new Map<string, { group: string; version: string }>();
  readonly #byPeople = new Set<string>();
  /** Whether what is added from now on comes from another config than the placement-translator's. */
  byPeople = false;

  constructor(resourcesOf: ResourcesOf) {
    this.#resourcesOf = resourcesOf;
  }

  requireNamespace(namespace: string): void {
    if (namespace !== '' && namespace !== ALL) this.#namespaces.add(namespace);
  }

  resolve(group: string, version: string, fits: (resource: KnownResource) => boolean): KnownResource[] {
    const known = this.#resourcesOf(group, version);
    if (!known) this.#unresolved.set(`${group}/${version}`, { group, version });
    return (known ?? []).filter(fits);
  }

  add(item: Item): void {
    if (item.plural !== ALL) {
      this.#addOne(item);
      return;
    }
    const namespaced = item.namespace !== '';
    const known = this.resolve(item.group, item.version, (resource) => resource.namespaced === namespaced);
    for (const { plural } of known) this.#addOne({ ...item, plural });
  }

  build(): Wanted {
    // Namespaces matter always: they are needed, and they outlive their being wanted.
    const { group, version, plural } = NAMESPACES;
    this.#addOne({ group, version, plural, namespace: '', names: [] });
    return new Wanted(this.#resources, this.#namespaces, [...this.#unresolved.values()], this.#byPeople);
  }

  #addOne({ group, version, plural, namespace, names }: Item): void {
    const key = groupResourceOf(nativeResource({ group, plural }));
    const known = this.#resources.get(key);
    const resource = known ?? { group, version, plural, names: new Map<string, Set<string>>() };
    if (!known) this.#resources.set(key, resource);
    const all = resource.names.get(namespace) ?? new Set<string>();
    resource.names.set(namespace, all);
    for (const name of names.map((each) => nativeName({ group }, each))) {
      all.add(name);
      if (this.byPeople) this.#byPeople.add(`${key}|${namespace}|${name}`);
    }
  }
}

function byPrecedence(a: SyncerConfig | EdgeSyncConfig, b: SyncerConfig | EdgeSyncConfig): number {
  const rank = ({ metadata: { name } }: typeof a) => `${isOwnSyncerConfig(name) ? 0 : 1}${name}`;
  return rank(a) < rank(b) ? -1 : 1;
}
