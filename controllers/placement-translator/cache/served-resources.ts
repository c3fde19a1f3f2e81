import {
  API_BINDINGS,
  type APIBinding,
  CUSTOM_RESOURCE_DEFINITIONS,
  groupResourceOf,
  type KubeObject,
  type Resource,
  ROOT_PATH,
} from '@kubestellar/api';
import {
  clusterOf,
  discover,
  formatKey,
  Index,
  Informer,
  type KubeClient,
  keyOf,
  parseKey,
} from '@kubestellar/kube';
import type { Logger } from '@kubestellar/program';
import { type Source, typeId, type WatchedType } from '../keys.ts';

/** A CRD, in the parts that are kept. */
export type Definition = KubeObject<
  {
    group: string;
    names: { plural: string; kind: string };
    scope: 'Namespaced' | 'Cluster';
    versions: {
      name: string;
      served: boolean;
      statusWithin?: boolean;
      subresources?: object;
      schema?: object;
    }[];
  },
  { conditions?: { type: string; status: string; message?: string }[] }
>;

/** Where kcp keeps the CRDs behind bound APIs, each named by the UID of its APIResourceSchema. */
export const BOUND_CRDS = 'system:bound-crds';

/** How a workspace has a resource. */
interface Provision {
  type: WatchedType;
  /** The CRD or APIBinding. */
  definer: Source;
  /** Of a bound resource: the CRD that kcp has made of its schema. */
  schema?: Definition;
}

/** What kcp makes of identities. What a binding's status says else is somebody's invention, and no part of a path. */
const IDENTITY = /^[0-9a-f]{64}$/;

export const API_BINDING_TYPE: WatchedType = { resource: API_BINDINGS, identity: '' };
export const CRD_TYPE: WatchedType = { resource: CUSTOM_RESOURCE_DEFINITIONS, identity: '' };

/**
 * Knows which resource types each workspace serves, from two watches across all workspaces: CRDs and
 * APIBindings. Needs no discovery request per workspace and learns of a new kind at once.
 */
export class Catalog {
  readonly bindings: Informer<APIBinding>;
  readonly definitions: Informer<Definition>;
  readonly #native = new Map<string, WatchedType>();
  readonly #definers = new Map<string, ReadonlyMap<string, Provision>>();
  readonly #bindingsByCluster = new Index<APIBinding>((binding) => [clusterOf(binding)]);
  readonly #definitionsByCluster = new Index<Definition>((definition) => [clusterOf(definition)]);
  readonly #listeners: ((cluster: string) => void)[] = [];
  readonly #root: KubeClient;

