/** Checks before helm starts what would make it fail half-way. */
import { CUSTOM_RESOURCE_DEFINITIONS, KUBESTELLARS, type KubeObject, NAMESPACES } from '@kubestellar/api';
import { explain, isApiError, type KubeClient } from '@kubestellar/kube';
import { CommandFailure } from '../shell/failure.ts';
import type { Hosting } from './connect.ts';
import type { HelmFlags } from './helm-flags.ts';

/** The contents of the chart: group and resource, and whether it is namespaced. */
const MADE: readonly [group: string, resource: string, isNamespaced: boolean][] = [
  ['', 'secrets', true],
  ['', 'serviceaccounts', true],
  ['apps', 'deployments', true],
  ['rbac.authorization.k8s.io', 'roles', true],
  ['rbac.authorization.k8s.io', 'rolebindings', true],
  [KUBESTELLARS.group, KUBESTELLARS.plural, true],
  ['rbac.authorization.k8s.io', 'clusterroles', false],
  ['rbac.authorization.k8s.io', 'clusterrolebindings', false],
];
const CRD = `${KUBESTELLARS.plural}.${KUBESTELLARS.group}`;
/** A cluster that does not respond within this time is reported (milliseconds). */
const LIMIT_MS = 8_000;

type Review = KubeObject<object, { allowed: boolean }>;

/**
 * Makes sure that the namespace exists and that the user may create the contents of the chart.
 * @throws CommandFailure with all problems
 */
export async function preflight(
  { client, namespace }: Hosting,
  { createsNamespace }: HelmFlags,
): Promise<void> {
  await requireAnswer(client);
  const isMissing = (await tried(() => client.get(NAMESPACES, { name: namespace }))) === undefined;
  if (isMissing && !createsNamespace) {
    throw new CommandFailure(
      `there is no namespace "${namespace}" in the cluster at ${client.connection.server}; ` +
        `create it ("kubectl create namespace ${namespace}") or add --create-namespace`,
    );
  }
  const hasKind = await tried(() => client.get(CUSTOM_RESOURCE_DEFINITIONS, { name: CRD }));
  const made = [
    ...MADE,
    ...(hasKind === undefined
      ? [[CUSTOM_RESOURCE_DEFINITIONS.group, CUSTOM_RESOURCE_DEFINITIONS.plural, false] as const]
      : []),
    ...(isMissing ? [['', NAMESPACES.plural, false] as const] : []),
  ];
  const denied = await Promise.all(
    made.map(async ([group, resource, isNamespaced]) =>
      (await mayCreate(client, group, resource, isNamespaced ? namespace : undefined))
        ? []
        : [group ? `${resource}.${group}` : resource],
    ),
  );
  const names = denied.flat();
  if (names.length > 0) {
    throw new CommandFailure(
      `the user of the kubeconfig may not create ${names.join(', ')} in the cluster at ${client.connection.server} ` +
        `(namespace "${namespace}"); nothing was changed. Let a cluster administrator deploy, or be given these rights`,
    );
  }
}

class Timeout extends Error {}

function timeout(): Promise<never> {
  return new Promise((_, reject) => {
    setTimeout(() => reject(new Timeout()), LIMIT_MS).unref();
  });
}

async function requireAnswer(client: KubeClient): Promise<void> {
  const { server } = client.connection;
  try {
    // A signal does not abort a connection in progress.
    await Promise.race([client.request('GET', '/version'), timeout()]);
  } catch (error) {
    // For a user without permission to read the version, a later request reports that.
    if (isApiError(error, 403)) return;
    if (isApiError(error, 401))
      throw new CommandFailure(`the cluster at ${server} does not accept the credentials of the kubeconfig`);
    const why = error instanceof Timeout ? `no response within ${LIMIT_MS / 1000} s` : explain(error);
    throw new CommandFailure(
      `cannot reach the cluster at ${server}: ${why}; is it running, is the kubeconfig the right one?`,
    );
  }
}

/** What the user may not read is assumed to exist: helm then reports the problem. */
async function tried<T>(read: () => Promise<T>): Promise<T | 'unknown'> {
  try {
    return await read();
  } catch (error) {
    if (isApiError(error, 401, 403)) return 'unknown';
    throw error;
  }
}

async function mayCreate(
  client: KubeClient,
  group: string,
  resource: string,
  namespace: string | undefined,
): Promise<boolean> {
  const review = {
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SelfSubjectAccessReview',
    spec: { resourceAttributes: { group, resource, verb: 'create', namespace } },
  };
  const answer = await tried(() =>
    client.request<Review>('POST', '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews', {
      body: review,
    }),
  );
  return answer === 'unknown' || answer.status?.allowed === true;
}
