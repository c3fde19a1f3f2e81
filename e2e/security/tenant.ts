import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { KubeClient } from '@kubestellar/kube';
import { parse, stringify } from 'yaml';
import type { Core } from '../support/core.ts';
import { fresh } from '../support/objects.ts';
import { administratorsToken } from '../support/tokens.ts';

/** A user with all rights in one workload workspace, as an administrator gives it to a team, and none elsewhere. */
export interface Tenant {
  /** Path of the workspace, `root:tenant-…`, which has the edge API and the Kubernetes APIs bound. */
  workspace: string;
  /** The tenant's own client, at the workspace; `client.workspace(path)` tries others with the same identity. */
  client: KubeClient;
  /** An administrator's client at the same workspace. */
  admin: KubeClient;
  /** The tenant's bearer token. */
  token: string;
  /** Path of the tenant's kubeconfig, at the workspace. */
  kubeconfig: string;
}

interface Kubeconfig {
  clusters: { name: string; cluster: { server: string } }[];
}

/** Makes a workload workspace, and a user for it: a ServiceAccount that is cluster-admin there. */
export async function newTenant({ home, root, shell }: Core): Promise<Tenant> {
  const name = fresh('tenant');
  await shell(`kubectl kubestellar ensure wmw ${name}`);
  const workspace = `root:${name}`;
  const admin = root.workspace(workspace);
  const token = await administratorsToken(admin, 'tenant');
  const kubeconfig = join(home.path, `${name}.kubeconfig`);
  const contents = kubeconfigFor(await readFile(`${home.path}/admin.kubeconfig`, 'utf8'), workspace, token);
  await writeFile(kubeconfig, contents, { mode: 0o600 });
  const client = await KubeClient.fromKubeconfig({ kubeconfig });
  return { workspace, client, admin, token, kubeconfig };
}

/** A kubeconfig for the same server, with one identity at one workspace. */
function kubeconfigFor(administrators: string, workspace: string, token: string): string {
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
