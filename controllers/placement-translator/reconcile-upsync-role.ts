import {
  CLUSTER_ROLES,
  type ClusterRole,
  type PolicyRule,
  UPSYNC_ROLE_NAME,
  type UpsyncSet,
} from '@kubestellar/api';
import { formatKey } from '@kubestellar/kube';
import type { State } from './state.ts';
import { upsyncOf } from './upsync.ts';

/** Server-side apply creates by `create` and `patch`. Reading, and writing status, every syncer may anyway. */
const VERBS = ['create', 'patch', 'delete'];

/**
 * Keeps the ClusterRole by which the syncers of a mailbox workspace may write what comes up: the resources that
 * upsync sets name, and Namespaces for them, nothing else. A resource stays in the role when its set goes, because
 * a copy is taken away only with its original (spec syncer 5).
 */
export async function reconcileUpsyncRole(state: State, mailboxName: string): Promise<void> {
  const mailbox = state.mailboxes.get(mailboxName);
  if (!mailbox) return;
  const live = state.upsyncRoles.get(
    formatKey({ cluster: mailbox.cluster, namespace: '', name: UPSYNC_ROLE_NAME }),
  );
  const rules = upsyncRules(upsyncOf(state.placements.to(mailboxName)), live?.rules ?? []);
  if (rules.length === 0) return;
  const role: ClusterRole = {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: CLUSTER_ROLES.kind,
    metadata: { name: UPSYNC_ROLE_NAME },
    rules,
  };
  await state.applier.ensure(state.everywhere.workspace(mailbox.cluster), CLUSTER_ROLES, role, live);
}

/**
 * @param known the rules that the role has, of which none is lost
 * @returns one rule for each API group, in byte order; empty when nothing was ever to come up
 */
export function upsyncRules(sets: readonly UpsyncSet[], known: readonly PolicyRule[]): PolicyRule[] {
  const byGroup = new Map<string, Set<string>>();
  const permit = (group: string, resources: readonly string[]) => {
    const permitted = byGroup.get(group) ?? new Set<string>();
    for (const resource of resources) permitted.add(resource);
    byGroup.set(group, permitted);
  };
  for (const { apiGroup = '', resources } of sets) permit(apiGroup, resources);
  for (const { apiGroups = [], resources = [] } of known)
    for (const group of apiGroups) permit(group, resources);
  if (byGroup.size > 0) permit('', ['namespaces']);
  return [...byGroup]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([group, resources]) => ({ apiGroups: [group], resources: [...resources].sort(), verbs: VERBS }));
}