  /**
   * @param everywhere a client that may read across all workspaces (`system:admin`)
   * @param root a client at the root workspace, which serves what is native to kcp
   */
  constructor(everywhere: KubeClient, root: KubeClient, logger: Logger) {
    const client = everywhere.workspace('*');
    this.#root = root;
    this.bindings = new Informer<APIBinding>({ client, resource: API_BINDINGS, logger });
    this.definitions = new Informer<Definition>({
      client,
      resource: CUSTOM_RESOURCE_DEFINITIONS,
      logger,
      transform: withoutSchemas,
    });
    this.bindings.addHandler(this.#bindingsByCluster);
    this.definitions.addHandler(this.#definitionsByCluster);
    for (const informer of [this.bindings, this.definitions] as Informer<KubeObject>[]) {
      const changed = (object: KubeObject) => this.#changed(clusterOf(object));
      informer.addHandler({ onAdd: changed, onUpdate: changed, onDelete: changed });
    }
  }

  /** Starts the watches. @returns when all that is served everywhere is known */
  async start(): Promise<void> {
    this.bindings.start();
    this.definitions.start();
    await Promise.all([this.bindings.whenSynced(), this.definitions.whenSynced()]);
    const bound = this.#definersIn(ROOT_PATH);
    for (const resource of await discover(this.#root)) {
      const { group, version, plural, kind, namespaced, verbs } = resource;
      const name = groupResourceOf(resource);
      if (bound.has(name) || !verbs.includes('watch') || !verbs.includes('list')) continue;
      this.#native.set(name, { resource: { group, version, plural, kind, namespaced }, identity: '' });
    }
  }

  /** Ends the watches. */
  async stop(): Promise<void> {
    await Promise.all([this.bindings.stop(), this.definitions.stop()]);
  }

  get synced(): boolean {
    return this.bindings.synced && this.definitions.synced;
  }

  /** Calls `listener` with a workspace's cluster whenever what it serves may have changed. */
  onChange(listener: (cluster: string) => void): void {
    this.#listeners.push(listener);
  }

  /** @returns the types that a workspace serves and that can be watched */
  typesIn(cluster: string): WatchedType[] {
    const defined = this.#definersIn(cluster);
    const native = [...this.#native].filter(([name]) => !defined.has(name)).map(([, type]) => type);
    return [...native, ...[...defined.values()].map(({ type }) => type)];
  }

  /** @returns how a workspace serves a resource (`plural.group`), or undefined when it does not (yet) */
  typeIn(cluster: string, groupResource: string): WatchedType | undefined {
    // A binding shadows what is native (a bound ResourceQuota: docs/denaturing.md).
    return this.#definersIn(cluster).get(groupResource)?.type ?? this.#native.get(groupResource);
  }

  /** @returns the CRD or APIBinding that defines a resource in a workspace; undefined for native ones */
  definerIn(cluster: string, groupResource: string): Source | undefined {
    return this.#definersIn(cluster).get(groupResource)?.definer;
  }

  /** Whether a CRD or APIBinding is being deleted, or is gone. */
  isEnding(definer: Source): boolean {
    const object = this.#find(definer);
    return !object || object.metadata.deletionTimestamp !== undefined;
  }

  /** @returns the uid of a CRD or APIBinding, if it is there */
  uidOf(definer: Source): string | undefined {
    return this.#find(definer)?.metadata.uid;
  }

  #find({ type, key }: Source): KubeObject | undefined {
    return typeId(type) === typeId(CRD_TYPE) ? this.definitions.get(key) : this.bindings.get(key);
  }

  /** @returns the resources (`plural.group`) that a CRD or APIBinding defines in its workspace */
  definedBy(definer: Source): string[] {
    const { cluster } = parseKey(definer.key);
    const isIt = (other: Source) => other.key === definer.key && typeId(other.type) === typeId(definer.type);
    return [...this.#definersIn(cluster)].flatMap(([name, entry]) => (isIt(entry.definer) ? [name] : []));
  }

  /** Whether kcp serves a resource in every workspace. */
  isNative(groupResource: string): boolean {
    return this.#native.has(groupResource);
  }

  /**
   * Whether kcp lists a type across workspaces. It does not for what is exported under the name of a native kind outside
   * the core group (docs/toolchain.md, "The patches of kcp"): a watch of it would never be complete.
   */
  isListed({ resource, identity }: WatchedType): boolean {
    const isExported = identity !== '' && identity !== 'crd';
    return !isExported || resource.group === '' || !this.isNative(groupResourceOf(resource));
  }

  /** @returns the APIBindings of a workspace */
  bindingsIn(cluster: string): readonly APIBinding[] {
    return this.#bindingsByCluster.get(cluster);
  }

  /** @returns the CRDs of a workspace */
  definitionsIn(cluster: string): readonly Definition[] {
    return this.#definitionsByCluster.get(cluster);
  }

  /** @returns the CRD of a resource in a workspace, served or not */
  definition(cluster: string, groupResource: string): Definition | undefined {
    return this.definitions.get(formatKey({ cluster, namespace: '', name: groupResource }));
  }

  /** @returns what kcp has made of the exported schema by which a workspace has a resource bound */
  schemaIn(cluster: string, groupResource: string): Definition | undefined {
    return this.#definersIn(cluster).get(groupResource)?.schema;
  }

  /** @returns when a workspace has got what serves a resource, RFC 3339; '' for what is native or not known */
  since(cluster: string, groupResource: string): string {
    const definer = this.definerIn(cluster, groupResource);
    if (!definer) return '';
    return this.#find(definer)?.metadata.creationTimestamp ?? '';
  }

  #changed(cluster: string): void {
    if (cluster === BOUND_CRDS) this.#definers.clear();
    else this.#definers.delete(cluster);
    for (const listener of this.#listeners) listener(cluster);
  }

  #definersIn(cluster: string): ReadonlyMap<string, Provision> {
    const known = this.#definers.get(cluster);
    if (known) return known;
    const found = new Map<string, Provision>();
    for (const definition of this.#definitionsByCluster.get(cluster)) {
      if (!hasCondition(definition, 'NamesAccepted')) continue;
      const type = typeOf(definition, 'crd');
      found.set(groupResourceOf(type.resource), {
        type,
        definer: { type: CRD_TYPE, key: keyOf(definition) },
      });
    }
    for (const binding of this.#bindingsByCluster.get(cluster)) {
      for (const { schema } of binding.status?.boundResources ?? []) {
        const key = formatKey({ cluster: BOUND_CRDS, namespace: '', name: schema.UID });
        const definition = this.definitions.get(key);
        if (!definition || !hasCondition(definition, 'Established') || !IDENTITY.test(schema.identityHash))
          continue;
        const type = typeOf(definition, schema.identityHash);
        found.set(groupResourceOf(type.resource), {
          type,
          definer: { type: API_BINDING_TYPE, key: keyOf(binding) },
          schema: definition,
        });
      }
    }
    this.#definers.set(cluster, found);
    return found;
  }
}

/** Kubernetes' order of versions: stable before beta before alpha, each from the highest number down. */
export function byVersionPriority(a: string, b: string): number {
  const rank = (version: string): [number, number, number] => {
    const match = /^v(\d+)(?:(alpha|beta)(\d+))?$/.exec(version);
    if (!match) return [0, 0, 0];
    const stage = match[2] === 'alpha' ? 1 : match[2] === 'beta' ? 2 : 3;
    return [stage, Number(match[1]), Number(match[3] ?? 0)];
  };
  const [left, right] = [rank(a), rank(b)];
  return right[0] - left[0] || right[1] - left[1] || right[2] - left[2] || a.localeCompare(b);
}

function typeOf(definition: Definition, identity: string): WatchedType {
  const resource = resourceOf(definition);
  const version = definition.spec?.versions.find(({ name }) => name === resource.version);
  return { resource, identity, ...(version?.statusWithin ? { statusWithin: true } : {}) };
}

function resourceOf(definition: Definition): Resource {
  const { group = '', names, scope, versions = [] } = definition.spec ?? {};
  const served = versions.filter((version) => version.served).map((version) => version.name);
  return {
    // kcp stores bound CRDs of the core group under the name "core".
    group: group === 'core' ? '' : group,
    version: served.sort(byVersionPriority)[0] ?? '',
    plural: names?.plural ?? '',
    kind: names?.kind ?? '',
    namespaced: scope === 'Namespaced',
  };
}

/** A CRD is served soon after its names are accepted; `Established` follows seconds later, for HA servers. */
function hasCondition(definition: Definition, wanted: 'NamesAccepted' | 'Established'): boolean {
  const conditions = definition.status?.conditions ?? [];
  return conditions.some(({ type, status }) => type === wanted && status === 'True');
}

/** Schemas are large and only needed when a CRD is copied; then it is read in full. */
function withoutSchemas(definition: Definition): Definition {
  const { group = '', names, scope = 'Cluster', versions = [] } = definition.spec ?? {};
  return {
    ...definition,
    metadata: { ...definition.metadata },
    spec: {
      group,
      names: { plural: names?.plural ?? '', kind: names?.kind ?? '' },
      scope,
      versions: versions.map((version) => ({
        name: version.name,
        served: version.served,
        ...(hasStatusWithin(version) ? { statusWithin: true } : {}),
      })),
    },
  };
}

/** Whether objects may have a status that is written as any other field, for want of a subresource. */
function hasStatusWithin({
  subresources,
  schema,
}: NonNullable<Definition['spec']>['versions'][number]): boolean {
  if (subresources && 'status' in subresources) return false;
  const { openAPIV3Schema: root = {} } = (schema ?? {}) as {
    openAPIV3Schema?: { properties?: object; 'x-kubernetes-preserve-unknown-fields'?: boolean };
  };
  return 'status' in (root.properties ?? {}) || root['x-kubernetes-preserve-unknown-fields'] === true;
}
