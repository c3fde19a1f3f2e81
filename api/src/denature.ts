/**
 * Kinds that would act in a workspace (RBAC, admission, quota) are kept there, and in the mailbox workspaces, as
 * denatured resources: in an API group of another name, where they are data. In the clusters they are native resources
 * (docs/rules.md, semantics 7.1; docs/denaturing.md).
 */

/** Appended to the name of a native group. */
const SUFFIX = '.denatured';

/** The API groups whose kinds are all denatured: kcp acts on their objects, and no export may have their names. */
export const DENATURED_GROUPS: readonly string[] = [
  'rbac.authorization.k8s.io',
  'admissionregistration.k8s.io',
];

/**
 * Group of the denatured kinds of the core group. In WMWs a binding shadows these kinds, and they keep their names. In
 * mailbox workspaces they are denatured, because bindings are created and deleted there, and a watch or a write at that
 * moment would still reach the native kind.
 */
const DENATURED_CORE = `core${SUFFIX}`;
const CORE_PLURALS: readonly string[] = ['resourcequotas'];

/** @returns the group that holds the objects of `group` where they must not act; most groups are not denatured */
export function denaturedGroup(group: string): string {
  return DENATURED_GROUPS.includes(group) ? `${group}${SUFFIX}` : group;
}

/** @returns the native group of `group` */
export function nativeGroup(group: string): string {
  if (group === DENATURED_CORE) return '';
  const native = group.slice(0, -SUFFIX.length);
  return group.endsWith(SUFFIX) && DENATURED_GROUPS.includes(native) ? native : group;
}

/** @returns the resource under which its objects are kept where they must not act */
export function denaturedResource<T extends { readonly group: string; readonly plural: string }>(
  resource: T,
): T {
  const { group: native, plural } = resource;
  const group = native === '' && CORE_PLURALS.includes(plural) ? DENATURED_CORE : denaturedGroup(native);
  return group === native ? resource : { ...resource, group };
}

/** Names of RBAC objects may contain what names of custom resources may not, most often a colon; they are escaped. */
const PLAIN_NAME = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
/** Prefix of an escaped name, which ends with `zz`. Between them, `z` and two hexadecimal digits stand for a byte. */
export const SPELLED_OUT = 'denatured--';
/** Matches names without an end, too: a search that restarts behind each prefix would take quadratic time. */
const SPELLED_NAME = /denatured--((?:[a-y0-9-]|z[0-9a-f]{2})*)(zz)?/g;

/**
 * @param resource the native resource
 * @returns the name of its denatured object: mostly the same
 */
export function denaturedName(
  resource: { readonly group: string; readonly plural: string },
  name: string,
): string {
  if (denaturedResource(resource) === resource || (PLAIN_NAME.test(name) && !name.startsWith(SPELLED_OUT)))
    return name;
  const spelled = [...Buffer.from(name)].map((byte) => {
    const character = String.fromCharCode(byte);
    return /[a-y0-9-]/.test(character) ? character : `z${byte.toString(16).padStart(2, '0')}`;
  });
  return `${SPELLED_OUT}${spelled.join('')}zz`;
}

/**
 * The inverse of denaturedName.
 * @param resource the denatured resource
 */
export function nativeName(resource: { readonly group: string }, name: string): string {
  return nativeGroup(resource.group) === resource.group ? name : restoreNativeNames(name);
}

/**
 * @param write encodes a name for the text
 * @returns the text with all escaped names replaced by the native ones
 */
export function restoreNativeNames(text: string, write: (name: string) => string = (name) => name): string {
  return text.replaceAll(SPELLED_NAME, (whole, spelled: string, end?: string) => {
    if (end === undefined) return whole;
    const bytes = spelled.match(/z[0-9a-f]{2}|./g) ?? [];
    const byteOf = (part: string) =>
      part.length === 3 ? Number.parseInt(part.slice(1), 16) : part.charCodeAt(0);
    return write(Buffer.from(bytes.map(byteOf)).toString('utf8'));
  });
}

/** @returns the native resource */
export function nativeResource<T extends { readonly group: string }>(resource: T): T {
  const group = nativeGroup(resource.group);
  return group === resource.group ? resource : { ...resource, group };
}
