import {
  apiVersionOf,
  FIELD_MANAGERS,
  type KubeObject,
  type OwnerReference,
  type Resource,
} from '@kubestellar/api';
import { Applier, isApiError, isConflict, isNotFound, type KubeClient } from '@kubestellar/kube';

/** Label on each object that the operator creates. */
const MANAGED_BY = { 'app.kubernetes.io/managed-by': 'kubestellar-operator' } as const;
const MANAGED_BY_LABEL = 'app.kubernetes.io/managed-by';

/** Someone else has created an object that the operator needs. */
export class NameTaken extends Error {
  override readonly name = 'NameTaken';

  constructor({ kind }: Resource, name: string) {
    super(
      `${kind} "${name}" exists and does not belong to this KubeStellar; rename or delete it, ` +
        'or deploy into another namespace',
    );
  }
}

/** Something else must end first; the reconcile is tried again soon. */
export class NotYet extends Error {
  override readonly name = 'NotYet';
}

/** The server refuses an object that the operator writes, and gives a reason. */
export class Rejected extends Error {
  override readonly name = 'Rejected';
}

/** Called after each write. */
export type OnWrite = (written: { resource: Resource; name: string; isNew: boolean }) => void;

/**
 * The objects that belong to one KubeStellar. They are read from the server each time, written only when a field
 * of ours differs, and never taken over from others.
 */
export class OwnedObjects {
  readonly #client: KubeClient;
  readonly #applier: Applier;
  readonly #namespace: string;
  readonly #owner: OwnerReference;
  readonly #onWrite: OnWrite;

  constructor(
    client: KubeClient,
    applier: Applier,
    target: { namespace: string; owner: OwnerReference },
    onWrite: OnWrite,
  ) {
    this.#client = client;
    this.#applier = applier;
    this.#namespace = target.namespace;
    this.#owner = target.owner;
    this.#onWrite = onWrite;
  }

  /**
   * Reads the object, if it is ours.
   * @returns undefined when there is none
   * @throws NameTaken when it belongs to someone else; NotYet while that of a deleted KubeStellar is being deleted
   */
  async get<T extends KubeObject>(resource: Resource, name: string): Promise<T | undefined> {
    const live = await this.#client.get<T>(resource, { namespace: this.#namespace, name });
    if (live) this.#requireOurs(resource, live);
    return live;
  }

  /**
   * Makes the object have the desired fields. @param retain it outlives the KubeStellar
   * @returns the object before the change, for callers that need its status
   * @throws NameTaken; NotYet; Rejected when the server finds it invalid or forbids it
   */
  async ensure<T extends KubeObject>(
    resource: Resource,
    desired: Omit<T, 'apiVersion' | 'kind'>,
    { retain = false } = {},
  ): Promise<T | undefined> {
    const { name } = desired.metadata;
    const live = await this.get<T>(resource, name);
    if (live?.metadata.deletionTimestamp)
      throw new NotYet(`waiting until ${resource.kind} "${name}" is deleted`);
    const object: KubeObject = {
      ...desired,
      apiVersion: apiVersionOf(resource),
      kind: resource.kind,
      metadata: {
        ...desired.metadata,
        namespace: this.#namespace,
        labels: { ...desired.metadata.labels, ...MANAGED_BY },
        ...(retain ? {} : { ownerReferences: [this.#owner] }),
      },
    };
    await this.#write(resource, object, live);
    return live;
  }

  /** Deletes the object if it exists and is ours. Others' objects, and kinds that are not served, are left alone. */
  async remove(resource: Resource, name: string): Promise<void> {
    const ref = { namespace: this.#namespace, name };
    try {
      const live = await this.#client.get(resource, ref);
      if (!live || !this.#isOurs(live)) return;
      await this.#client.delete(resource, ref, { uid: live.metadata.uid });
    } catch (error) {
      // Where the chart gives the operator no permission for a kind, the operator has never created such an object.
      if (!isNotFound(error) && !isApiError(error, 403)) throw error;
    }
  }

  async #write(resource: Resource, object: KubeObject, live: KubeObject | undefined): Promise<void> {
    const { name } = object.metadata;
    try {
      if (live === undefined) await this.#applier.create(this.#client, resource, object);
      else if (!(await this.#restore(resource, object, live))) return;
      this.#onWrite({ resource, name, isNew: live === undefined });
    } catch (error) {
      if (isConflict(error))
        throw new NotYet(`${resource.kind} "${name}" has just been changed by someone else`);
      if (isApiError(error, 400, 403, 422)) {
        throw new Rejected(`the cluster refuses ${resource.kind} "${name}": ${error.status.message}`);
      }
      throw error;
    }
  }

  /**
   * Someone may have changed the key of a list's entry, such as the port of a Service. Then an apply adds our entry
   * beside theirs, which the server may find invalid. In that case the lists are replaced as a whole.
   * @returns whether anything was written
   */
  async #restore(resource: Resource, object: KubeObject, live: KubeObject): Promise<boolean> {
    try {
      return (await this.#applier.ensure(this.#client, resource, object, live)).written;
    } catch (error) {
      if (!isApiError(error, 422)) throw error;
      const ref = { namespace: this.#namespace, name: object.metadata.name };
      const { fieldManager } = this.#applier;
      await this.#client.mergePatch(resource, ref, { spec: object.spec }, { fieldManager });
      return true;
    }
  }

  #requireOurs(resource: Resource, live: KubeObject): void {
    if (this.#isOurs(live)) return;
    const { name, ownerReferences = [] } = live.metadata;
    // It belongs to a deleted KubeStellar of the same name: the garbage collector will delete it.
    if (
      ownerReferences.some(({ kind, name: owner }) => kind === this.#owner.kind && owner === this.#owner.name)
    ) {
      throw new NotYet(`waiting until ${resource.kind} "${name}" of the previous KubeStellar is deleted`);
    }
    throw new NameTaken(resource, name);
  }

  /** An object with our label and no owner was retained by a previous KubeStellar, or an edit removed its owner. */
  #isOurs({ metadata }: KubeObject): boolean {
    const { ownerReferences = [], labels = {} } = metadata;
    if (ownerReferences.length > 0) return ownerReferences.some(({ uid }) => uid === this.#owner.uid);
    return labels[MANAGED_BY_LABEL] === MANAGED_BY[MANAGED_BY_LABEL];
  }
}

/** What the reconcile of a part may do with the objects that belong to a KubeStellar. */
export type Objects = Pick<OwnedObjects, 'get' | 'ensure' | 'remove'>;

/** An Applier for objects of the hosting cluster. */
export function hostingApplier(): Applier {
  return new Applier(FIELD_MANAGERS.operator);
}
