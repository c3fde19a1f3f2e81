/** What a syncer needs in its mailbox workspace: an account, its permissions, a token (docs/rules.md, syncer 8.1). */
import { setTimeout as sleep } from 'node:timers/promises';
import {
  CLUSTER_ROLE_BINDINGS,
  CLUSTER_ROLES,
  type ClusterRole,
  type ClusterRoleBinding,
  EDGE_GROUP,
  EDGE_SYNC_CONFIGS,
  EDGE_VERSION,
  type EdgeSyncConfig,
  FIELD_MANAGERS,
  type KubeObject,
  type OwnerReference,
  type PolicyRule,
  type Resource,
  SECRETS,
  SERVICE_ACCOUNT_NAME,
  SERVICE_ACCOUNTS,
  type Unstructured,
  UPSYNC_ROLE_NAME,
} from '@kubestellar/api';
import { isAlreadyExists, type KubeClient } from '@kubestellar/kube';
import { CommandFailure } from '../shell/failure.ts';
import type { Output } from '../shell/output.ts';
import { recordChange } from '../workspace/changes.ts';
import { watchUntil } from '../workspace/watch.ts';

/** Namespace of the syncer's account, and of its Lease, in the mailbox workspace. */
export const MAILBOX_NAMESPACE = 'default';

const RBAC_GROUP = 'rbac.authorization.k8s.io';
const TOKEN_LIMIT_MS = 10_000;
const WITHDRAWAL_LIMIT_MS = 5_000;
/** Ten years; the server may grant less. */
const TOKEN_SECONDS = 315_360_000;

/** Reads everything to downsync, writes status back, renews its Lease. The upsync role permits further writes. */
const RULES: readonly PolicyRule[] = [
  { apiGroups: ['*'], resources: ['*'], verbs: ['get', 'list', 'watch'] },
  { apiGroups: ['*'], resources: ['*/status'], verbs: ['update', 'patch'] },
  { apiGroups: ['coordination.k8s.io'], resources: ['leases'], verbs: ['create', 'update', 'patch'] },
];

/** An identity to create, and where. */
interface Grant {
  readonly mailbox: KubeClient;
  readonly syncTarget: string;
  readonly id: string;
  /** False in a dry run, when there is no such workspace yet. */
  readonly mailboxExists: boolean;
}

/**
 * Creates the account `id` with its permissions in the mailbox workspace.
 * @returns its token
 */
export async function grantAccess(grant: Grant, output: Output): Promise<string> {
  const { mailbox, id } = grant;
  const owner = await ensureOwner(grant, output);
  const named = { name: id, ownerReferences: [owner] };
  const inNamespace = { ...named, namespace: MAILBOX_NAMESPACE };

  output.remark(`Creating service account "${id}"`);
  const account: KubeObject = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: inNamespace };
  await create(mailbox, SERVICE_ACCOUNTS, account);

  output.remark(`Creating cluster role "${id}" to give service account "${id}"\n`);
  output.remark(
    ' 1. read access to the objects in the mailbox workspace, and write access to their status\n 2. write access to leases\n 3. write access to what upsync sets name.\n',
  );
  const role: ClusterRole = {
    apiVersion: `${RBAC_GROUP}/v1`,
    kind: 'ClusterRole',
    metadata: named,
    rules: RULES,
  };

  output.remark(
    `Creating or updating cluster role binding "${id}" to bind service account "${id}" to cluster role "${id}".`,
  );
  const binding = (name: string, roleName: string): ClusterRoleBinding => ({
    apiVersion: `${RBAC_GROUP}/v1`,
    kind: 'ClusterRoleBinding',
    metadata: { ...named, name },
    roleRef: { apiGroup: RBAC_GROUP, kind: 'ClusterRole', name: roleName },
    subjects: [{ kind: 'ServiceAccount', name: id, namespace: MAILBOX_NAMESPACE }],
  });
  const secret: Secret = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { ...inNamespace, name: tokenSecretOf(id), annotations: { [SERVICE_ACCOUNT_NAME]: id } },
    type: 'kubernetes.io/service-account-token',
  };
  const rest: [Resource, KubeObject][] = [
    [CLUSTER_ROLES, role],
    [CLUSTER_ROLE_BINDINGS, binding(id, id)],
    // The placement-translator owns that role, and creates it when something is upsynced.
    [CLUSTER_ROLE_BINDINGS, binding(upsyncBindingOf(id), UPSYNC_ROLE_NAME)],
    [SECRETS, secret],
  ];
  const outcomes = await Promise.allSettled(
    rest.map(([resource, object]) => create(mailbox, resource, object)),
  );
  // Not before all have responded: an object that is created after the withdrawal would stay.
  const failure = outcomes.find((outcome) => outcome.status === 'rejected');
  if (failure) throw failure.reason;
  for (const [resource, { metadata }] of [[SERVICE_ACCOUNTS, account] as const, ...rest])
    recordChange(output, 'created', mailbox, resource, metadata);
  return (await tokenOf(mailbox, secret)) ?? (await requestToken(mailbox, id));
}

