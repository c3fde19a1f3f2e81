/** Spreads what a mailbox workspace is to have over SyncerConfigs that are small enough; pure. */
import { formatObjectKey } from '../keys.ts';
import type { Named } from './named.ts';

/** No object grows beyond 512 kB (docs/decisions/0012-no-object-grows.md), and `the-one` has a report of up to 128 kB, too. */
const MAX_BYTES = 350_000;
/** What a name costs beside its characters, and the first one of a Namespace or resource. */
const COST = { name: 3, namespace: 40, resource: 80 } as const;
/** No object costs more, with the Namespace and resource that it may be the only one of. */
const MOST = 700;

/**
 * An object that is in a part already stays there: the parts are not written all at once, and moved it would be in none
 * of them for a moment, and taken from the cluster.
 * @param existing what each part names at present; the first one is that of `the-one`
 * @returns what each part is to name; the first one is there even when empty
 */
export function distribute(
  wanted: readonly Named[],
  existing: readonly (readonly Named[])[],
  limit = MAX_BYTES,
): Named[][] {
  if (existing.length <= 1 && wanted.length * MOST <= limit) return [[...wanted]];
  const partOf = indexParts(existing);
  const parts = Array.from({ length: Math.max(1, existing.length) }, () => new Part());
  const added: Named[] = [];
  const seen = new Set<string>();
  for (const each of wanted) {
    const key = formatObjectKey(each.local);
    if (seen.has(key)) continue;
    seen.add(key);
    const known = parts[partOf.get(key) ?? -1];
    if (known) known.add(each);
    else added.push(each);
  }
  fill(parts, added, limit);
  while (parts.length > 1 && parts.at(-1)?.named.length === 0) parts.pop();
  return parts.map(({ named }) => named);
}

/** @returns the index of the first part that names each object, by its key */
function indexParts(existing: readonly (readonly Named[])[]): Map<string, number> {
  const partOf = new Map<string, number>();
  for (const [n, part] of existing.entries()) {
    for (const { local } of part) {
      const key = formatObjectKey(local);
      if (!partOf.has(key)) partOf.set(key, n);
    }
  }
  return partOf;
}

/** Puts objects into the first parts with room, and into further ones. */
function fill(parts: Part[], added: readonly Named[], limit: number): void {
  let open = 0;
  for (const each of added) {
    while ((parts[open] ?? addTo(parts)).isFull(limit)) open++;
    parts[open]?.add(each);
  }
}

function addTo(parts: Part[]): Part {
  const part = new Part();
  parts.push(part);
  return part;
}

class Part {
  readonly named: Named[] = [];
  readonly #seen = new Set<string>();
  #bytes = 0;

  add(each: Named): void {
    const { groupResource, namespace, name } = each.local;
    this.named.push(each);
    this.#bytes += name.length + COST.name;
    this.#addFirst(groupResource, COST.resource + groupResource.length);
    this.#addFirst(`${groupResource}|${namespace}`, COST.namespace + namespace.length);
  }

  isFull(limit: number): boolean {
    return this.#bytes >= limit;
  }

  #addFirst(key: string, bytes: number): void {
    if (this.#seen.has(key)) return;
    this.#seen.add(key);
    this.#bytes += bytes;
  }
}
