import {
  formatObjectKey,
  type LocalObject,
  type ObjectKey,
  parseObjectKey,
  type SourceKey,
  sourceKey,
  typeId,
  type Want,
  type WatchedType,
} from '../keys.ts';

/** What a change of the wants of one source means for others. */
export interface WantsChange {
  /** Mailboxes in which the object was or is wanted. */
  mailboxes: Set<string>;
  /** Those of them where it became wanted, or ceased to be. */
  turned: Set<string>;
  /** Resources (`plural.group`) of the source's workspace that some mailbox newly or no longer needs. */
  resources: Set<string>;
  /** Mailboxes that newly or no longer have objects of the API that the source is of, from its workspace. */
  apis: Set<string>;
  /** No object of the source's type is wanted anywhere any more. */
  isLastOfType: boolean;
}

/** An API of which objects of one workspace are wanted in a mailbox. */
export interface WantedAPI {
  type: WatchedType;
  /** The workspace. */
  cluster: string;
}

/**
 * The desired state, derived from watches and never stored: which object is wanted in which mailbox, from
 * which sources (docs/rules.md, semantics 13, `want(d)`).
 */
export class Desired {
  /** source → mailbox → want */
  readonly #bySource = new Map<SourceKey, { object: LocalObject; wants: ReadonlyMap<string, Want> }>();
  /** mailbox → local object → source → want */
  readonly #byMailbox = new Map<string, Map<ObjectKey, Map<SourceKey, Want>>>();
  /** workspace → resource → mailbox → number of objects */
  readonly #uses = new Map<string, Map<string, Map<string, number>>>();

  /** EdgePlacement (its uid) → mailbox → number of objects */
  readonly #placed = new Map<string, Map<string, number>>();

  /** typeId → number of sources that are wanted somewhere */
  readonly #types = new Map<string, { type: WatchedType; count: number }>();

  /** mailbox → resource → API → number of objects */
  readonly #apis = new Map<string, Map<string, Map<string, WantedAPI & { count: number }>>>();

