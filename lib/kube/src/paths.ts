import type { Resource } from '@kubestellar/api';

/** The path of a resource's collection below a workspace. */
export function collectionPath(resource: Resource, namespace?: string): string {
  const root =
    resource.group === '' ? `/api/${resource.version}` : `/apis/${resource.group}/${resource.version}`;
  const scope = resource.namespaced && namespace ? `/namespaces/${encodeURIComponent(namespace)}` : '';
  return `${root}${scope}/${resource.plural}`;
}

/** The path of one object, or of a subresource of it. */
export function objectPath(
  resource: Resource,
  ref: { name?: string; namespace?: string | undefined },
  subresource?: string,
) {
  const path = `${collectionPath(resource, ref.namespace)}/${encodeURIComponent(ref.name ?? '')}`;
  return subresource ? `${path}/${subresource}` : path;
}
