import {
  CLUSTER_ROLES,
  type ClusterRole,
  type PolicyRule,
  type Resource,
  UPSYNC_ROLE_NAME,
  type UpsyncSet,
} from '@kubestellar/api';
import { formatKey } from '@kubestellar/kube';
import type { State } from './state.ts';
import { ownConfigsIn, resourcesOf } from './syncer-config/named.ts';
import { upsyncOf } from './upsync.ts';

/** Server-side apply creates by `create` and `patch`. Reading, and writing status, every syncer may anyway. */
const VERBS = ['create', 'patch', 'delete'];
/** How a status is written that is no subresource. */
const STATUS_VERBS = ['patch'];

/**
 * Keeps the ClusterRole by which the syncers of a mailbox workspace may write what comes up: the resources that
 * upsync sets name, and Namespaces for them, and the status of kinds that have it within the object; nothing else. A
 * resource stays in the role when its set goes, because a copy is taken away only with its original (spec syncer 5).
 */
export async function reconcileUpsyncRole(state: State, mailboxName: string): Promise<void> {
  const mailbox = state.mailboxes.get(mailboxName);
  if (!mailbox) return;
  const live = state.upsyncRoles.get(
    formatKey({ cluster: mailbox.cluster, namespace: '', name: UPSYNC_ROLE_NAME }),
  );
  const rules = upsyncRules(
    upsyncOf(state.placements.to(mailboxName)),
    live?.rules ?? [],
    withStatusWithin(state, mailbox.cluster),
  );
  if (rules.length === 0 && !live) return;
  const role: ClusterRole = {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: CLUSTER_ROLES.kind,
    metadata: { name: UPSYNC_ROLE_NAME },
    rules,
  };
  await state.applier.ensure(state.everywhere.workspace(mailbox.cluster), CLUSTER_ROLES, role, live);
}

/** Of what the SyncerConfigs name, the kinds whose status is a field as any other. */
function withStatusWithin({ syncerConfigs, catalog }: State, cluster: string): Resource[] {
  const configs = ownConfigsIn(syncerConfigs, cluster);
  const resources = new Set(configs.flatMap((config) => (config ? resourcesOf(config) : [])));
  return [...resources].flatMap((resource) => {
    const type = catalog.typeIn(cluster, resource);
    return type?.statusWithin ? [type.resource] : [];
  });
}

/**
 * @param known the rules that the role has: of those for what comes up none is lost
 * @param reported kinds of which the syncer writes the status into the object itself
 * @returns one rule for each API group, in byte order, for each of the two; empty when nothing is to be written
 */
export function upsyncRules(
  sets: readonly UpsyncSet[],
  known: readonly PolicyRule[],
  reported: readonly Pick<Resource, 'group' | 'plural'>[],
): PolicyRule[] {
  const up = new Rules(VERBS);
  for (const { apiGroup = '', resources } of sets) up.permit(apiGroup, resources);
  for (const { apiGroups = [], resources = [], verbs } of known)
    if (verbs.includes('create')) for (const group of apiGroups) up.permit(group, resources);
  if (!up.isEmpty) up.permit('', ['namespaces']);
  const status = new Rules(STATUS_VERBS);
  for (const { group, plural } of reported) status.permit(group, [plural]);
  return [...up.list(), ...status.list()];
}

/** Rules of the same verbs, gathered by API group. */
class Rules {
  readonly #verbs: string[];
  readonly #byGroup = new Map<string, Set<string>>();

  constructor(verbs: string[]) {
    this.#verbs = verbs;
  }

  get isEmpty(): boolean {
    return this.#byGroup.size === 0;
  }

  permit(group: string, resources: readonly string[]): void {
    const permitted = this.#byGroup.get(group) ?? new Set<string>();
    for (const resource of resources) permitted.add(resource);
    this.#byGroup.set(group, permitted);
  }

  list(): PolicyRule[] {
    return [...this.#byGroup]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([group, resources]) => ({
        apiGroups: [group],
        resources: [...resources].sort(),
        verbs: this.#verbs,
      }));
  }
}
