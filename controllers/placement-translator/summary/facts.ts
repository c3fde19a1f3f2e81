import { groupResourceOf, type KubeObject } from '@kubestellar/api';
import { formatKey, isRetriable, type Problem } from '@kubestellar/kube';
import { destinationsAt } from '../evaluate.ts';
import type { State } from '../state.ts';
import { formatLocal, localObject, type Want } from '../types.ts';
import type { ObjectWatch } from '../watches.ts';
import { type Reported, reportedBy } from './availability.ts';
import type { Reports } from './reports.ts';
import type { ClusterFact } from './tally.ts';

/** Collects what is known of one object on each of its clusters. */
export class Facts {
  readonly #state: State;
  readonly #reports: Reports;
  /** Why a mailbox workspace refuses a copy, by copy key. */
  readonly #refusals: ReadonlyMap<string, Problem>;
  /** What copies report whose status the caches don't hold, by copy key. */
  readonly #read = new Map<string, { version: string | undefined; reported: Reported }>();

  constructor(state: State, reports: Reports, refusals: ReadonlyMap<string, Problem>) {
    this.#state = state;
    this.#reports = reports;
    this.#refusals = refusals;
  }

  /** @returns one fact for each cluster that the object is wanted on */
  async of(watch: ObjectWatch, object: KubeObject, wants: ReadonlyMap<string, Want>): Promise<ClusterFact[]> {
    const { mailboxes, catalog, watches } = this.#state;
    const local = localObject(watch.type, object);
    const facts: ClusterFact[] = [];
    for (const [mailboxName, { source }] of wants) {
      const copyKey = `${mailboxName}#${formatLocal(local)}`;
      const mailbox = mailboxes.get(mailboxName);
      const type = mailbox && catalog.typeIn(mailbox.cluster, local.groupResource);
      const copies = type && watches.of(type);
      const copy = copies?.informer.get(
        formatKey({ cluster: mailbox?.cluster ?? '', namespace: local.namespace, name: local.name }),
      );
      const told = this.#refusals.get(copyKey) ?? this.#reports.stateOf(mailboxName, formatLocal(local));
      facts.push({
        mailbox: mailboxName,
        location: destinationsAt(this.#state, source, mailboxName)[0]?.locationName ?? mailboxName,
        // Without a copy on its way nothing can have arrived, whatever was told of an earlier one.
        state: copy || told !== 'applied' ? told : 'pending',
        ...(copies && copy ? await this.#reported(copyKey, copies, copy) : {}),
      });
    }
    return facts;
  }

  /** Drops what is remembered of the copies of an object that is wanted no more. */
  forget(copyKeys: Iterable<string>): void {
    for (const key of copyKeys) this.#read.delete(key);
  }

  /** kcp lists kinds from CRDs without their content: what has a status is read in full when it has changed. */
  async #reported(copyKey: string, copies: ObjectWatch, copy: KubeObject): Promise<Reported> {
    const { resource } = copies.type;
    if (!copies.partial) return reportedBy(resource, copy);
    const { managedFields = [], resourceVersion } = copy.metadata;
    if (!managedFields.some(({ subresource }) => subresource === 'status')) return {};
    if (groupResourceOf(resource) === 'customresourcedefinitions.apiextensions.k8s.io') return {};
    const known = this.#read.get(copyKey);
    if (known && known.version === resourceVersion) return known.reported;
    try {
      const full = await this.#state.watches.full(copies, copy);
      const reported = full ? reportedBy(resource, full) : {};
      this.#read.set(copyKey, { version: resourceVersion, reported });
      return reported;
    } catch (error) {
      if (isRetriable(error)) throw error;
      return {}; // no longer served, or not for us
    }
  }
}
