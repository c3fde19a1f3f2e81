/**
 * Strategic merge patches, which `kubectl apply` and `kubectl edit` send for kinds that they know; kcp takes none for
 * kinds from exports of other names. Only what the denatured kinds need.
 */

type Members = { [name: string]: unknown };

/** The member that identifies the entries of a list; lists that are not here are replaced as a whole. */
const MERGE_KEYS: ReadonlyMap<string, string> = new Map([
  ['matchConditions', 'name'],
  ['ownerReferences', 'uid'],
  ['variables', 'name'],
  ['webhooks', 'name'],
]);
/** Lists of names that are sets. */
const SETS = new Set(['finalizers']);

/** Applies a strategic merge patch to a copy of an object. @returns the patched object */
export function strategicMerge(live: unknown, patch: unknown): unknown {
  return mergeMap(isMap(live) ? live : {}, isMap(patch) ? patch : {});
}

function mergeMap(live: Members, patch: Members): Members {
  if (patch.$patch === 'replace') return withoutDirectives(patch);
  // A Map, because the client chooses names: `__proto__` is one like any other.
  const merged = new Map(Object.entries(live));
  for (const [name, value] of Object.entries(patch).filter(([name]) => !name.startsWith('$'))) {
    if (value === null) merged.delete(name);
    else if (Array.isArray(value)) merged.set(name, mergeList(name, merged.get(name), value));
    else if (!isMap(value)) merged.set(name, value);
    else if (value.$patch === 'delete') merged.delete(name);
    else merged.set(name, mergeMap(asMap(merged.get(name)), value));
  }
  for (const [name, value] of Object.entries(patch)) {
    const [directive = '', field = ''] = name.split('/');
    if (Array.isArray(value) && field !== '') followDirective(directive, field, value, merged);
  }
  return Object.fromEntries(merged);
}

/** Does what a directive for a list asks for, such as `$setElementOrder/finalizers`; others are none of ours. */
function followDirective(
  directive: string,
  field: string,
  value: readonly unknown[],
  merged: Map<string, unknown>,
): void {
  const list = asList(merged.get(field));
  if (directive === '$setElementOrder') merged.set(field, ordered(field, list, value));
  if (directive !== '$deleteFromPrimitiveList') return;
  const unwanted = new Set(value);
  merged.set(
    field,
    list.filter((each) => !unwanted.has(each)),
  );
}

function mergeList(field: string, live: unknown, patch: readonly unknown[]): unknown[] {
  if (SETS.has(field)) return [...new Set([...asList(live), ...patch])];
  const key = MERGE_KEYS.get(field);
  const replaces = patch.some((each) => isMap(each) && each.$patch === 'replace');
  if (key === undefined || replaces)
    return patch.filter((each) => !isMap(each) || each.$patch === undefined).map(withoutDirectives);
  const merged = [...asList(live)];
  // Searching the list for each entry would take minutes for the longest lists that fit into a patch.
  const places = placesOf(merged, (each) => idOf(each, key));
  const deleted = new Set<number>();
  for (const entry of patch) {
    const id = idOf(entry, key);
    const at = places.get(id);
    if (isMap(entry) && entry.$patch === 'delete') {
      if (at !== undefined) deleted.add(at);
      places.delete(id);
    } else if (at !== undefined) merged[at] = mergeMap(asMap(merged[at]), asMap(entry));
    else places.set(id, merged.push(withoutDirectives(entry)) - 1);
  }
  return merged.filter((_, at) => !deleted.has(at));
}

/** The index of the first entry of each id. */
function placesOf(list: readonly unknown[], identify: (entry: unknown) => unknown): Map<unknown, number> {
  return new Map(list.map((entry, at) => [identify(entry), at] as const).toReversed());
}

/** In the requested order; entries that it does not name follow. */
function ordered(field: string, list: readonly unknown[], order: readonly unknown[]): unknown[] {
  const key = MERGE_KEYS.get(field);
  const identify = (entry: unknown) => (key ? idOf(entry, key) : entry);
  const places = placesOf(order, identify);
  const rank = (entry: unknown) => places.get(identify(entry)) ?? order.length;
  return list.toSorted((a, b) => rank(a) - rank(b));
}

function withoutDirectives<T>(value: T): T {
  if (Array.isArray(value)) return value.map(withoutDirectives) as T;
  if (!isMap(value)) return value;
  const members = Object.entries(value).filter(([name, member]) => !name.startsWith('$') && member !== null);
  return Object.fromEntries(members.map(([name, member]) => [name, withoutDirectives(member)])) as T;
}

function idOf(entry: unknown, key: string): unknown {
  return isMap(entry) ? entry[key] : undefined;
}

function asMap(value: unknown): Members {
  return isMap(value) ? value : {};
}

function asList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function isMap(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