  /** Replaces the wants of one source. @returns what that may affect */
  set(
    source: Want['source'],
    cluster: string,
    object: LocalObject,
    wants: ReadonlyMap<string, Want>,
  ): WantsChange {
    const id = sourceKey(source);
    const local = formatObjectKey(object);
    const before = this.#bySource.get(id)?.wants ?? new Map<string, Want>();
    const mailboxes = new Set([...before.keys(), ...wants.keys()]);
    const isLastOfType = this.#countType(source.type, Number(wants.size > 0) - Number(before.size > 0));
    const [turned, resources, apis] = [new Set<string>(), new Set<string>(), new Set<string>()];
    const change: WantsChange = { mailboxes, turned, resources, apis, isLastOfType };
    for (const mailbox of mailboxes) {
      const want = wants.get(mailbox);
      this.#put(mailbox, local, id, want);
      this.#countPlaced(mailbox, before.get(mailbox)?.placements, want?.placements);
      if (before.has(mailbox) === (want !== undefined)) continue;
      change.turned.add(mailbox);
      if (this.#count(cluster, object.groupResource, mailbox, want ? 1 : -1))
        change.resources.add(object.groupResource);
      const api = { type: source.type, cluster };
      if (this.#countAPI(mailbox, object.groupResource, api, want ? 1 : -1)) change.apis.add(mailbox);
    }
    if (wants.size > 0) this.#bySource.set(id, { object, wants });
    else this.#bySource.delete(id);
    return change;
  }

  /** @returns the wants of one source, by mailbox */
  of(source: Want['source']): ReadonlyMap<string, Want> {
    return this.#bySource.get(sourceKey(source))?.wants ?? new Map();
  }

  /** @returns a source that is wanted somewhere, with the object that it is in mailbox workspaces */
  find(id: SourceKey): { source: Want['source']; object: LocalObject } | undefined {
    const known = this.#bySource.get(id);
    for (const { source } of known?.wants.values() ?? []) return known && { source, object: known.object };
    return undefined;
  }

  /** @returns the SourceKeys of everything that is wanted somewhere */
  sources(): Iterable<SourceKey> {
    return this.#bySource.keys();
  }

  /** @returns the types of everything that is wanted somewhere */
  *types(): Generator<WatchedType> {
    for (const { type } of this.#types.values()) yield type;
  }

  /** @returns who wants this object in this mailbox; empty when nobody does */
  in(mailbox: string, object: LocalObject): Want[] {
    return [...(this.#byMailbox.get(mailbox)?.get(formatObjectKey(object))?.values() ?? [])];
  }

  /** @returns everything that is wanted in a mailbox, each object with its wants */
  *everythingIn(mailbox: string): Generator<{ local: ObjectKey; wants: Want[] }> {
    for (const [local, wants] of this.#byMailbox.get(mailbox) ?? [])
      yield { local, wants: [...wants.values()] };
  }

  /** @returns the objects of one resource that are wanted in a mailbox */
  *ofResourceIn(mailbox: string, groupResource: string): Generator<LocalObject> {
    for (const key of this.#byMailbox.get(mailbox)?.keys() ?? []) {
      const local = parseObjectKey(key);
      if (local.groupResource === groupResource) yield local;
    }
  }

  /** @returns all mailboxes in which anything is wanted */
  mailboxes(): Iterable<string> {
    return this.#byMailbox.keys();
  }

  /** @returns the mailboxes that need a resource because objects of it come from this workspace */
  needing(cluster: string, groupResource: string): Iterable<string> {
    return this.#uses.get(cluster)?.get(groupResource)?.keys() ?? [];
  }

  /** @returns the resources (`plural.group`) of which anything is wanted in a mailbox */
  resourcesIn(mailbox: string): Iterable<string> {
    return this.#apis.get(mailbox)?.keys() ?? [];
  }

  /** @returns the APIs of which objects are wanted as objects of this resource in a mailbox */
  apisOf(mailbox: string, groupResource: string): WantedAPI[] {
    return [...(this.#apis.get(mailbox)?.get(groupResource)?.values() ?? [])];
  }

  /** @returns how many objects an EdgePlacement (its uid) wants in a mailbox */
  countPlaced(uid: string, mailbox: string): number {
    return this.#placed.get(uid)?.get(mailbox) ?? 0;
  }

  #countPlaced(mailbox: string, before: readonly string[] = [], after: readonly string[] = []): void {
    if (before === after) return;
    for (const [uids, step] of [
      [before, -1],
      [after, 1],
    ] as const) {
      for (const uid of uids) {
        const counts = this.#placed.get(uid) ?? new Map<string, number>();
        const count = (counts.get(mailbox) ?? 0) + step;
        if (count > 0) counts.set(mailbox, count);
        else counts.delete(mailbox);
        if (counts.size > 0) this.#placed.set(uid, counts);
        else this.#placed.delete(uid);
      }
    }
  }

  #put(mailbox: string, local: ObjectKey, id: SourceKey, want: Want | undefined): void {
    const objects = this.#byMailbox.get(mailbox) ?? new Map<ObjectKey, Map<SourceKey, Want>>();
    const wants = objects.get(local) ?? new Map<SourceKey, Want>();
    if (want) wants.set(id, want);
    else wants.delete(id);
    if (wants.size > 0) objects.set(local, wants);
    else objects.delete(local);
    if (objects.size > 0) this.#byMailbox.set(mailbox, objects);
    else this.#byMailbox.delete(mailbox);
  }

  /** @returns true when the resource has become needed, or needless, in the mailbox */
  #count(cluster: string, groupResource: string, mailbox: string, step: 1 | -1): boolean {
    const resources = this.#uses.get(cluster) ?? new Map<string, Map<string, number>>();
    const counts = resources.get(groupResource) ?? new Map<string, number>();
    const count = (counts.get(mailbox) ?? 0) + step;
    if (count > 0) counts.set(mailbox, count);
    else counts.delete(mailbox);
    resources.set(groupResource, counts);
    this.#uses.set(cluster, resources);
    return step === 1 ? count === 1 : count === 0;
  }

  /** @returns true when there was an object of this type, and is none any more */
  #countType(type: WatchedType, step: number): boolean {
    const id = typeId(type);
    const count = (this.#types.get(id)?.count ?? 0) + step;
    if (count > 0) this.#types.set(id, { type, count });
    else this.#types.delete(id);
    return step < 0 && count === 0;
  }

  /** @returns true when a mailbox newly has objects of an API of a workspace, or has none any more */
  #countAPI(mailbox: string, resource: string, api: WantedAPI, step: 1 | -1): boolean {
    const resources =
      this.#apis.get(mailbox) ?? new Map<string, Map<string, WantedAPI & { count: number }>>();
    const apis = resources.get(resource) ?? new Map<string, WantedAPI & { count: number }>();
    const key = `${typeId(api.type)}/${api.cluster}`;
    const known = apis.get(key) ?? { ...api, count: 0 };
    known.count += step;
    if (known.count > 0) apis.set(key, known);
    else apis.delete(key);
    if (apis.size > 0) resources.set(resource, apis);
    else resources.delete(resource);
    if (resources.size > 0) this.#apis.set(mailbox, resources);
    else this.#apis.delete(mailbox);
    return step === 1 ? known.count === 1 : known.count === 0;
  }
}
