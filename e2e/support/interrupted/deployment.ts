import {
  CLUSTER_ROLE_BINDINGS,
  CLUSTER_ROLES,
  DEPLOYMENTS,
  KUBESTELLARS,
  type KubeObject,
  NAMESPACES,
  ROLE_BINDINGS,
  ROLES,
  SECRETS,
  SERVICE_ACCOUNTS,
} from '@kubestellar/api';
import { essentialsOf } from './objects.ts';
import type { Place } from './place.ts';
import type { Row } from './trials.ts';

const MADE = [DEPLOYMENTS, ROLES, ROLE_BINDINGS, SERVICE_ACCOUNTS, KUBESTELLARS];
const FOR_ALL = [CLUSTER_ROLES, CLUSTER_ROLE_BINDINGS];

/** The arguments of a deploy to a namespace. */
export const deployTo = (namespace: string) => [
  'deploy',
  '--external-endpoint',
  'core.example.com:443',
  '--create-namespace',
  '-n',
  namespace,
];

/** Each try is about a namespace of its own. */
export const DEPLOY_ROWS: readonly Row[] = [
  {
    title: 'deploy',
    // What is in the way is looked for; then helm sends at least two for each object.
    fewest: 40,
    alternates: true,
    args: (_, name) => deployTo(name),
    state: release,
  },
  {
    title: 'deploy of a change',
    fewest: 30,
    alternates: true,
    onlyWrites: true,
    before: (place, name) => place.must(deployTo(name)),
    args: (_, name) => [...deployTo(name), '--set', 'operator.replicas=2'],
    state: release,
  },
];

/** What is in the cluster, and what helm thinks of it; not, how many revisions there were on the way. */
async function release({ root }: Place, name: string): Promise<unknown> {
  const objects: KubeObject[] = [];
  for (const resource of MADE) {
    const found = await root.list<KubeObject>(resource, { namespace: name });
    objects.push(...found.map((object) => ({ ...object, kind: resource.kind })));
  }
  for (const resource of FOR_ALL) {
    const found = await root.list<KubeObject>(resource);
    const ours = found.filter(({ metadata }) => metadata.name.endsWith(`-${name}`));
    objects.push(...ours.map((object) => ({ ...object, kind: resource.kind })));
  }
  const revisions = await root.list<KubeObject>(SECRETS, {
    namespace: name,
    labelSelector: 'owner=helm,name=kubestellar',
  });
  const numbered = revisions
    .map(({ metadata }) => metadata.labels ?? {})
    .sort((a, b) => Number(a.version) - Number(b.version));
  const namespace = await root.get(NAMESPACES, { name });
  return {
    objects: essentialsOf(objects),
    namespace: namespace?.metadata.labels,
    last: numbered.at(-1)?.status,
    unfinished: numbered.filter(({ status }) => status?.startsWith('pending')).length,
  };
}
