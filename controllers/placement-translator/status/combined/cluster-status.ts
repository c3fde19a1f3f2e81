import { CUSTOM_RESOURCE_DEFINITIONS, groupResourceOf, type KubeObject } from '@kubestellar/api';
import { formatKey, isRetriable } from '@kubestellar/kube';
import type { Problem } from '@kubestellar/rules';
import type { ObjectWatch } from '../../cache/object-informers.ts';
import { isForeign, notOurs } from '../../copies/takeover.ts';
import { locationKeyOf } from '../../customize/plan.ts';
import { destinationsAt } from '../../desired/evaluate.ts';
import {
  type CopyKey,
  copyKey,
  formatObjectKey,
  localObject,
  type ObjectKey,
  sourceKey,
  type Want,
} from '../../keys.ts';
import type { State } from '../../state.ts';
import { type Reported, reportedBy } from './availability.ts';
import type { ClusterFact } from './object-status.ts';
import type { CopyState, Reports } from './reports.ts';
import type { Silence } from './unreachable-clusters.ts';

/** Collects what is known of one object on each of its clusters. */
export class Facts {
  readonly #state: State;
  readonly #reports: Reports;
  readonly #silence: Pick<Silence, 'has'>;
  /** Why a mailbox workspace refuses a copy, by copy key. */
  readonly #refusals: ReadonlyMap<CopyKey, Problem>;
  /** Copies whose status the caches don't hold, as far as they are needed, by copy key. */
  readonly #read = new Map<CopyKey, { version: string | undefined; reported: Reported; copy?: KubeObject }>();

  constructor(
    state: State,
    reports: Reports,
    silence: Pick<Silence, 'has'>,
    refusals: ReadonlyMap<CopyKey, Problem>,
  ) {
    this.#state = state;
    this.#reports = reports;
    this.#silence = silence;
    this.#refusals = refusals;
  }

  /**
   * @param withCopies whether the facts are to hold the copies, with their status
   * @returns one fact for each cluster that the object is wanted on
   */
  async of(
    watch: ObjectWatch,
    object: KubeObject,
    wants: ReadonlyMap<string, Want>,
    withCopies: boolean,
  ): Promise<ClusterFact[]> {
    const { mailboxes, catalog, watches, apis } = this.#state;
    const local = localObject(watch.type, object);
    const objectKey = formatObjectKey(local);
    const facts: ClusterFact[] = [];
    for (const [mailboxName, { source }] of wants) {
      const key = copyKey(mailboxName, objectKey);
      const mailbox = mailboxes.get(mailboxName);
      const type = mailbox && catalog.typeIn(mailbox.cluster, local.groupResource);
      const copies = type && watches.of(type);
      const copy = copies?.informer.get(
        formatKey({ cluster: mailbox?.cluster ?? '', namespace: local.namespace, name: local.name }),
      );
      const mismatch = apis
        .in({ name: mailboxName, cluster: mailbox?.cluster ?? '' })
        .problemOf(source.type, local);
      const foreign = type && copy && isForeign(type.resource, copy) ? notOurs(type.resource) : undefined;
      const told =
        mismatch ??
        foreign ??
        this.#state.customized.problemOf(sourceKey(source)) ??
        this.#refusals.get(key) ??
        this.#toldBy(mailboxName, objectKey);
      const [destination] = destinationsAt(this.#state, source, mailboxName);
      const location = destination && this.#state.customizations.location(locationKeyOf(destination));
      facts.push({
        mailbox: mailboxName,
        location: destination?.locationName ?? mailboxName,
        labels: location?.metadata.labels ?? {},
        // Without a copy on its way nothing can have arrived, whatever was told of an earlier one.
        state: copy || told !== 'applied' ? told : 'pending',
        // Another API's object of that name, or one of the mailbox workspace's own, is none of this object's.
        ...(copies && copy && !mismatch && !foreign
          ? await this.#reported(key, copies, copy, withCopies)
          : {}),
      });
    }
    return facts;
  }

  /** A syncer that has fallen silent tells nothing; what it told before is no news of now. */
  #toldBy(mailbox: string, local: ObjectKey): CopyState {
    return this.#silence.has(mailbox) ? 'unknown' : this.#reports.stateOf(mailbox, local);
  }

  /** Drops what is remembered of the copies of an object that is wanted no more. */
  forget(copyKeys: Iterable<CopyKey>): void {
    for (const key of copyKeys) this.#read.delete(key);
  }

  /** kcp lists kinds from CRDs without their content: what has a status is read in full when it has changed. */
  async #reported(
    key: CopyKey,
    copies: ObjectWatch,
    copy: KubeObject,
    withCopy: boolean,
  ): Promise<Reported & { copy?: KubeObject }> {
    const { resource } = copies.type;
    if (!copies.partial) return { ...reportedBy(resource, copy), ...(withCopy ? { copy } : {}) };
    const { managedFields = [], resourceVersion } = copy.metadata;
    const hasStatus = managedFields.some(({ subresource }) => subresource === 'status');
    const isDefinition = groupResourceOf(resource) === groupResourceOf(CUSTOM_RESOURCE_DEFINITIONS);
    if (isDefinition || (!hasStatus && !withCopy)) return {};
    const known = this.#read.get(key);
    if (known && known.version === resourceVersion && (known.copy || !withCopy))
      return { ...known.reported, ...(known.copy ? { copy: known.copy } : {}) };
    try {
      const full = await this.#state.watches.full(copies, copy);
      const reported = full ? reportedBy(resource, full) : {};
      const kept = full && withCopy ? { copy: full } : {};
      this.#read.set(key, { version: resourceVersion, reported, ...kept });
      return { ...reported, ...kept };
    } catch (error) {
      if (isRetriable(error)) throw error;
      return {}; // no longer served, or not for us
    }
  }
}
