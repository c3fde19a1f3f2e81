/** Keeps the ClusterRole by which the syncers of a mailbox workspace may write what is upsynced. */
import {
  CLUSTER_ROLES,
  type ClusterRole,
  type EdgePlacement,
  groupResourceOf,
  nativeGroup,
  type PolicyRule,
  type Resource,
  UPSYNC_ROLE_NAME,
} from '@kubestellar/api';
import { upsyncedOf } from '@kubestellar/rules';
import type { Mailbox } from '../cache/mailboxes.ts';
import type { UpsyncCopies } from '../cache/upsync-copies.ts';
import type { Unproven } from '../desired/proof.ts';
import { MAX_BYTES, upsyncOf } from '../desired/upsync-sets.ts';
import type { WatchedType } from '../keys.ts';
import type { EventRecorder } from '../status/events.ts';
import { mayBeReportedWithin, permittedBy, upsyncRules } from './upsync-rules.ts';

/** What the reconcile reads and does, as functions so that tests need no server. */
export interface RoleDependencies {
  getMailbox(name: string): Mailbox | undefined;
  getRole(mailbox: Mailbox): ClusterRole | undefined;
  listPlacements(mailbox: Mailbox): readonly EdgePlacement[];
  /** Whether it is unknown where some upsync sets lead. */
  hasUnresolvedUpsync(): boolean;
  /** What the mailbox workspace serves. */
  listTypes(mailbox: Mailbox): readonly WatchedType[];
  /** The kinds (`plural.group`) that its SyncerConfigs name. */
  listNamed(mailbox: Mailbox): readonly string[];
  copies: Pick<UpsyncCopies, 'watchedIn' | 'follow' | 'has'>;
  apply(mailbox: Mailbox, role: ClusterRole, live: ClusterRole | undefined): Promise<void>;
}

/**
 * Permits, of the resources that the workspace serves and that may be upsynced, to write those that upsync sets ask for,
 * to delete those that still have copies, and the status of kinds that have it within the object; nothing else. The right
 * to write ends with the last set. A copy is deleted with its original (docs/rules.md, syncer 5), so the right to delete
 * ends with the last copy.
 */
export class UpsyncRoleReconciler {
  readonly #deps: RoleDependencies;
  readonly #events: Pick<EventRecorder, 'record'>;
  /** uids of the EdgePlacements that were reported, by mailbox workspace. */
  readonly #reported = new Map<string, ReadonlySet<string>>();

  constructor(deps: RoleDependencies, events: Pick<EventRecorder, 'record'>) {
    this.#deps = deps;
    this.#events = events;
  }

  /** @returns Unproven when a right stays only because it is unknown where some upsync sets lead */
  async reconcile(mailboxName: string): Promise<'done' | Unproven> {
    const mailbox = this.#deps.getMailbox(mailboxName);
    if (!mailbox) return 'done';
    const live = this.#deps.getRole(mailbox);
    const { upsynced, orphaned, isUnproven } = this.#upsyncedIn(mailbox, live?.rules ?? []);
    const rules = upsyncRules(upsynced, orphaned, this.#withStatusWithin(mailbox));
    if (rules.length === 0 && !live) return 'done';
    const role: ClusterRole = {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: CLUSTER_ROLES.kind,
      metadata: { name: UPSYNC_ROLE_NAME },
      rules,
    };
    await this.#deps.apply(mailbox, role, live);
    return isUnproven ? { isProven: false, outdated: [] } : 'done';
  }

  /** Without proof that no set asks for a resource, or that no copy of it is left, its right is not withdrawn. */
  #upsyncedIn(
    mailbox: Mailbox,
    rules: readonly PolicyRule[],
  ): { upsynced: Resource[]; orphaned: Resource[]; isUnproven: boolean } {
    const { copies } = this.#deps;
    const { sets, ignored } = upsyncOf(this.#deps.listPlacements(mailbox));
    this.#report(mailbox.name, ignored);
    const types = this.#deps.listTypes(mailbox);
    const resources = types.map(({ resource }) => resource);
    const asked = new Set(upsyncedOf(sets, resources));
    const deletable = new Set(permittedBy(rules, resources, 'delete'));
    const watched = new Set(copies.watchedIn(mailbox).map(({ resource }) => groupResourceOf(resource)));
    const others = types.filter(
      ({ resource }) =>
        !asked.has(resource) && (deletable.has(resource) || watched.has(groupResourceOf(resource))),
    );
    copies.follow(mailbox, others);
    const withCopies = others
      .filter((type) => copies.has(mailbox, type) ?? deletable.has(type.resource))
      .map(({ resource }) => resource);
    const unproven = this.#deps.hasUnresolvedUpsync()
      ? permittedBy(rules, resources, 'write').filter((resource) => !asked.has(resource))
      : [];
    const written = new Set([...asked, ...unproven]);
    return {
      upsynced: resources.filter((resource) => written.has(resource)),
      orphaned: withCopies.filter((resource) => !written.has(resource)),
      isUnproven: unproven.length > 0,
    };
  }

  /** Of what the SyncerConfigs name, the kinds whose status is a field as any other. */
  #withStatusWithin(mailbox: Mailbox): Resource[] {
    const named = new Set(this.#deps.listNamed(mailbox));
    return this.#deps.listTypes(mailbox).flatMap(({ resource, statusWithin }) => {
      if (!statusWithin || !named.has(groupResourceOf(resource))) return [];
      return mayBeReportedWithin(resource, nativeGroup(resource.group) !== resource.group) ? [resource] : [];
    });
  }

  #report(mailbox: string, ignored: readonly EdgePlacement[]): void {
    const before = this.#reported.get(mailbox);
    const uids = new Set(ignored.map(({ metadata }) => metadata.uid ?? ''));
    if (uids.size > 0) this.#reported.set(mailbox, uids);
    else this.#reported.delete(mailbox);
    for (const placement of ignored) {
      if (before?.has(placement.metadata.uid ?? '')) continue;
      void this.#events.record(placement, {
        type: 'Warning',
        reason: 'UpsyncIgnored',
        topic: mailbox,
        message: `upsync sets are ignored for mailbox workspace ${mailbox}: all sets for its cluster together exceed ${MAX_BYTES} bytes; ask for fewer or shorter ones`,
      });
    }
  }
}
