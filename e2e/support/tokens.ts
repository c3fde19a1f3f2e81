import {
  CLUSTER_ROLE_BINDINGS,
  type KubeObject,
  SERVICE_ACCOUNTS,
  type Unstructured,
} from '@kubestellar/api';
import type { KubeClient } from '@kubestellar/kube';

const MANAGER = { fieldManager: 'e2e' };

/** Makes a ServiceAccount of the namespace `default`, which may do nothing. @returns a token of it */
export async function strangersToken(client: KubeClient, name = 'stranger'): Promise<string> {
  const metadata = { name, namespace: 'default' };
  await client.create(SERVICE_ACCOUNTS, { apiVersion: 'v1', kind: 'ServiceAccount', metadata }, MANAGER);
  const path = `/api/v1/namespaces/default/serviceaccounts/${name}/token`;
  const body = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: {} };
  const answer = await client.request<Unstructured>('POST', path, { body });
  return (answer.status as { token: string }).token;
}

/** The same for one who may do everything on that server, or in that workspace. */
export async function administratorsToken(client: KubeClient, name = 'administrator'): Promise<string> {
  await makeAdministrator(client, `e2e-${name}`, { kind: 'ServiceAccount', name, namespace: 'default' });
  return strangersToken(client, name);
}

/** Gives all rights on a server, or in a workspace. @param subject as in a ClusterRoleBinding */
export async function makeAdministrator(client: KubeClient, binding: string, subject: object): Promise<void> {
  const object = {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRoleBinding',
    metadata: { name: binding },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
    subjects: [subject],
  };
  await client.create(CLUSTER_ROLE_BINDINGS, object as KubeObject, MANAGER);
}
