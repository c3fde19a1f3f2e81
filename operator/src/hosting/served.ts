import type { Resource } from '@kubestellar/api';
import { isNotFound, type KubeClient } from '@kubestellar/kube';

/** Which kinds and API groups the hosting cluster serves; each is asked for once. */
export class Served {
  readonly #client: KubeClient;
  readonly #known = new Map<string, Promise<readonly string[]>>();

  constructor(client: KubeClient) {
    this.#client = client;
  }

  /** Whether objects of the resource can be made. */
  async has({ group, version, plural }: Resource): Promise<boolean> {
    const path = `/apis/${group}/${version}`;
    return (await this.#ask(path, (list: { resources?: { name: string }[] }) => list.resources)).includes(
      plural,
    );
  }

  /** Whether there is any API of the group. */
  async hasGroup(group: string): Promise<boolean> {
    return (await this.#ask('/apis', (list: { groups?: { name: string }[] }) => list.groups)).includes(group);
  }

  #ask<T>(path: string, names: (answer: T) => { name: string }[] | undefined): Promise<readonly string[]> {
    const known = this.#known.get(path) ?? this.#read(path, names);
    this.#known.set(path, known);
    return known;
  }

  async #read<T>(path: string, names: (answer: T) => { name: string }[] | undefined): Promise<string[]> {
    try {
      return (names(await this.#client.request<T>('GET', path)) ?? []).map(({ name }) => name);
    } catch (error) {
      if (isNotFound(error)) return [];
      throw error;
    }
  }
}
