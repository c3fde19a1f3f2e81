import {
  CUSTOM_RESOURCE_DEFINITIONS,
  type CustomResourceDefinition,
  groupResourceOf,
  type Resource,
} from '@kubestellar/api';
import { isNotFound, type KubeClient } from '@kubestellar/kube';

/** A resource that a server serves in one version. */
export interface ServedType extends Resource {
  /** Whether its status is written by a subresource of its own. */
  readonly hasStatus: boolean;
}

interface ApiGroup {
  name: string;
  versions: { version: string }[];
  preferredVersion: { version: string };
}

interface ResourceList {
  resources: { name: string; kind: string; namespaced: boolean; verbs: string[] }[];
}

/**
 * What one server serves, asked per group and version: a syncer needs few of them, and asking for one is a
 * single request, while kcp has no single answer for all.
 */
export class ServedTypes {
  readonly #client: KubeClient;
  readonly #known = new Map<string, readonly ServedType[]>();
  readonly #asking = new Map<string, Promise<readonly ServedType[]>>();

  constructor(client: KubeClient) {
    this.#client = client;
  }

  /** @returns what was last learnt of a group's version; undefined when it was never asked for */
  known(group: string, version: string): readonly ServedType[] | undefined {
    return this.#known.get(`${group}/${version}`);
  }

  /**
   * Asks the server.
   * @returns what can be listed and watched; nothing when it doesn't serve that version of the group
   * @throws ApiError or ConnectionError when it doesn't tell
   */
  async ask(group: string, version: string): Promise<readonly ServedType[]> {
    const key = `${group}/${version}`;
    const asking = this.#asking.get(key) ?? this.#ask(group, version);
    this.#asking.set(key, asking);
    try {
      const types = await asking;
      this.#known.set(key, types);
      return types;
    } finally {
      this.#asking.delete(key);
    }
  }

  /**
   * Asks the server for one resource.
   * @returns undefined while it isn't served
   * @throws ApiError or ConnectionError when the server doesn't tell
   */
  async find(group: string, version: string, plural: string): Promise<ServedType | undefined> {
    const listed = (await this.ask(group, version)).find((type) => type.plural === plural);
    return listed ?? (group.includes('.') ? this.#fromDefinition(group, version, plural) : undefined);
  }

  /**
   * Asks the server for all resources of some groups; for any number that it does not serve, with one request.
   * @returns each in the version that the server prefers, and the groups that it did not tell about
   * @throws ApiError or ConnectionError when it does not tell which groups it serves
   */
  async inGroups(
    groups: readonly string[],
  ): Promise<{ types: readonly ServedType[]; failed: ReadonlySet<string>; reason?: unknown }> {
    const versions = await this.#versionsOf(new Set(groups));
    const asked = [...versions].map(([group, all]) => this.#inGroup(group, all));
    const answers = await Promise.allSettled(asked);
    const failed = new Set([...versions.keys()].filter((_, n) => answers[n]?.status === 'rejected'));
    const types = answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []));
    const failure = answers.find((answer) => answer.status === 'rejected');
    return { types, failed, ...(failure ? { reason: failure.reason } : {}) };
  }

  async #inGroup(group: string, versions: readonly string[]): Promise<readonly ServedType[]> {
    const found = new Map<string, ServedType>();
    for (const version of versions) {
      for (const type of await this.ask(group, version)) {
        if (!found.has(type.plural)) found.set(type.plural, type);
      }
    }
    return [...found.values()];
  }

  /** @returns the versions of those of the groups that are served, the preferred one first */
  async #versionsOf(groups: ReadonlySet<string>): Promise<ReadonlyMap<string, readonly string[]>> {
    const versions = new Map<string, readonly string[]>();
    if (groups.has('')) versions.set('', ['v1']);
    if (versions.size === groups.size) return versions;
    const { groups: served } = await this.#client.request<{ groups: ApiGroup[] }>('GET', '/apis');
    for (const group of served) {
      if (!groups.has(group.name)) continue;
      const all = [group.preferredVersion, ...group.versions].map(({ version }) => version);
      versions.set(group.name, [...new Set(all)]);
    }
    return versions;
  }

  /** kcp lists a new kind five seconds after its definition, but serves it after one (measured on v0.31.2). */
  async #fromDefinition(group: string, version: string, plural: string): Promise<ServedType | undefined> {
    const name = groupResourceOf({ group, plural });
    const crd = await this.#client.get<CustomResourceDefinition>(CUSTOM_RESOURCE_DEFINITIONS, { name });
    const definition = crd?.spec?.versions.find((each) => each.name === version && each.served);
    const accepted = crd?.status?.conditions?.some(
      ({ type, status }) => type === 'NamesAccepted' && status === 'True',
    );
    if (!crd?.spec || !definition || !accepted) return undefined;
    const { names, scope } = crd.spec;
    const hasStatus = (definition.subresources as { status?: object } | undefined)?.status !== undefined;
    return { group, version, plural, kind: names.kind, namespaced: scope === 'Namespaced', hasStatus };
  }

  async #ask(group: string, version: string): Promise<readonly ServedType[]> {
    const path = group === '' ? `/api/${version}` : `/apis/${group}/${version}`;
    try {
      const { resources } = await this.#client.request<ResourceList>('GET', path);
      const names = new Set(resources.map(({ name }) => name));
      return resources
        .filter(({ name, verbs }) => !name.includes('/') && verbs.includes('list') && verbs.includes('watch'))
        .map(({ name: plural, kind, namespaced }) => {
          return { group, version, plural, kind, namespaced, hasStatus: names.has(`${plural}/status`) };
        });
    } catch (error) {
      if (isNotFound(error)) return [];
      throw error;
    }
  }
}
