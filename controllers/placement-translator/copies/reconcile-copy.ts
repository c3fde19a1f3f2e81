/** Makes one object of one mailbox workspace as it should be: what project, withdraw and ensure-namespace need is here. */
import { FIELD_MANAGERS, groupResourceOf, type KubeObject, NAMESPACES } from '@kubestellar/api';
import { type Applier, clusterOf, formatKey, isAlreadyExists, type KubeClient } from '@kubestellar/kube';
import type { MailboxAPIs } from '../apis/mailbox-apis.ts';
import type { Mailbox, Mailboxes } from '../cache/mailboxes.ts';
import type { ObjectWatches } from '../cache/object-informers.ts';
import type { Placements } from '../cache/placements.ts';
import type { Catalog } from '../cache/served-resources.ts';
import { isProvenMissing } from '../customize/absence.ts';
import type { Customizations } from '../customize/customizations.ts';
import type { Customized, CustomizedResult } from '../customize/customized.ts';
import type { Brake } from '../desired/brake/brake.ts';
import type { Desired } from '../desired/desired-state.ts';
import { destinationsAt, type Evaluation, NAMESPACE_TYPE } from '../desired/evaluate.ts';
import type { Unproven } from '../desired/proof.ts';
import { copyKey, formatObjectKey, type LocalObject, sourceKeyOf, type Want } from '../keys.ts';
import type { Conflicts } from './conflicts.ts';
import { NamespaceEnsurer } from './ensure-namespace.ts';
import { type CopyPlace, type CopySource, Projector, type WaitFor } from './project.ts';
import { implicitNamespace } from './projection.ts';
import { type CachedCopy, type SourceNamespaces, withdraw } from './withdraw.ts';
import { writeCopy } from './write-copy.ts';

const FIELD_MANAGER = FIELD_MANAGERS.placementTranslator;

/** The caches and clients from which a CopyReconciler makes what its steps need. */
export interface CopyParts {
  /** A client that may read across all workspaces and write in each. */
  everywhere: KubeClient;
  applier: Applier;
  catalog: Catalog;
  placements: Placements;
  mailboxes: Mailboxes;
  watches: ObjectWatches;
  desired: Desired;
  evaluation: Evaluation;
  apis: MailboxAPIs;
  customizations: Customizations;
  customized: Customized;
  conflicts: Conflicts;
  brake: Pick<Brake, 'ask' | 'forget'>;
}

/**
 * Makes one object of one mailbox workspace as it should be: a copy of its source where it is wanted,
 * absent where our copy is no longer wanted. What can't be done yet is left to the event that allows it:
 * the mailbox becoming ready, or its serving the kind.
 */
export class CopyReconciler {
  readonly #parts: CopyParts;
  readonly #projector: Projector;