/**
 * Deletes what grantAccess has created for a run that then failed, as far as that takes a few seconds. The remainder
 * of a killed run is harmless: nobody has the token.
 */
export async function withdrawAccess(mailbox: KubeClient, id: string): Promise<void> {
  const namespace = MAILBOX_NAMESPACE;
  const deletions = Promise.allSettled([
    mailbox.delete(CLUSTER_ROLE_BINDINGS, { name: id }),
    mailbox.delete(CLUSTER_ROLE_BINDINGS, { name: upsyncBindingOf(id) }),
    mailbox.delete(CLUSTER_ROLES, { name: id }),
    mailbox.delete(SECRETS, { name: tokenSecretOf(id), namespace }),
    mailbox.delete(SERVICE_ACCOUNTS, { name: id, namespace }),
  ]);
  await Promise.race([deletions, sleep(WITHDRAWAL_LIMIT_MS)]);
}

const upsyncBindingOf = (id: string) => `${id}-upsync`;
const tokenSecretOf = (id: string) => `${id}-token`;

interface Secret extends KubeObject {
  type: string;
  data?: Record<string, string>;
}

/** Owner of all objects that the runs of prep-for-syncer create: they are deleted with this EdgeSyncConfig. */
async function ensureOwner(grant: Grant, output: Output): Promise<OwnerReference> {
  const { mailbox, syncTarget: name, mailboxExists } = grant;
  const apiVersion = `${EDGE_GROUP}/${EDGE_VERSION}`;
  const config: EdgeSyncConfig = { apiVersion, kind: 'EdgeSyncConfig', metadata: { name }, spec: {} };
  const read = () => mailbox.get<EdgeSyncConfig>(EDGE_SYNC_CONFIGS, { name });
  const found = mailboxExists ? await read() : undefined;
  const made = found ? undefined : await create(mailbox, EDGE_SYNC_CONFIGS, config);
  if (made) recordChange(output, 'created', mailbox, EDGE_SYNC_CONFIGS, { name });
  const owner = found ?? made ?? (await read());
  return { apiVersion, kind: 'EdgeSyncConfig', name, uid: owner?.metadata.uid ?? '' };
}

/** @returns the object as created, or undefined when it already existed */
async function create(
  mailbox: KubeClient,
  resource: Resource,
  object: KubeObject,
): Promise<KubeObject | undefined> {
  try {
    return await mailbox.create(resource, object, { fieldManager: FIELD_MANAGERS.cli });
  } catch (error) {
    if (isAlreadyExists(error)) return undefined;
    throw error;
  }
}

/** @returns the token that the server puts into the Secret, or undefined when it does not */
async function tokenOf(mailbox: KubeClient, { metadata: { name } }: Secret): Promise<string | undefined> {
  const watched = { client: mailbox, resource: SECRETS, namespace: MAILBOX_NAMESPACE, name };
  const wait = { what: `a token in Secret ${name}`, limitMs: TOKEN_LIMIT_MS };
  try {
    const found = await watchUntil<Secret>(watched, wait, (secrets) =>
      secrets.get(name)?.data?.token ? undefined : 'it does not exist yet',
    );
    return Buffer.from(found.get(name)?.data?.token ?? '', 'base64').toString('utf8');
  } catch (error) {
    if (error instanceof CommandFailure) return undefined;
    throw error;
  }
}

async function requestToken(mailbox: KubeClient, name: string): Promise<string> {
  const path = `/api/v1/namespaces/${MAILBOX_NAMESPACE}/serviceaccounts/${name}/token`;
  const body = {
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'TokenRequest',
    spec: { expirationSeconds: TOKEN_SECONDS },
  };
  const answer = await mailbox.request<Unstructured>('POST', path, { body });
  const token = (answer.status as { token?: string } | undefined)?.token;
  if (token) return token;
  throw new CommandFailure(
    `the server issued no token for the service account ${name} in ${mailbox.workspaceName}`,
  );
}
