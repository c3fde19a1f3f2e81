/** Objects and stand-ins for the unit tests of the placement-translator. */
import {
  type EdgePlacement,
  type EdgePlacementSpec,
  type KubeObject,
  type ObjectMeta,
  PROJECTED,
  PROJECTED_VALUE,
  type Resource,
  type SinglePlacement,
} from '@kubestellar/api';
import { ApiError, type KubeClient } from '@kubestellar/kube';
import type { Logger } from '@kubestellar/program';
import type { Mailbox } from './cache/mailboxes.ts';
import type { ResolvedPlacement } from './cache/placements.ts';

/** An object of a kind in a workspace (its cluster). */
export function objectOf(
  resource: Resource,
  cluster: string,
  name: string,
  metadata: Partial<ObjectMeta> = {},
  content: object = {},
): KubeObject {
  const { group, version, kind } = resource;
  return {
    apiVersion: group ? `${group}/${version}` : version,
    kind,
    metadata: {
      name,
      uid: `uid-${name}`,
      resourceVersion: '1',
      ...metadata,
      annotations: { 'kcp.io/cluster': cluster, ...metadata.annotations },
    },
    ...content,
  };
}

/** The metadata by which a copy is known as ours. */
export const OURS = { labels: { [PROJECTED]: PROJECTED_VALUE } };

export function placementOf(cluster: string, name: string, spec: Partial<EdgePlacementSpec>): EdgePlacement {
  return {
    apiVersion: 'edge.kubestellar.io/v2alpha1',
    kind: 'EdgePlacement',
    metadata: { name, uid: `uid-${name}`, annotations: { 'kcp.io/cluster': cluster } },
    spec: { locationSelectors: [], ...spec } as EdgePlacementSpec,
  };
}

/** A destination; its mailbox is called as the tests like it. */
export const destinationOf = (locationName: string, cluster = 'imw'): SinglePlacement => ({
  cluster,
  locationName,
  syncTargetName: locationName,
  syncTargetUID: `uid-${locationName}`,
});

/** An EdgePlacement that leads to these mailboxes, one Location each; to nobody knows where if undefined. */
export function resolvedOf(
  placement: EdgePlacement,
  mailboxes: readonly string[] | undefined,
  more: Partial<ResolvedPlacement> = {},
): ResolvedPlacement {
  return {
    placement,
    destinations: mailboxes && new Map(mailboxes.map((name) => [name, [destinationOf(`at-${name}`)]])),
    unproven: new Set(),
    refused: [],
    isOverBudget: false,
    ...more,
  };
}

export function mailboxOf(name: string, isOrphan = false): Mailbox {
  const origin = { core: 'core', syncTarget: `target-of-${name}` };
  return { name, cluster: `cluster-of-${name}`, origin, isOrphan: async () => isOrphan };
}

/** A logger that keeps what is logged as warning or error. */
export function loggerOf(lines: unknown[] = []): Logger {
  const keep = (...line: unknown[]) => void lines.push(line);
  const drop = () => undefined;
  return { debug: drop, info: drop, warn: keep, error: keep } as unknown as Logger;
}

/** A server in memory, for all workspaces: objects by `cluster resource namespace/name`. */
export class FakeServer {
  readonly objects = new Map<string, KubeObject>();
  /** What was written, one line each, and with what. */
  readonly log: string[] = [];
  readonly bodies: unknown[] = [];
  /** Makes requests fail whose line it matches. */
  fails: { line: RegExp; error: Error } | undefined;

  /** @returns a client at the server, as far as the translator uses one */
  get client(): KubeClient {
    return this.#at('');
  }

  readonly #events = new Map<string, { type: string; object: KubeObject }[]>();
  #changed = Promise.withResolvers<void>();

  /** Has an object, and whoever watches its kind sees it. */
  put(cluster: string, { plural }: Pick<Resource, 'plural'>, object: KubeObject): this {
    const key = keyAt(cluster, plural, object.metadata);
    this.#send(plural, this.objects.has(key) ? 'MODIFIED' : 'ADDED', object);
    this.objects.set(key, object);
    return this;
  }

