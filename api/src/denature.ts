/**
 * Twins: kinds that would act in a workspace (RBAC, admission, quota) are kept there, and in the mailbox workspaces, in
 * an API group of another name, where they are data; in the clusters they have their natural group (spec semantics 7.1;
 * docs/denaturing.md).
 */

/** What the name of a twin's group has after that of the natural one. */
const SUFFIX = '.denatured';

/** The API groups of which all kinds have twins: kcp acts on their objects, and no export may take their names. */
export const DENATURED_GROUPS: readonly string[] = [
  'rbac.authorization.k8s.io',
  'admissionregistration.k8s.io',
];

/**
 * Holds the twins of kinds of the core group. In WMWs these are shadowed by a binding and keep their names; in mailbox
 * workspaces they are twins, because bindings come and go there, and a watch or a write at that moment would still
 * meet the native kind.
 */
const CORE_TWINS = `core${SUFFIX}`;
const CORE_PLURALS: readonly string[] = ['resourcequotas'];

/** @returns the group that holds the objects of `group` where they must not act; most groups are their own */
export function twinGroupOf(group: string): string {
  return DENATURED_GROUPS.includes(group) ? `${group}${SUFFIX}` : group;
}

/** @returns the group under which the objects of `group` act */
export function naturalGroupOf(group: string): string {
  if (group === CORE_TWINS) return '';
  const natural = group.slice(0, -SUFFIX.length);
  return group.endsWith(SUFFIX) && DENATURED_GROUPS.includes(natural) ? natural : group;
}

/** @returns the resource in the group that holds its objects where they must not act */
export function twinOf<T extends { readonly group: string; readonly plural: string }>(resource: T): T {
  const { group: natural, plural } = resource;
  const group = natural === '' && CORE_PLURALS.includes(plural) ? CORE_TWINS : twinGroupOf(natural);
  return group === natural ? resource : { ...resource, group };
}

/** @returns the resource in the group under which its objects act */
export function naturalOf<T extends { readonly group: string }>(resource: T): T {
  const group = naturalGroupOf(resource.group);
  return group === resource.group ? resource : { ...resource, group };
}
