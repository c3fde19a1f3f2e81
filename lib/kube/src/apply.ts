import { createHash } from 'node:crypto';
import type { KubeObject, ObjectMeta, Resource } from '@kubestellar/api';
import type { KubeClient } from './client.ts';
import { isConflict } from './errors.ts';
import { isScaledByOthers } from './fields.ts';
import { isEqualJson } from './json.ts';
import { formatKey } from './key.ts';
import { asApplied, compareOwned, marked } from './ownership.ts';

/** How often others may write between our read and our write of an object. */
const TRIES_AGAINST_OTHERS = 5;

/**
 * Writes objects by server-side apply, and only when that would change something.
 * A server may store a value in another format than we sent (`1000m` as `1`) or prune a field that it does
 * not know: a difference in the very version that our own write created is remembered as settled. Losing
 * that memory costs one write without effect, nothing else.
 */
export class Applier {
  readonly fieldManager: string;
  /** What we have written last, and the version that this created, until that version has been seen. */
  readonly #written = new Map<string, { wanted: KubeObject; version: string | undefined }>();
  readonly #settled = new Map<string, string>();

  constructor(fieldManager: string) {
    this.fieldManager = fieldManager;
  }

  /**
   * Applies the fields of `desired` on the server.
   * @param live the object as last seen there, with managedFields; undefined when absent
   * @returns the metadata of the object as stored, and whether it was written
   */
  async ensure(
    client: KubeClient,
    resource: Resource,
    desired: KubeObject,
    live: KubeObject | undefined,
  ): Promise<{ metadata: ObjectMeta; written: boolean }> {
    const described = forApply(desired);
    const wanted = live ? yieldReplicas(described, live) : described;
    const key = this.#key(client, resource, desired);
    const standing = live ? compareOwned(wanted, live, this.fieldManager, described) : undefined;
    if (live && this.#isSettled(key, wanted, live, standing?.differences ?? []))
      return { metadata: live.metadata, written: false };
    if (standing?.mustHandOver) await this.#handOver(client, resource, desired.metadata);
    const metadata = await client.apply(resource, wanted, { fieldManager: this.fieldManager });
    this.#remember(key, wanted, metadata);
    return { metadata, written: true };
  }

  /**
   * Creates an object by POST, with an annotation for `ensure` (see ownership.ts).
   * @returns the metadata of the object as stored
   * @throws ApiError 409 AlreadyExists when there is an object of that name
   */
  async create(client: KubeClient, resource: Resource, desired: KubeObject): Promise<ObjectMeta> {
    const wanted = forApply(desired);
    const options = { fieldManager: this.fieldManager };
    const metadata = await client.createForMetadata(resource, marked(wanted), options);
    this.#remember(this.#key(client, resource, desired), wanted, metadata);
    return metadata;
  }

  /** Drops what is remembered of a deleted object. */
  forget(client: KubeClient, resource: Resource, object: KubeObject): void {
    const key = this.#key(client, resource, object);
    this.#written.delete(key);
    this.#settled.delete(key);
  }

  #remember(key: string, wanted: KubeObject, { resourceVersion }: ObjectMeta): void {
    this.#settled.delete(key);
    this.#written.set(key, { wanted, version: resourceVersion });
  }

  /** Turns fields that we own by creating the object into ones that the next apply releases. */
  async #handOver(client: KubeClient, resource: Resource, { name, namespace }: ObjectMeta): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      const live = await client.get(resource, { name, namespace });
      if (!live) return;
      const { managedFields = [], resourceVersion } = live.metadata;
      const patch = [
        { op: 'replace', path: '/metadata/resourceVersion', value: resourceVersion },
        {
          op: 'replace',
          path: '/metadata/managedFields',
          value: asApplied(managedFields, this.fieldManager),
        },
      ];
      try {
        await client.jsonPatch(resource, { name, namespace }, patch, { fieldManager: this.fieldManager });
        return;
      } catch (error) {
        // Controllers write the status of new objects.
        if (!isConflict(error) || attempt >= TRIES_AGAINST_OTHERS) throw error;
      }
    }
  }

  #isSettled(key: string, wanted: KubeObject, live: KubeObject, differences: readonly string[]): boolean {
    const written = this.#written.get(key);
    const isOurs = written !== undefined && written.version === live.metadata.resourceVersion;
    if (isOurs) this.#written.delete(key);
    if (differences.length === 0) return true;
    if (isOurs && isEqualJson(written.wanted, wanted))
      this.#settled.set(key, fingerprint(wanted, differences));
    const settled = this.#settled.get(key);
    return settled !== undefined && settled === fingerprint(wanted, differences);
  }

  #key(client: KubeClient, resource: Resource, object: KubeObject): string {
    const { name, namespace = '' } = object.metadata;
    return `${client.path}|${resource.group}/${resource.plural}|${formatKey({ cluster: '', namespace, name })}`;
  }
}

/** replicas yields once another manager has written it through /scale (docs/decisions/0007-server-side-apply.md). */
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
