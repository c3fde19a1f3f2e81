import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { KubeClient } from '@kubestellar/kube';
import { parse, stringify } from 'yaml';
import type { Servers } from './core.ts';
import { fresh } from './objects.ts';
import { administratorsToken, makeAdministrator } from './tokens.ts';

/** A user with all rights in one workload workspace, as an administrator gives it to a team, and none elsewhere. */
export interface Tenant {
  /** Path of the workspace, `root:tenant-…`, which has the edge API and the Kubernetes APIs bound. */
  workspace: string;
  /** The tenant's own client, at the workspace; `client.workspace(path)` tries others with the same identity. */
  client: KubeClient;
  /** An administrator's client at the same workspace. */
  admin: KubeClient;
  /** The tenant's bearer token: a ServiceAccount's. */
  token: string;
  /**
   * Headers with which kcp takes a request for that of a person with the same rights, as one has by a certificate. At
   * a virtual workspace a person may do more than a ServiceAccount, which counts in its own workspace only.
   */
  person: Readonly<Record<string, string>>;
  /** Path of the tenant's kubeconfig, at the workspace. */
  kubeconfig: string;
}

interface Kubeconfig {
  clusters: { name: string; cluster: { server: string } }[];
  contexts: { name: string; context: { user: string } }[];
  users: { name: string; user: { token?: string } }[];
}

/** Makes a workload workspace, and a user for it, as a ServiceAccount and as a person: cluster-admin there. */
export async function newTenant({ home, root, shell }: Servers): Promise<Tenant> {
  const name = fresh('tenant');
  await shell(`kubectl kubestellar ensure wmw ${name}`);
  const workspace = `root:${name}`;
  const admin = root.workspace(workspace);
  const token = await administratorsToken(admin, 'tenant');
  const subject = { kind: 'User', apiGroup: 'rbac.authorization.k8s.io', name };
  await makeAdministrator(admin, 'e2e-person', subject);
  const administrators = await readFile(`${home.path}/admin.kubeconfig`, 'utf8');
  const kubeconfig = join(home.path, `${name}.kubeconfig`);
  const contents = kubeconfigFor(administrators, workspace, token);
  await writeFile(kubeconfig, contents, { mode: 0o600 });
  const client = await KubeClient.fromKubeconfig({ kubeconfig });
  return { workspace, client, admin, token, kubeconfig, person: headersFor(administrators, name) };
}

/** Only the master of all workspaces may act as somebody else in each of them. */
function headersFor(administrators: string, user: string): Record<string, string> {
  const { contexts, users } = parse(administrators) as Kubeconfig;
  const master = contexts.find(({ name }) => name === 'system:admin')?.context.user;
  const token = users.find(({ name }) => name === master)?.user.token;
  if (!token)
    throw new Error('the kubeconfig of the administrator has no token for the context system:admin');
  return {
    authorization: `Bearer ${token}`,
    'impersonate-user': user,
    'impersonate-group': 'system:authenticated',
  };
}

/** A kubeconfig for the same server, with one identity at one workspace. */
export function kubeconfigFor(administrators: string, workspace: string, token: string): string {
  const [known] = (parse(administrators) as Kubeconfig).clusters;
  if (!known) throw new Error('the kubeconfig of the administrator names no server');
  const cluster = {
    ...known.cluster,
    server: `${new URL(known.cluster.server).origin}/clusters/${workspace}`,
  };
  return stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'tenant', cluster }],
    users: [{ name: 'tenant', user: { token } }],
    contexts: [{ name: 'tenant', context: { cluster: 'tenant', user: 'tenant' } }],
    'current-context': 'tenant',
  });
}
