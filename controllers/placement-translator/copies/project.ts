/** Makes the copy of an object that is wanted in a mailbox workspace. */
import type { KubeObject, ObjectMeta } from '@kubestellar/api';
import { clusterOf } from '@kubestellar/kube';
import { sourceIdsOf } from '@kubestellar/rules';
import type { Mailbox } from '../cache/mailboxes.ts';
import type { CustomizedResult } from '../customize/customized.ts';
import type { Plan } from '../customize/plan.ts';
import {
  type CopyKey,
  copyKey,
  formatObjectKey,
  type LocalObject,
  type Want,
  type WatchedType,
} from '../keys.ts';
import type { RivalSource } from './conflicts.ts';
import { withoutWebhook } from './conversion.ts';
import type { NamespaceState } from './ensure-namespace.ts';
import { decideSources } from './former-copy.ts';
import { mergeCopies } from './merge.ts';
import { placedBy, projectionOf, withMark, withPlacements } from './projection.ts';
import { inOrder } from './source-order.ts';

/** What a copy is made of. */
export interface CopySource {
  type: WatchedType;
  /** As the cache has it: in part only where `isPartial`. */
  object: KubeObject;
  isPartial: boolean;
  /** How it is customized; undefined when it asks for nothing. */
  plan: Plan | undefined;
  /** The uid of the CRD or APIBinding that defines its kind; undefined where that is native. */
  definer: string | undefined;
}

/** Where a copy is written, and what is there. */
export interface CopyPlace {
  type: WatchedType;
  /** What the watch has of it. */
  cached: KubeObject | undefined;
  /** The watch holds metadata only, so that what is there can't be compared with it. */
  isPartial: boolean;
  /** The watch has been listed, so that what it does not have is not there. */
  isListed: boolean;
}

/** What the projection reads and does, as functions so that tests need no server. */
export interface ProjectDependencies {
  /** The place of a copy; undefined as long as the mailbox workspace does not serve its kind by the right API. */
  getPlace(mailbox: Mailbox, local: LocalObject): CopyPlace | undefined;
  /** The sources behind wants that are of the API that the mailbox workspace has. */
  listSources(mailbox: Mailbox, local: LocalObject, wants: readonly Want[]): CopySource[];
  /**
   * Reads an object in full, and customizes it.
   * @returns undefined when too little is known, `later` when it would have to be waited for and that is not permitted
   */
  make(
    source: CopySource,
    mayWait: boolean,
  ): Promise<{ object: KubeObject } | CustomizedResult | 'later' | undefined>;
  /** Reports where several sources disagree: in no field, if they don't. */
  reportConflicts(sources: readonly RivalSource[], fields: readonly string[]): Promise<void>;
  ensureNamespace(mailbox: Mailbox, name: string, home: string): Promise<NamespaceState>;
  /** @returns the metadata of the copy as stored; undefined when there is something of that name that is not ours */
  write(mailbox: Mailbox, place: CopyPlace, copy: KubeObject): Promise<ObjectMeta | undefined>;
  /** Deletes exactly this copy: its source is gone, and another object has its name. */
  remove(mailbox: Mailbox, local: LocalObject, place: CopyPlace, copy: KubeObject): Promise<void>;
}

/** The workspace (its cluster) whose customization would have to be waited for. */
export interface WaitFor {
  waitFor: string;
}

/**
 * Makes copies as they should be. What can't be done yet is left to the event that allows it: the mailbox workspace's
 * serving the kind, the end of a Namespace or of what is in the place of a copy, or a change of a source.
 */
export class Projector {
  readonly #deps: ProjectDependencies;
  /** Versions of source, copy and what customizes it that were in agreement, where comparing costs requests. */
  readonly #agreed = new Map<CopyKey, string>();

  constructor(deps: ProjectDependencies) {
    this.#deps = deps;
  }

