/** Collects what is known of one object on each of its clusters. */
import {
  CUSTOM_RESOURCE_DEFINITIONS,
  groupResourceOf,
  type KubeObject,
  type Resource,
} from '@kubestellar/api';
import { isRetriable } from '@kubestellar/kube';
import type { Problem } from '@kubestellar/rules';
import { isForeign, notOurs } from '../../copies/takeover.ts';
import {
  type CopyKey,
  copyKey,
  formatObjectKey,
  type LocalObject,
  localObject,
  type ObjectKey,
  type Source,
  type Want,
  type WatchedType,
} from '../../keys.ts';
import { type Reported, reportedBy } from './availability.ts';
import type { ClusterFact } from './object-status.ts';
import type { CopyState } from './reports.ts';

/** A copy, as the watch of its kind has it. */
export interface WatchedCopy {
  resource: Resource;
  copy: KubeObject;
  /** The watch holds metadata only. */
  isPartial: boolean;
}

/** What is read, as functions so that tests need no server. */
export interface ClusterStatusDependencies {
  getCopy(mailbox: string, local: LocalObject): WatchedCopy | undefined;
  /** Reads a copy in full; undefined when it is gone. */
  readCopy(mailbox: string, local: LocalObject): Promise<KubeObject | undefined>;
  /** Why an object does not get to a mailbox workspace, as far as its API is the cause. */
  getMismatch(mailbox: string, type: WatchedType, local: LocalObject): Problem | undefined;
  /** Why it is not customized, or why the mailbox workspace refuses the copy. */
  getRefusal(source: Source, copy: CopyKey): Problem | undefined;
  /** What the syncer has reported; `unknown` while the cluster is unreachable. */
  getState(mailbox: string, object: ObjectKey): CopyState;
  /** The Location that a mailbox workspace stands for, as to one source. */
  getLocation(source: Source, mailbox: string): Pick<ClusterFact, 'location' | 'labels'>;
}

/** What is known of each object on each of its clusters. */
export class ClusterStatuses {
  readonly #deps: ClusterStatusDependencies;
  /** Copies whose status the caches don't hold, as far as they are needed. */
  readonly #read = new Map<CopyKey, { version: string | undefined; reported: Reported; copy?: KubeObject }>();

  constructor(deps: ClusterStatusDependencies) {
    this.#deps = deps;
  }

  /**
   * @param withCopies whether the answer is to hold the copies, with their status
   * @returns one entry for each cluster that the object is wanted on
   */
  async list(
    type: WatchedType,
    object: KubeObject,
    wants: ReadonlyMap<string, Want>,
    withCopies: boolean,
  ): Promise<ClusterFact[]> {
    const local = localObject(type, object);
    const objectKey = formatObjectKey(local);
    const facts: ClusterFact[] = [];
    for (const [mailbox, { source }] of wants) {
      const key = copyKey(mailbox, objectKey);
      const found = this.#deps.getCopy(mailbox, local);
      const mismatch = this.#deps.getMismatch(mailbox, source.type, local);
      const foreign = found && isForeign(found.resource, found.copy) ? notOurs(found.resource) : undefined;
      const state =
        mismatch ?? foreign ?? this.#deps.getRefusal(source, key) ?? this.#deps.getState(mailbox, objectKey);
      facts.push({
        mailbox,
        ...this.#deps.getLocation(source, mailbox),
        // Without a copy on its way nothing can have arrived, whatever was reported of an earlier one.
        state: found || state !== 'applied' ? state : 'pending',
        // Another API's object of that name, or one of the mailbox workspace's own, is none of this object's.
        ...(found && !mismatch && !foreign ? await this.#reported(mailbox, local, found, withCopies) : {}),
      });
    }
    return facts;
  }

  /** Drops what is remembered of the copies of an object that is wanted no more. */
  forget(copyKeys: Iterable<CopyKey>): void {
    for (const key of copyKeys) this.#read.delete(key);
  }

  /** kcp lists kinds from CRDs without their content: what has a status is read in full when it has changed. */
  async #reported(
    mailbox: string,
    local: LocalObject,
    { resource, copy, isPartial }: WatchedCopy,
    withCopy: boolean,
  ): Promise<Reported & { copy?: KubeObject }> {
    if (!isPartial) return { ...reportedBy(resource, copy), ...(withCopy ? { copy } : {}) };
    const isDefinition = groupResourceOf(resource) === groupResourceOf(CUSTOM_RESOURCE_DEFINITIONS);
    if (isDefinition || (!hasStatus(copy) && !withCopy)) return {};
    const { resourceVersion } = copy.metadata;
    const known = this.#read.get(copyKey(mailbox, formatObjectKey(local)));
    if (known && known.version === resourceVersion && (known.copy || !withCopy))
      return { ...known.reported, ...(known.copy ? { copy: known.copy } : {}) };
    return this.#readAnew(mailbox, local, { resource, resourceVersion }, withCopy);
  }

  async #readAnew(
    mailbox: string,
    local: LocalObject,
    {
      resource,
      resourceVersion: version,
    }: Pick<WatchedCopy, 'resource'> & { resourceVersion?: string | undefined },
    withCopy: boolean,
  ): Promise<Reported & { copy?: KubeObject }> {
    try {
      const full = await this.#deps.readCopy(mailbox, local);
      const reported = full ? reportedBy(resource, full) : {};
      const kept = full && withCopy ? { copy: full } : {};
      this.#read.set(copyKey(mailbox, formatObjectKey(local)), { version, reported, ...kept });
      return { ...reported, ...kept };
    } catch (error) {
      if (isRetriable(error)) throw error;
      return {}; // no longer served, or not for us
    }
  }
}

/** What was listed as metadata only shows by its owners of fields whether it has a status. */
function hasStatus({ metadata: { managedFields = [] } }: KubeObject): boolean {
  return managedFields.some(({ subresource }) => subresource === 'status');
}
