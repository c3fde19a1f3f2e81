/** What no placement may take over in a cluster, and what it may not even write; pure. */
import { ADOPT, type KubeObject, OPERATOR_GROUP, parseApiVersion, SYNCER_PREFIX } from '@kubestellar/api';
import { isSystemObject } from '@kubestellar/rules';

/** Who the syncer is to its cluster. */
export interface Self {
  /** Name of the user that the cluster takes the syncer for; undefined when it does not say. */
  readonly user: string | undefined;
  readonly groups: readonly string[];
  /** The Namespace that the syncer runs in; undefined when it runs outside of the cluster. */
  readonly namespace: string | undefined;
}

type Named = Pick<KubeObject, 'apiVersion' | 'kind' | 'metadata'>;
type Labels = { readonly [key: string]: string };

const RBAC = 'rbac.authorization.k8s.io';
const SERVICE_ACCOUNT = /^system:serviceaccount:([^:]+):([^:]+)$/;

/** @returns the Namespace of a ServiceAccount, by the name of its user */
export function namespaceOfUser(user: string | undefined): string | undefined {
  return SERVICE_ACCOUNT.exec(user ?? '')?.[1];
}

/**
 * What the syncer runs by is neither written nor deleted, whatever marks it carries: who could place it would get the
 * syncer's rights, in its cluster and in its mailbox workspace.
 * @param object an object of the cluster, by its natural names
 * @returns why it is not touched; undefined when it may be
 */
export function whyUntouchable(object: Named, self: Self): string | undefined {
  const { namespace, name } = object.metadata;
  const own = self.namespace;
  if (own !== undefined && namespace === own) return "it belongs into the syncer's own Namespace";
  if (own !== undefined && isKind(object, '', 'Namespace') && name === own)
    return "it is the syncer's own Namespace";
  const account = SERVICE_ACCOUNT.exec(self.user ?? '')?.[2];
  if (isClusterRbac(object) && name === account) return 'the syncer has its rights by it';
  return undefined;
}

/**
 * @param live an object that the cluster has and the syncer did not make
 * @returns why it is not adopted, whatever its source says; undefined when it may be
 */
export function whyNotAdoptable(live: Named, self: Self): string | undefined {
  const { metadata, kind } = live;
  const { name, namespace = '', labels = {}, annotations = {}, ownerReferences = [] } = metadata;
  const home = isKind(live, '', 'Namespace') ? name : namespace;
  if (home.startsWith('kube-')) return `what is in the Namespace ${home} belongs to the cluster itself`;
  if (home.startsWith(SYNCER_PREFIX) || (isClusterRbac(live) && name.startsWith(SYNCER_PREFIX)))
    return 'it belongs to a syncer';
  if (isKind(live, RBAC, 'ClusterRoleBinding') && bindsSelf(live, self))
    return 'the syncer has its rights by it';
  if (isOfCore(live, labels) || ownerReferences.some(({ apiVersion }) => isOfOperator(apiVersion)))
    return 'it belongs to a core of KubeStellar';
  if (isOfCluster(live, labels, annotations) || isSystemObject(live))
    return `each cluster makes its own ${kind} "${name}"`;
  return undefined;
}

/** Whether the user of an object wants what the cluster has under its name to be adopted. */
export function asksForAdoption({ metadata }: KubeObject): boolean {
  return metadata.annotations?.[ADOPT] === 'true';
}

/** What API servers and their controllers make, and put right or need. */
function isOfCluster(live: Named, labels: Labels, annotations: Labels): boolean {
  const { namespace, name } = live.metadata;
  if (isKind(live, '', 'Service') || live.kind === 'Endpoints' || live.kind === 'EndpointSlice')
    return namespace === 'default' && name === 'kubernetes';
  if (isClusterRbac(live))
    return name.startsWith('system:') || labels['kubernetes.io/bootstrapping'] === 'rbac-defaults';
  if (isKind(live, 'apiregistration.k8s.io', 'APIService'))
    return Object.hasOwn(labels, 'kube-aggregator.kubernetes.io/automanaged');
  if (isKind(live, 'scheduling.k8s.io', 'PriorityClass')) return name.startsWith('system-');
  if (isKind(live, 'networking.k8s.io', 'ServiceCIDR')) return name === 'kubernetes';
  if (isKind(live, 'networking.k8s.io', 'IPAddress'))
    return labels['ipaddress.kubernetes.io/managed-by'] === 'ipallocator.k8s.io';
  return Object.hasOwn(annotations, 'apf.kubernetes.io/autoupdate-spec');
}

function isOfCore({ apiVersion }: Named, labels: Labels): boolean {
  return isOfOperator(apiVersion) || labels['app.kubernetes.io/managed-by'] === 'kubestellar-operator';
}

function isOfOperator(apiVersion: string): boolean {
  return parseApiVersion(apiVersion).group === OPERATOR_GROUP;
}

/** Bindings of the groups that everybody is in are not the syncer's own. */
function bindsSelf(binding: Named, { user, groups }: Self): boolean {
  const { subjects = [] } = binding as { subjects?: { kind: string; name: string; namespace?: string }[] };
  const names = new Set([user, ...groups.filter((group) => group !== 'system:authenticated')]);
  return subjects.some(({ kind, name, namespace }) =>
    names.has(kind === 'ServiceAccount' ? `system:serviceaccount:${namespace}:${name}` : name),
  );
}

function isClusterRbac(object: Named): boolean {
  return isKind(object, RBAC, 'ClusterRole') || isKind(object, RBAC, 'ClusterRoleBinding');
}

function isKind({ apiVersion, kind }: Named, group: string, wanted: string): boolean {
  return kind === wanted && parseApiVersion(apiVersion).group === group;
}
