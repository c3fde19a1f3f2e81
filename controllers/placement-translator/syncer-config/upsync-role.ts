import {
  CLUSTER_ROLES,
  type ClusterRole,
  type EdgePlacement,
  groupResourceOf,
  naturalGroupOf,
  type PolicyRule,
  type Resource,
  UPSYNC_ROLE_NAME,
} from '@kubestellar/api';
import { formatKey } from '@kubestellar/kube';
import { upsyncedOf } from '@kubestellar/rules';
import type { Mailbox } from '../cache/mailboxes.ts';
import { MAX_BYTES, upsyncOf } from '../desired/upsync-sets.ts';
import type { State } from '../state.ts';
import type { EventRecorder } from '../status/events.ts';
import { ownConfigsIn, resourcesOf } from './named.ts';
import { mayBeReportedWithin, permittedBy, upsyncRules } from './upsync-rules.ts';

/**
 * Keeps the ClusterRole by which the syncers of a mailbox workspace may write what is upsynced: of the resources that
 * the workspace serves and that may be upsynced those that upsync sets ask for, and those that still have copies, and
 * the status of kinds that have it within the object; nothing else. A set that is gone leaves the role at once, unless
 * copies are left: a copy is taken away only with its original (spec syncer 5).
 */
export class UpsyncRoleReconciler {
  readonly #state: State;
  readonly #events: EventRecorder;
  /** uids of the EdgePlacements that were reported, by mailbox workspace. */
  readonly #reported = new Map<string, ReadonlySet<string>>();

  constructor(state: State, events: EventRecorder) {
    this.#state = state;
    this.#events = events;
  }

  /** @returns `held` when a right stays only because it is unknown where some upsync sets lead */
  async reconcile(mailboxName: string): Promise<'done' | 'held'> {
    const { mailboxes, upsyncRoles, applier, everywhere } = this.#state;
    const mailbox = mailboxes.get(mailboxName);
    if (!mailbox) return 'done';
    const { cluster } = mailbox;
    const live = upsyncRoles.get(formatKey({ cluster, namespace: '', name: UPSYNC_ROLE_NAME }));
    const { upsynced, held } = this.#upsyncedIn(mailbox, live?.rules ?? []);
    const rules = upsyncRules(upsynced, withStatusWithin(this.#state, cluster));
    if (rules.length === 0 && !live) return 'done';
    const role: ClusterRole = {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: CLUSTER_ROLES.kind,
      metadata: { name: UPSYNC_ROLE_NAME },
      rules,
    };
    await applier.ensure(everywhere.workspace(cluster), CLUSTER_ROLES, role, live);
    return held ? 'held' : 'done';
  }

  /** Without proof that no set asks for a resource, and that no copy of it is left, a right is not withdrawn. */
  #upsyncedIn(mailbox: Mailbox, rules: readonly PolicyRule[]): { upsynced: Resource[]; held: boolean } {
    const { catalog, placements, upsyncCopies } = this.#state;
    const { sets, ignored } = upsyncOf(placements.to(mailbox.name));
    this.#report(mailbox.name, ignored);
    const types = catalog.typesIn(mailbox.cluster);
    const resources = types.map(({ resource }) => resource);
    const asked = new Set(upsyncedOf(sets, resources));
    const permitted = new Set(permittedBy(rules, resources));
    const watched = new Set(upsyncCopies.watchedIn(mailbox).map(({ resource }) => groupResourceOf(resource)));
    const others = types.filter(
      ({ resource }) =>
        !asked.has(resource) && (permitted.has(resource) || watched.has(groupResourceOf(resource))),
    );
    upsyncCopies.follow(mailbox, others);
    const withCopies = others.filter(
      (type) => upsyncCopies.has(mailbox, type) ?? permitted.has(type.resource),
    );
    const held = placements.hasUnresolvedUpsync()
      ? others.filter(({ resource }) => permitted.has(resource))
      : [];
    const kept = new Set([...withCopies, ...held].map(({ resource }) => resource));
    return {
      upsynced: resources.filter((resource) => asked.has(resource) || kept.has(resource)),
      held: held.length > 0,
    };
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

/** Of what the SyncerConfigs name, the kinds whose status is a field as any other. */
function withStatusWithin({ syncerConfigs, catalog }: State, cluster: string): Resource[] {
  const configs = ownConfigsIn(syncerConfigs, cluster);
  const resources = new Set(configs.flatMap((config) => (config ? resourcesOf(config) : [])));
  return [...resources].flatMap((id) => {
    const { resource, statusWithin } = catalog.typeIn(cluster, id) ?? {};
    if (!resource || !statusWithin) return [];
    return mayBeReportedWithin(resource, naturalGroupOf(resource.group) !== resource.group) ? [resource] : [];
  });
}
