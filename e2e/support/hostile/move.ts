import { apiVersionOf, KCP_ADMIN_GROUP, MASTERS_GROUP, programUser, type Resource } from '@kubestellar/api';
import type { WireRequest } from './wire.ts';

/** What a hostile tenant knows, which is more than a real one would. */
export interface Scene {
  /** The tenant's own workspace. */
  own: Workspace;
  /** Somebody else's workspace, and the Namespace there that holds everything. */
  victim: Workspace & { namespace: string; group: string };
  mailboxes: readonly Workspace[];
  /** Further workspaces that are none of the tenant's business. */
  others: readonly Workspace[];
  /** Destinations as slices name them. */
  destinations: readonly object[];
  /** Objects that the clusters have by themselves. */
  clusterOwned: readonly { namespace: string; name: string }[];
  /** By `<plural>.<group>`, the identity of kinds that are bound in the tenant's workspace. */
  identities: ReadonlyMap<string, string>;
}

/** A workspace by its path and the ID of its logical cluster. */
export interface Workspace {
  path: string;
  cluster: string;
}

/** A request to kcp, as a person or as a ServiceAccount, or to the workspace proxy, or bytes for a connection to that. */
export type Step = { to: Receiver; request: WireRequest } | { to: 'proxy'; bytes: string };
export type Receiver = 'kcp' | 'kcp as account' | 'proxy';

/** What a hostile tenant does at a time. kcp has accepted it when it has accepted the last step. */
export interface Move {
  kind: string;
  steps: readonly Step[];
  /** For what no tenant may ever do: what it means when it is accepted. */
  forbidden?: string | undefined;
}

/** Namespaces of the hostile tenant; some have names that mean something elsewhere. */
export const OWN_NAMESPACES = ['hostile', 'constructor', 'kube-system', 'default'] as const;

/** A kind in the form in which paths name it. */
export type Kind = Pick<Resource, 'group' | 'version' | 'plural' | 'kind' | 'namespaced'>;

/** @returns the path of a kind's objects, or of one, below a workspace or a virtual workspace */
export function pathOf({ group, version, plural }: Kind, namespace?: string, name?: string): string {
  const root = group === '' ? `/api/${version}` : `/apis/${group}/${version}`;
  const within = namespace ? `/namespaces/${namespace}` : '';
  return `${root}${within}/${plural}${name === undefined ? '' : `/${name}`}`;
}

export function below({ path }: Pick<Workspace, 'path'>, rest: string): string {
  return `/clusters/${path}${rest}`;
}

/** Writes an object by server-side apply, which creates it or changes it; `metadata` may be as odd as it likes. */
export function applied(
  base: string,
  kind: Kind,
  {
    name,
    namespace,
    ...metadata
  }: { name: string; namespace?: string | undefined } & Record<string, unknown>,
  content: object,
): Step {
  const object = {
    apiVersion: apiVersionOf(kind),
    kind: kind.kind,
    metadata: { name, ...(kind.namespaced ? { namespace } : {}), ...metadata },
    ...content,
  };
  const path = `${base}${pathOf(kind, kind.namespaced ? namespace : undefined, encodeURIComponent(name))}`;
  return {
    to: 'kcp',
    request: {
      method: 'PATCH',
      path: `${path}?fieldManager=hostile&force=true`,
      headers: { 'content-type': 'application/apply-patch+yaml' },
      body: JSON.stringify(object).replaceAll('"PROTO"', '"__proto__"'),
    },
  };
}

export function asked(method: string, path: string, to: Receiver = 'kcp'): Step {
  return { to, request: { method, path } };
}

/** The same step, as somebody whom one may act as in the own workspace. */
export function actingAs(step: Step, { user, groups }: Somebody): Step {
  if ('bytes' in step) return step;
  const headers = {
    ...step.request.headers,
    'impersonate-user': user,
    ...(groups.length > 0 ? { 'impersonate-group': groups } : {}),
  };
  return { to: 'kcp as account', request: { ...step.request, headers } };
}

interface Somebody {
  user: string;
  groups: readonly string[];
}

/** Whom a tenant would like to be. */
export const POWERFUL: readonly Somebody[] = [
  { user: programUser('where-resolver'), groups: [] },
  { user: programUser('where-resolver'), groups: [KCP_ADMIN_GROUP] },
  { user: 'kcp-admin', groups: [KCP_ADMIN_GROUP] },
  { user: 'system:admin', groups: [MASTERS_GROUP] },
];
