import type { Resource } from '@kubestellar/api';
import type { KubeClient } from '@kubestellar/kube';

/** Watches a server for objects that are deleted. */
export class Deletions {
  readonly #abort = new AbortController();
  readonly #found: string[] = [];
  #watches: Promise<unknown>[] = [];

  private constructor() {}

  /** @returns once every deletion from now on counts */
  static async watch(server: KubeClient, resources: readonly Resource[]): Promise<Deletions> {
    const deletions = new Deletions();
    const since = await Promise.all(
      resources.map(async (resource) => {
        const { metadata } = await server.listPage(resource, { limit: 1 });
        return { resource, resourceVersion: metadata.resourceVersion };
      }),
    );
    deletions.#watches = since.map(({ resource, resourceVersion }) =>
      deletions.#watch(server, resource, resourceVersion),
    );
    return deletions;
  }

  /** Ends the watches. @returns what has been deleted, and what kept a watch from seeing it */
  async end(): Promise<string[]> {
    this.#abort.abort();
    await Promise.all(this.#watches);
    return this.#found;
  }

  async #watch(server: KubeClient, resource: Resource, resourceVersion?: string): Promise<void> {
    const { signal } = this.#abort;
    const { plural } = resource;
    try {
      for await (const { type, object } of server.watch(resource, {
        resourceVersion,
        timeoutSeconds: 3600,
        signal,
      })) {
        if (type === 'DELETED') this.#found.push(`${plural}/${object.metadata.name}`);
        if (type === 'ERROR') this.#found.push(`${plural}: ${JSON.stringify(object)}`);
      }
      this.#found.push(`${plural}: the watch has ended`);
    } catch (error) {
      if (!signal.aborted) this.#found.push(`${plural}: ${error}`);
    }
  }
}
