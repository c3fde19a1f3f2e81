import type { KubeObject, ObjectMeta, Resource } from '@kubestellar/api';
import type { KubeClient } from '@kubestellar/kube';

type Value = { [field: string]: unknown };

/** What KubeStellar adds to copies, and controllers of a cluster to their objects. */
const ADDED_KEYS =
  /^(edge\.kubestellar\.io\/|kubestellar\.io\/|deployment\.kubernetes\.io\/revision$|pv\.kubernetes\.io\/)/;
/** A Job names itself by its uid in what it selects. */
const OWN_UID = new Set([
  'controller-uid',
  'batch.kubernetes.io/controller-uid',
  'job-name',
  'batch.kubernetes.io/job-name',
]);
/** Where the scheduler puts a Pod, and the addresses that a Service gets. */
const DECIDED_LATER: { readonly [kind: string]: readonly string[] } = {
  Pod: ['nodeName'],
  Service: ['clusterIP', 'clusterIPs'],
};

/**
 * What users say of an object, with the defaults of the server that it was read from: without what tells one
 * instance of it from another, without status, and without the marks of a copy.
 */
export function essenceOf(object: KubeObject): KubeObject {
  const { status: _, ...rest } = object as KubeObject & Value;
  const { name, namespace, labels, annotations } = object.metadata;
  const metadata: ObjectMeta = { name };
  if (namespace !== undefined) metadata.namespace = namespace;
  const content = withoutOwnUid({ ...rest, metadata: undefined }) as Value;
  const spec = content.spec as Value | undefined;
  for (const field of DECIDED_LATER[object.kind] ?? []) if (spec) delete spec[field];
  if (object.kind === 'ServiceAccount') delete content.secrets;
  return {
    ...content,
    apiVersion: object.apiVersion,
    kind: object.kind,
    metadata: { ...metadata, labels: kept(labels), annotations: kept(annotations) },
  };
}

/**
 * What a server makes of an object, asked by a creation that it only tries.
 * @param scratch a Namespace of the server that takes the place of the object's own, which need not exist
 * @throws ApiError when it would refuse the object
 */
export async function defaulted(
  server: KubeClient,
  resource: Resource,
  object: KubeObject,
  scratch = 'default',
): Promise<KubeObject> {
  const { namespace } = object.metadata;
  const tried = { ...object, metadata: { ...object.metadata, ...(namespace ? { namespace: scratch } : {}) } };
  const answer = await server.create(resource, tried, { fieldManager: 'user', dryRun: true });
  return { ...answer, metadata: { ...answer.metadata, ...(namespace ? { namespace } : {}) } };
}

function kept(map: { [key: string]: string } | undefined): { [key: string]: string } {
  return Object.fromEntries(Object.entries(map ?? {}).filter(([key]) => !ADDED_KEYS.test(key)));
}

function withoutOwnUid(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutOwnUid);
  if (typeof value !== 'object' || value === null) return value;
  const members = Object.entries(value).filter(([key, member]) => !OWN_UID.has(key) && member !== undefined);
  return Object.fromEntries(members.map(([key, member]) => [key, withoutOwnUid(member)]));
}