  constructor(parts: CopyParts) {
    this.#parts = parts;
    const namespaces = new NamespaceEnsurer({
      getCached: ({ cluster }, name) => this.#namespace(cluster, name),
      getSource: async (cluster, name) =>
        this.#namespace(cluster, name) ??
        (await parts.everywhere.workspace(cluster).get(NAMESPACES, { name })),
      create: (mailbox, name) => this.#createNamespace(mailbox, name),
    });
    this.#projector = new Projector({
      getPlace: (mailbox, local) => this.#placeOf(mailbox, local),
      listSources: (mailbox, local, wants) => this.#sourcesOf(mailbox, local, wants),
      make: (source, mayWait) => this.#make(source, mayWait),
      reportConflicts: (sources, fields) => parts.conflicts.found(sources, fields),
      ensureNamespace: (mailbox, name, home) => namespaces.ensure(mailbox, name, home),
      write: ({ cluster }, place, copy) =>
        writeCopy(parts.everywhere.workspace(cluster), parts.applier, place, copy),
      remove: async (mailbox, local, { type: { resource } }, copy) => {
        if (!(await mailbox.isOrphan())) await this.#delete(mailbox, local, { resource, copy });
      },
    });
  }

  /**
   * @param mayWait whether to wait for customizations that need a worker
   * @returns Unproven when a copy stays only for want of proof; the workspace whose customization would have to be
   *   waited for
   */
  async reconcile(
    mailboxName: string,
    local: LocalObject,
    mayWait: boolean,
  ): Promise<'done' | Unproven | WaitFor> {
    const { mailboxes, desired, brake } = this.#parts;
    const mailbox = mailboxes.get(mailboxName);
    const wants = desired.in(mailboxName, local);
    if (wants.length > 0) brake.forget(copyKey(mailboxName, formatObjectKey(local)));
    if (!mailbox) return 'done';
    if (wants.length > 0) return this.#projector.project(mailbox, local, wants, mayWait);
    if (this.#copiesOf(mailbox, local).length === 0)
      brake.forget(copyKey(mailboxName, formatObjectKey(local)));
    return withdraw(mailbox, local, {
      listCopies: (...of) => this.#copiesOf(...of),
      mayRemove: (...of) => brake.ask(...of),
      getSourceNamespaces: (...of) => this.#sourceNamespaces(...of),
      deleteCopy: (_, copy) => this.#delete(mailbox, local, copy),
    });
  }

  #copiesOf(mailbox: Mailbox, local: LocalObject): CachedCopy[] {
    return this.#parts.watches.ofResource(local.groupResource).flatMap((watch) => {
      const copy = watch.informer.get(keyIn(mailbox, local));
      return copy ? [{ resource: watch.type.resource, copy }] : [];
    });
  }

  #sourceNamespaces(mailbox: string, name: string): SourceNamespaces {
    const { placements } = this.#parts;
    const leadingHere = [...placements.clusters()].filter((cluster) =>
      placements.in(cluster).some(({ destinations }) => destinations?.has(mailbox)),
    );
    const isThere = leadingHere.some((cluster) => {
      const found = this.#namespace(cluster, name);
      return found !== undefined && !found.metadata.deletionTimestamp;
    });
    return { workspaces: leadingHere.length, isThere };
  }

  async #delete(mailbox: Mailbox, local: LocalObject, { resource, copy }: CachedCopy): Promise<void> {
    const { everywhere, applier } = this.#parts;
    const { name, namespace, uid } = copy.metadata;
    const client = everywhere.workspace(mailbox.cluster);
    await client.delete(resource, { name, namespace }, { uid });
    applier.forget(client, resource, copy);
    this.#projector.forget(mailbox, local);
  }

  #placeOf(mailbox: Mailbox, local: LocalObject): CopyPlace | undefined {
    const { catalog, apis, watches } = this.#parts;
    const type = catalog.typeIn(mailbox.cluster, local.groupResource);
    if (!type || !apis.in(mailbox).isReady(local)) return undefined;
    const watch = watches.of(type);
    return {
      type,
      cached: watch?.informer.get(keyIn(mailbox, local)),
      isPartial: watch?.partial ?? false,
      isListed: watch?.informer.synced ?? false,
    };
  }

  /** What is of another API than the kind that the mailbox workspace has is reported with its status (cluster-status.ts). */
  #sourcesOf(mailbox: Mailbox, local: LocalObject, wants: readonly Want[]): CopySource[] {
    const { apis, watches, customizations, evaluation, catalog } = this.#parts;
    const those = apis.in(mailbox);
    return wants.flatMap(({ source }): CopySource[] => {
      if (!those.accepts(source.type, local)) return [];
      const watch = watches.of(source.type);
      const object = watch?.informer.get(source.key);
      if (!watch || !object) return [];
      const plan = customizations.plan(object, destinationsAt(evaluation, source, mailbox.name));
      const definer = catalog.definerIn(clusterOf(object), groupResourceOf(watch.type.resource));
      const uid = definer && catalog.uidOf(definer);
      return [{ type: watch.type, object, isPartial: watch.partial, plan, definer: uid }];
    });
  }

  async #make(
    { type, object, isPartial, plan }: CopySource,
    mayWait: boolean,
  ): Promise<{ object: KubeObject } | CustomizedResult | 'later' | undefined> {
    const { watches, customized, everywhere } = this.#parts;
    if (plan && !(await isProvenMissing(everywhere, plan.missing))) return undefined;
    const id = sourceKeyOf(type, object);
    const watch = watches.of(type);
    const full = async () => (watch ? watches.full(watch, object) : undefined);
    if (plan?.task) {
      const source = { id, workspace: clusterOf(object), object, isPartial, full };
      return customized.make(source, plan.task, plan.from, mayWait);
    }
    customized.forget(id);
    const found = await full();
    return found && { object: found };
  }

  #namespace(cluster: string, name: string): KubeObject | undefined {
    return this.#parts.watches.of(NAMESPACE_TYPE)?.informer.get(formatKey({ cluster, namespace: '', name }));
  }

  async #createNamespace(mailbox: Mailbox, name: string): Promise<void> {
    const client = this.#parts.everywhere.workspace(mailbox.cluster);
    try {
      await client.create(NAMESPACES, implicitNamespace(name, mailbox.origin), {
        fieldManager: FIELD_MANAGER,
      });
    } catch (error) {
      if (!isAlreadyExists(error)) throw error;
    }
  }
}

function keyIn({ cluster }: Mailbox, { namespace, name }: LocalObject): string {
  return formatKey({ cluster, namespace, name });
}
