import { createHash } from 'node:crypto';
import type { KubeObject, ObjectMeta, Resource } from '@kubestellar/api';
import { dequal } from 'dequal/lite';
import type { KubeClient } from './client.ts';
import { isScaledByOthers, ownedDifferences } from './fields.ts';
import { formatKey } from './key.ts';

/**
 * A resource version that no object has: etcd's first revision is that of the empty store. An apply with it
 * creates, or is refused because the object "has been modified" (tried on Kubernetes 1.36).
 */
const NO_VERSION = '1';

/**
 * Writes objects by server-side apply, and only when that would change something.
 * A server may store a value in another form than we sent (`1000m` as `1`) or prune a field that it does
 * not know: what still differs in the very version that our own write made is remembered as settled. Losing
 * that memory costs one write without effect, nothing else.
 */
export class Applier {
  readonly fieldManager: string;
  /** What we have written last, and the version that it made, until that version has been seen. */
  readonly #written = new Map<string, { wanted: KubeObject; version: string | undefined }>();
  readonly #settled = new Map<string, string>();

  constructor(fieldManager: string) {
    this.fieldManager = fieldManager;
  }

  /**
   * Makes the fields of `desired` true on the server.
   * @param live the object as last seen there, with managedFields; undefined when absent
   * @returns the metadata of the object as stored, and whether it was written
   */
  async ensure(
    client: KubeClient,
    resource: Resource,
    desired: KubeObject,
    live: KubeObject | undefined,
  ): Promise<{ metadata: ObjectMeta; written: boolean }> {
    const wanted = forApply(live ? yieldReplicas(desired, live) : desired);
    const key = this.#key(client, resource, desired);
    if (live && this.#isSettled(key, wanted, live)) return { metadata: live.metadata, written: false };
    const metadata = await client.apply(resource, wanted, { fieldManager: this.fieldManager });
    this.#remember(key, wanted, metadata);
    return { metadata, written: true };
  }

  /**
   * Creates an object by server-side apply, and touches none that exists already.
   * @returns the metadata of the object as stored
   * @throws ApiError 409 Conflict when there is an object of that name
   */
  async create(client: KubeClient, resource: Resource, desired: KubeObject): Promise<ObjectMeta> {
    const wanted = forApply(desired);
    const asNew = { ...wanted, metadata: { ...wanted.metadata, resourceVersion: NO_VERSION } };
    const metadata = await client.apply(resource, asNew, { fieldManager: this.fieldManager });
    this.#remember(this.#key(client, resource, desired), wanted, metadata);
    return metadata;
  }

  /** Drops what is remembered of an object that is gone. */
  forget(client: KubeClient, resource: Resource, object: KubeObject): void {
    const key = this.#key(client, resource, object);
    this.#written.delete(key);
    this.#settled.delete(key);
  }

  #remember(key: string, wanted: KubeObject, { resourceVersion }: ObjectMeta): void {
    this.#settled.delete(key);
    this.#written.set(key, { wanted, version: resourceVersion });
  }

  #isSettled(key: string, wanted: KubeObject, live: KubeObject): boolean {
    const differences = ownedDifferences(wanted, live, this.fieldManager);
    const written = this.#written.get(key);
    const isOurs = written !== undefined && written.version === live.metadata.resourceVersion;
    if (isOurs) this.#written.delete(key);
    if (differences.length === 0) return true;
    if (isOurs && dequal(written.wanted, wanted)) this.#settled.set(key, fingerprint(wanted, differences));
    const settled = this.#settled.get(key);
    return settled !== undefined && settled === fingerprint(wanted, differences);
  }

  #key(client: KubeClient, resource: Resource, object: KubeObject): string {
    const { name, namespace = '' } = object.metadata;
    return `${client.path}|${resource.group}/${resource.plural}|${formatKey({ cluster: '', namespace, name })}`;
  }
}

/** design.md, decision 4: replicas yields once another manager has written it through /scale. */
function yieldReplicas<T extends KubeObject>(desired: T, live: KubeObject): T {
  const spec = desired.spec as { replicas?: number } | undefined;
  if (spec?.replicas === undefined || !isScaledByOthers(live.metadata.managedFields)) return desired;
  const { replicas: _, ...rest } = spec;
  return { ...desired, spec: rest };
}

/** Nulls mean absence; in an applied object they would be owned as values. */
function forApply<T>(value: T): T {
  if (Array.isArray(value)) return value.map(forApply) as T;
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(([, member]) => member !== null && member !== undefined);
  return Object.fromEntries(entries.map(([name, member]) => [name, forApply(member)])) as T;
}

function fingerprint(wanted: KubeObject, differences: readonly string[]): string {
  return createHash('sha256')
    .update(JSON.stringify([wanted, differences]))
    .digest('base64');
}