  /** @param mayWait whether to wait for customizations that need a worker */
  async project(
    mailbox: Mailbox,
    local: LocalObject,
    wants: readonly Want[],
    mayWait: boolean,
  ): Promise<'done' | WaitFor> {
    const sources = sorted(this.#deps.listSources(mailbox, local, wants), local.groupResource);
    const [first] = sources;
    const place = first && this.#deps.getPlace(mailbox, local);
    if (!first || !place) return 'done';
    const key = keyOf(mailbox, local);
    if (place.cached && this.#agreed.get(key) === versions(sources, wants, place.cached.metadata))
      return 'done';
    const made = await this.#copyOf(place.type, local, sources, mayWait);
    if (!made) return 'done';
    if ('waitFor' in made) return made;
    const namespace = await this.#deps.ensureNamespace(mailbox, local.namespace, clusterOf(first.object));
    if (namespace === 'terminating') return 'done';
    const copy = withPlacements(made.copy, wants, definersOf(sources));
    const ids = sourceIdsOf(
      local.groupResource,
      sources.map(({ object }) => object),
    );
    const decision = decideSources(place.cached, copy, ids);
    if (decision.do === 'replace') {
      const { former } = decision;
      // Its end brings us back.
      if (!former.metadata.deletionTimestamp) await this.#deps.remove(mailbox, local, place, former);
      return 'done';
    }
    const marked = withMark(place.type.resource, copy, mailbox.origin, decision.sources);
    const metadata = await this.#deps.write(mailbox, place, marked);
    // What is not ours is reported with the object's status (cluster-status.ts); its change or its end brings us back.
    if (metadata && (first.isPartial || place.isPartial))
      this.#agreed.set(key, versions(sources, wants, metadata));
    return 'done';
  }

  /** The copy is deleted. */
  forget(mailbox: Mailbox, local: LocalObject): void {
    this.#agreed.delete(keyOf(mailbox, local));
  }

  /** @returns undefined when too little is known: a watch that is behind, or a change of a source, brings us back */
  async #copyOf(
    { resource }: WatchedType,
    local: LocalObject,
    sources: readonly CopySource[],
    mayWait: boolean,
  ): Promise<{ copy: KubeObject } | WaitFor | undefined> {
    const made: KubeObject[] = [];
    const rivals: RivalSource[] = [];
    for (const source of sources) {
      const found = await this.#deps.make(source, mayWait);
      if (found === 'later') return { waitFor: clusterOf(source.object) };
      if (!found) return undefined;
      // One that can't be customized is not sent as it is; another workspace's object of this name goes on without it.
      if ('quarantined' in found) continue;
      made.push(projectionOf(resource, local.name, found.object));
      rivals.push({ type: source.type, object: source.object });
    }
    const [first, ...others] = made;
    if (!first || others.length === 0) {
      for (const { type, object } of sources) await this.#deps.reportConflicts([{ type, object }], []);
      return first && { copy: withoutWebhook(local.groupResource, first) };
    }
    const { copy, conflicts } = mergeCopies([first, ...others]);
    await this.#deps.reportConflicts(rivals, conflicts);
    return { copy: withoutWebhook(local.groupResource, copy) };
  }
}

/** The one first that counts where several disagree (docs/rules.md, semantics 5.2). */
function sorted(sources: readonly CopySource[], groupResource: string): CopySource[] {
  const compare = inOrder(groupResource);
  return [...sources].sort((a, b) => compare(a.object, b.object));
}

function definersOf(sources: readonly CopySource[]) {
  return sources.map(({ definer }) => definer);
}

function versions(sources: readonly CopySource[], wants: readonly Want[], copy: ObjectMeta): string {
  const each = sources.flatMap(({ object: { metadata }, plan }) => [
    metadata.uid,
    metadata.resourceVersion,
    plan?.version ?? '',
  ]);
  const isOrphaned = wants.some((want) => want.isOrphaned);
  return [...each, placedBy(wants), ...definersOf(sources), isOrphaned, copy.uid, copy.resourceVersion].join(
    '/',
  );
}

function keyOf(mailbox: Mailbox, local: LocalObject): CopyKey {
  return copyKey(mailbox.name, formatObjectKey(local));
}
