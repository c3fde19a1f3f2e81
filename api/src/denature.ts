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

/** Names of RBAC objects hold what no name of a twin may, most often a colon; those are spelled out. */
const PLAIN_NAME = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
/** What a name that is spelled out begins with; it ends with `zz`. Between, `z` and two digits stand for a byte. */
export const SPELLED_OUT = 'denatured--';
/** It takes what has no end, too: a search that began anew behind each beginning would take the square of the time. */
const SPELLED_NAME = /denatured--((?:[a-y0-9-]|z[0-9a-f]{2})*)(zz)?/g;

/**
 * @param resource the natural one
 * @returns the name of the twin of an object of that name: mostly the same
 */
export function twinNameOf(
  resource: { readonly group: string; readonly plural: string },
  name: string,
): string {
  if (twinOf(resource) === resource || (PLAIN_NAME.test(name) && !name.startsWith(SPELLED_OUT))) return name;
  const spelled = [...Buffer.from(name)].map((byte) => {
    const character = String.fromCharCode(byte);
    return /[a-y0-9-]/.test(character) ? character : `z${byte.toString(16).padStart(2, '0')}`;
  });
  return `${SPELLED_OUT}${spelled.join('')}zz`;
}

/**
 * The inverse of twinNameOf.
 * @param resource that of the twin
 */
export function naturalNameOf(resource: { readonly group: string }, name: string): string {
  return naturalGroupOf(resource.group) === resource.group ? name : naturalNamesIn(name);
}

/**
 * @param write makes the form of a name that fits the text
 * @returns the text with the natural names in the place of all that are spelled out
 */
export function naturalNamesIn(text: string, write: (name: string) => string = (name) => name): string {
  return text.replaceAll(SPELLED_NAME, (whole, spelled: string, end?: string) => {
    if (end === undefined) return whole;
    const bytes = spelled.match(/z[0-9a-f]{2}|./g) ?? [];
    const byteOf = (part: string) =>
      part.length === 3 ? Number.parseInt(part.slice(1), 16) : part.charCodeAt(0);
    return write(Buffer.from(bytes.map(byteOf)).toString('utf8'));
  });
}

/** @returns the resource in the group under which its objects act */
export function naturalOf<T extends { readonly group: string }>(resource: T): T {
  const group = naturalGroupOf(resource.group);
  return group === resource.group ? resource : { ...resource, group };
}