  /** Loses an object, and whoever watches its kind sees that. */
  drop(cluster: string, { plural }: Pick<Resource, 'plural'>, object: KubeObject): this {
    this.objects.delete(keyAt(cluster, plural, object.metadata));
    this.#send(plural, 'DELETED', object);
    return this;
  }

  #send(plural: string, type: string, object: KubeObject): void {
    this.#events.set(plural, [
      ...(this.#events.get(plural) ?? []),
      { type, object: structuredClone(object) },
    ]);
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }

  async *#watch(plural: string, from: number, signal: AbortSignal) {
    const aborted = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
    for (let n = from; !signal.aborted; ) {
      const event = this.#events.get(plural)?.[n];
      if (event) {
        n++;
        yield event;
      } else await Promise.race([this.#changed.promise, aborted]);
    }
  }

  #at(cluster: string): KubeClient {
    const find = ({ plural }: Resource, ref: Ref) => this.objects.get(keyAt(cluster, plural, ref));
    const note = (verb: string, { plural }: Resource, ref: Ref, body?: unknown) => {
      const line = `${verb} ${keyAt(cluster, plural, ref)}`;
      if (this.fails?.line.test(line)) throw this.fails.error;
      this.log.push(line);
      this.bodies.push(body);
    };
    const isAll = cluster === '*' || cluster === '';
    const client = {
      workspace: (name: string) => this.#at(name),
      get: async (resource: Resource, ref: Ref) => {
        const line = `get ${keyAt(cluster, resource.plural, ref)}`;
        if (this.fails?.line.test(line)) throw this.fails.error;
        return find(resource, ref);
      },
      list: async ({ plural }: Resource) =>
        [...this.objects].flatMap(([key, object]) => {
          const isThere = key.startsWith(`${cluster} ${plural} `) || (isAll && key.includes(` ${plural} `));
          return isThere ? [object] : [];
        }),
      listPage: async (resource: Resource) => ({
        items: structuredClone(await client.list(resource)),
        metadata: { resourceVersion: `${this.#events.get(resource.plural)?.length ?? 0}` },
      }),
      watch: ({ plural }: Resource, from: { resourceVersion: string; signal: AbortSignal }) =>
        this.#watch(plural, Number(from.resourceVersion), from.signal),
      connection: {},
      path: cluster,
      create: async (resource: Resource, object: KubeObject) => {
        if (find(resource, object.metadata)) throw new ApiError('POST', 409, { reason: 'AlreadyExists' });
        note('create', resource, object.metadata, object);
        this.put(cluster, resource, object);
        return object;
      },
      createForMetadata: async (resource: Resource, object: KubeObject) =>
        (await client.create(resource, object)).metadata,
      replace: async (resource: Resource, object: KubeObject) => {
        note('replace', resource, object.metadata, object);
        this.put(cluster, resource, object);
        return object;
      },
      apply: async (resource: Resource, object: KubeObject) => {
        note('apply', resource, object.metadata, object);
        this.put(cluster, resource, object);
        return object;
      },
      delete: async (resource: Resource, ref: Ref, { uid }: { uid?: string } = {}) => {
        note(`delete${uid ? ` ${uid}` : ''}`, resource, ref);
        this.objects.delete(keyAt(cluster, resource.plural, ref));
      },
      mergePatch: async (resource: Resource, ref: Ref, patch: unknown) => note('patch', resource, ref, patch),
      jsonPatch: async (resource: Resource, ref: Ref, patch: unknown, { subresource = '' } = {}) =>
        note(`patch${subresource && ` ${subresource} of`}`, resource, ref, patch),
    };
    return client as unknown as KubeClient;
  }
}

/** Waits for what other promises bring about; a test that waits in vain fails by its time-out. */
export async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 1));
}

type Ref = { name: string; namespace?: string | undefined };

function keyAt(cluster: string, plural: string, { namespace, name }: Ref): string {
  return `${cluster} ${plural} ${namespace ?? ''}/${name}`;
}
