/** Names one object in the work queue. */
export interface ObjectKey {
  /** `<plural>.<group>`. */
  resource: string;
  /** '' for cluster-scoped objects. */
  namespace: string;
  name: string;
}

/** @returns `resource|namespace|name`; of these only names can have a `|`, those of RBAC objects */
export function formatObjectKey(resource: string, namespace: string, name: string): string {
  return `${resource}|${namespace}|${name}`;
}

/** The inverse of formatObjectKey. */
export function parseObjectKey(key: string): ObjectKey {
  const [resource = '', namespace = '', ...name] = key.split('|');
  return { resource, namespace, name: name.join('|') };
}
