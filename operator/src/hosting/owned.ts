import {
  apiVersionOf,
  FIELD_MANAGERS,
  type KubeObject,
  type OwnerReference,
  type Resource,
} from '@kubestellar/api';
import { Applier, isApiError, isConflict, isNotFound, type KubeClient } from '@kubestellar/kube';

/** Label on everything that the operator makes. */
const MANAGED_BY = { 'app.kubernetes.io/managed-by': 'kubestellar-operator' } as const;
const MANAGED_BY_LABEL = 'app.kubernetes.io/managed-by';

/** An object that we need has been made by someone else. */
export class NameTaken extends Error {
  override readonly name = 'NameTaken';

  constructor({ kind }: Resource, name: string) {
    super(
      `there is a ${kind} "${name}" that does not belong to this KubeStellar; rename or delete it, ` +
        'or deploy into another namespace',
    );
  }
}

/** Something is under way that must end first; the reconcile is to be tried again soon. */
export class NotYet extends Error {
  override readonly name = 'NotYet';
}

/** The server does not accept what we want to write, and says why. */
export class Rejected extends Error {
  override readonly name = 'Rejected';
}

/** Told of each object that was written. */
export type OnWrite = (written: { resource: Resource; name: string; isNew: boolean }) => void;

/**
 * The objects that belong to one KubeStellar. They are read from the server each time, written only when a field
 * of ours differs, and never taken from others.
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
   * The object as it is, if it is ours.
   * @returns undefined when there is none
   * @throws NameTaken when it belongs to someone else; NotYet while that of a deleted KubeStellar goes
   */
  async get<T extends KubeObject>(resource: Resource, name: string): Promise<T | undefined> {
    const live = await this.#client.get<T>(resource, { namespace: this.#namespace, name });
    if (live) this.#requireOurs(resource, live);
    return live;
  }

  /**
   * Makes the object's fields true. @param retain it outlives the KubeStellar
   * @returns the object as it was before, for those who look at its status
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
      throw new NotYet(`waiting for the end of ${resource.kind} "${name}"`);
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

  /** Deletes the object if it is there and ours; that of others, and of types that are not served, is let be. */
  async remove(resource: Resource, name: string): Promise<void> {
    const ref = { namespace: this.#namespace, name };
    try {
      const live = await this.#client.get(resource, ref);
      if (!live || !this.#isOurs(live)) return;
      await this.#client.delete(resource, ref, { uid: live.metadata.uid });
    } catch (error) {
      // A chart that leaves a kind out of the operator's rights has never let it make one.
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
   * Where someone has changed the key of a list's entry, such as the port of a Service, an apply adds ours beside
   * theirs, which the server may find invalid: then the lists are put back as a whole.
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
    // That of a KubeStellar of our name which is deleted: the garbage collector is on its way.
    if (
      ownerReferences.some(({ kind, name: owner }) => kind === this.#owner.kind && owner === this.#owner.name)
    ) {
      throw new NotYet(`waiting until ${resource.kind} "${name}" of the former KubeStellar is gone`);
    }
    throw new NameTaken(resource, name);
  }

  /** What has our label and no owner was retained by a former KubeStellar, or has lost its owner by an edit. */
  #isOurs({ metadata }: KubeObject): boolean {
    const { ownerReferences = [], labels = {} } = metadata;
    if (ownerReferences.length > 0) return ownerReferences.some(({ uid }) => uid === this.#owner.uid);
    return labels[MANAGED_BY_LABEL] === MANAGED_BY[MANAGED_BY_LABEL];
  }
}

/** What the reconcile of a part does with the objects that belong to a KubeStellar. */
export type Objects = Pick<OwnedObjects, 'get' | 'ensure' | 'remove'>;

/** An Applier for objects of the hosting cluster. */
export function hostingApplier(): Applier {
  return new Applier(FIELD_MANAGERS.operator);
}
