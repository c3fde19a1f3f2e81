import type { Resource } from '@kubestellar/api';
import { isNotFound, type KubeClient } from '@kubestellar/kube';

/** Which kinds and API groups the hosting cluster serves; each is read once. */
export class Served {
  readonly #client: KubeClient;
  readonly #known = new Map<string, Promise<readonly string[]>>();

  constructor(client: KubeClient) {
    this.#client = client;
  }

  /** Whether the cluster serves the resource. */
  async has({ group, version, plural }: Resource): Promise<boolean> {
    const path = `/apis/${group}/${version}`;
    return (await this.#cached(path, (list: { resources?: { name: string }[] }) => list.resources)).includes(
      plural,
    );
  }

  /** Whether the cluster serves any API of the group. */
  async hasGroup(group: string): Promise<boolean> {
    return (await this.#cached('/apis', (list: { groups?: { name: string }[] }) => list.groups)).includes(
      group,
    );
  }

  #cached<T>(
    path: string,
    names: (response: T) => { name: string }[] | undefined,
  ): Promise<readonly string[]> {
    const known = this.#known.get(path) ?? this.#read(path, names);
    this.#known.set(path, known);
    return known;
  }

  async #read<T>(path: string, names: (response: T) => { name: string }[] | undefined): Promise<string[]> {
    try {
      return (names(await this.#client.request<T>('GET', path)) ?? []).map(({ name }) => name);
    } catch (error) {
      if (isNotFound(error)) return [];
      throw error;
    }
  }
}
