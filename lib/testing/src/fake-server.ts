/** A server of objects in memory, for unit tests of what reads and writes objects of several kinds and workspaces. */
import { isDeepStrictEqual } from 'node:util';
import { type KubeObject, PROJECTED, type Resource } from '@kubestellar/api';
import { ApiError, type KubeClient } from '@kubestellar/kube';

/** By which kcp says where an object is. */
const CLUSTER = 'kcp.io/cluster';
const VERBS = ['create', 'delete', 'get', 'list', 'patch', 'update', 'watch'];

interface Event {
  cluster: string;
  type: string;
  object: KubeObject;
}

type Ref = { name: string; namespace?: string | undefined };
type Kind = Pick<Resource, 'plural'>;
type Selection = { labelSelector?: string | undefined; subresource?: string | undefined };

/** A server in memory, for all workspaces: objects by `cluster resource namespace/name`. */
export class FakeServer {
  readonly objects = new Map<string, KubeObject>();
  /** What was written, one line each, and with what. */
  readonly log: string[] = [];
  readonly bodies: unknown[] = [];
  /** Makes requests fail whose line it matches. */
  fails: { line: RegExp; error: Error } | undefined;
  /** What discovery answers, in all workspaces. */
  readonly served: Resource[] = [];
  /** Who the client is. */
  user = 'system:serviceaccount:test:test';

  readonly #events = new Map<string, Event[]>();
  readonly #lastApplied = new Map<string, KubeObject>();
  readonly #connection = {};
  #changed = Promise.withResolvers<void>();
  #written = 0;

  /** @returns a client at the server, as far as our programs use one */
  get client(): KubeClient {
    return this.#clientAt('');
  }

  /** Has an object, and whoever watches its kind sees it. */
  put(cluster: string, { plural }: Kind, object: KubeObject): this {
    const key = keyAt(cluster, plural, object.metadata);
    this.#send(cluster, plural, this.objects.has(key) ? 'MODIFIED' : 'ADDED', object);
    this.objects.set(key, object);
    return this;
  }

  /** Loses an object, and whoever watches its kind sees that. */
  drop(cluster: string, { plural }: Kind, object: KubeObject): this {
    this.objects.delete(keyAt(cluster, plural, object.metadata));
    this.#send(cluster, plural, 'DELETED', object);
    return this;
  }

  /** @returns an object as it is now */
  find(cluster: string, { plural }: Kind, name: string, namespace = ''): KubeObject | undefined {
    return this.objects.get(keyAt(cluster, plural, { name, namespace }));
  }

  #send(cluster: string, plural: string, type: string, object: KubeObject): void {
    const events = this.#events.get(plural) ?? [];
    this.#events.set(plural, [...events, { cluster, type, object: structuredClone(object) }]);
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }

  async *#watch(plural: string, from: number, signal: AbortSignal, sees: (event: Event) => boolean) {
    const aborted = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
    for (let n = from; !signal.aborted; ) {
      const event = this.#events.get(plural)?.[n];
      if (event) {
        n++;
        if (sees(event)) yield { type: event.type, object: structuredClone(event.object) };
      } else await Promise.race([this.#changed.promise, aborted]);
    }
  }

  /** What a server adds to an object that it stores. */
  #stored(cluster: string, { plural }: Kind, object: KubeObject): KubeObject {
    const before = this.objects.get(keyAt(cluster, plural, object.metadata));
    const uid = object.metadata.uid ?? before?.metadata.uid ?? `uid-${object.metadata.name}`;
    const annotations = { ...object.metadata.annotations, ...(cluster ? { [CLUSTER]: cluster } : {}) };
    const { resourceVersion } = before?.metadata ?? {};
    const stored = { ...object, metadata: { ...object.metadata, annotations, uid, resourceVersion } };
    // As a real one, it takes no notice of a write that changes nothing.
    if (before && isDeepStrictEqual(stored, before)) return before;
    return { ...stored, metadata: { ...stored.metadata, resourceVersion: `w${++this.#written}` } };
  }

  /** What server-side apply by one manager makes: what was applied before and is not any more goes, the rest stays. */
  #applied(cluster: string, { plural }: Kind, object: KubeObject): KubeObject {
    const key = keyAt(cluster, plural, object.metadata);
    const live = this.objects.get(key) ?? object;
    const before = this.#lastApplied.get(key) ?? object;
    this.#lastApplied.set(key, object);
    return merged(merged(live, removals(before, object)), object) as KubeObject;
  }

  #clientAt(cluster: string): KubeClient {
    const client = {
      workspace: (name: string) => this.#clientAt(name),
      connection: this.#connection,
      path: cluster,
      ...this.#readerAt(cluster),
      ...this.#writerAt(cluster),
    };
    return client as unknown as KubeClient;
  }

  #check(line: string): void {
    if (this.fails?.line.test(line)) throw this.fails.error;
  }

  #note(verb: string, key: string, body?: unknown): void {
    const line = `${verb} ${key}`;
    this.#check(line);
    this.log.push(line);
    this.bodies.push(body);
  }

  #store(cluster: string, resource: Kind, object: KubeObject): KubeObject {
    const stored = this.#stored(cluster, resource, object);
    const before = this.objects.get(keyAt(cluster, resource.plural, object.metadata));
    if (stored !== before) this.put(cluster, resource, stored);
    return stored;
  }

  /** Changes an object, if it is there. */
  #change(cluster: string, resource: Kind, ref: Ref, to: (object: KubeObject) => object) {
    const object = this.objects.get(keyAt(cluster, resource.plural, ref));
    return object && this.#store(cluster, resource, to(object) as KubeObject);
  }

  #readerAt(cluster: string) {
    const isAll = cluster === '*' || cluster === '';
    const isListed = (key: string, plural: string) =>
      key.startsWith(`${cluster} ${plural} `) || (isAll && key.includes(` ${plural} `));
    const list = async ({ plural }: Kind, { labelSelector }: Selection = {}) =>
      [...this.objects].flatMap(([key, object]) =>
        isListed(key, plural) && isSelected(object, labelSelector) ? [object] : [],
      );
    return {
      list,
      request: async (method: string, path: string, { accept = '' } = {}) => {
        this.#check(`${method} ${path}`);
        if (method === 'POST') return { status: { userInfo: { username: this.user } } };
        return accept.includes('apidiscovery') ? this.#discoverAll(path === '/api') : this.#discover(path);
      },
      get: async ({ plural }: Kind, ref: Ref) => {
        this.#check(`get ${keyAt(cluster, plural, ref)}`);
        return this.objects.get(keyAt(cluster, plural, ref));
      },
      listPage: async (resource: Kind, selection: Selection = {}) => {
        this.#check(`list ${cluster} ${resource.plural}`);
        return {
          items: structuredClone(await list(resource, selection)),
          metadata: { resourceVersion: `${this.#events.get(resource.plural)?.length ?? 0}` },
        };
      },
      watch: (
        { plural }: Kind,
        from: { resourceVersion: string; signal: AbortSignal; labelSelector?: string },
      ) =>
        this.#watch(plural, Number(from.resourceVersion), from.signal, (event) => {
          return (isAll || event.cluster === cluster) && isSelected(event.object, from.labelSelector);
        }),
    };
  }

  #writerAt(cluster: string) {
    const keyOf = ({ plural }: Kind, ref: Ref) => keyAt(cluster, plural, ref);
    const create = async (resource: Kind, object: KubeObject) => {
      const key = keyOf(resource, object.metadata);
      if (this.objects.has(key)) throw new ApiError('POST', 409, { reason: 'AlreadyExists' });
      this.#note('create', key, object);
      return this.#store(cluster, resource, object);
    };
    return {
      create,
      createForMetadata: async (resource: Kind, object: KubeObject) =>
        (await create(resource, object)).metadata,
      replace: async (resource: Kind, object: KubeObject) => {
        this.#note('replace', keyOf(resource, object.metadata), object);
        return this.#store(cluster, resource, object);
      },
      apply: async (resource: Kind, object: KubeObject, { subresource }: Selection = {}) => {
        this.#note(verbOf('apply', subresource), keyOf(resource, object.metadata), object);
        if (!subresource) return this.#store(cluster, resource, this.#applied(cluster, resource, object));
        const changed = this.#change(cluster, resource, object.metadata, (live) => {
          return { ...live, status: object.status };
        });
        return changed ?? object;
      },
      delete: async (resource: Kind, ref: Ref, { uid }: { uid?: string } = {}) => {
        const key = keyOf(resource, ref);
        this.#note(`delete${uid ? ` ${uid}` : ''}`, key);
        const object = this.objects.get(key);
        if (object) this.drop(cluster, resource, object);
      },
      mergePatch: async (resource: Kind, ref: Ref, patch: object) => {
        this.#note('patch', keyOf(resource, ref), patch);
        return this.#change(cluster, resource, ref, (object) => merged(object, patch) as object);
      },
      jsonPatch: async (resource: Kind, ref: Ref, patch: Operation[], { subresource }: Selection = {}) => {
        this.#note(verbOf('patch', subresource), keyOf(resource, ref), patch);
        const status = patch.find(({ path }) => path === '/status');
        return this.#change(cluster, resource, ref, (object) =>
          status ? { ...object, status: status.value } : object,
        );
      },
    };
  }

  /** Answers in the aggregated form. */
  #discoverAll(isCore: boolean): object {
    const items = this.served
      .filter(({ group }) => isCore === (group === ''))
      .map(({ group, version, plural, kind, namespaced }) => ({
        metadata: { name: group },
        versions: [
          {
            version,
            resources: [
              {
                resource: plural,
                responseKind: { kind },
                scope: namespaced ? 'Namespaced' : 'Cluster',
                verbs: VERBS,
                subresources: [{ subresource: 'status' }],
              },
            ],
          },
        ],
      }));
    return { items };
  }

  /** Answers what is asked about all groups, or about the version of one. */
  #discover(path: string): object {
    if (path === '/apis') {
      const groups = this.served.filter(({ group }) => group !== '');
      const of = ({ group: name, version }: Resource) => ({
        name,
        versions: [{ version }],
        preferredVersion: { version },
      });
      return { groups: [...new Map(groups.map((each) => [each.group, of(each)])).values()] };
    }
    const [, group = '', version = ''] = /^\/(?:api|apis\/([^/]+))\/([^/]+)$/.exec(path) ?? [];
    const served = this.served.filter((each) => each.group === group && each.version === version);
    if (served.length === 0) throw new ApiError('GET', 404, { reason: 'NotFound' });
    return {
      resources: served.flatMap(({ plural, kind, namespaced }) => [
        { name: plural, kind, namespaced, verbs: VERBS },
        { name: `${plural}/status`, kind, namespaced, verbs: ['get', 'patch'] },
      ]),
    };
  }
}

interface Operation {
  op: string;
  path: string;
  value?: unknown;
}

/** Waits for what other promises bring about; a test that waits in vain fails by its time-out. */
export async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 1));
}

function keyAt(cluster: string, plural: string, { namespace, name }: Ref): string {
  return `${cluster} ${plural} ${namespace ?? ''}/${name}`;
}

function verbOf(verb: string, subresource: string | undefined): string {
  return subresource ? `${verb} ${subresource} of` : verb;
}

/** Only selectors of one label by its value are understood. */
function isSelected({ metadata }: KubeObject, selector: string | undefined): boolean {
  const [, key = PROJECTED, value] = /^([^=,]+)=([^,]*)$/.exec(selector ?? '') ?? [];
  return value === undefined || metadata.labels?.[key] === value;
}

/** A patch that takes away what one object has and another has not. */
function removals(before: object, after: object): object {
  const fields = new Map<string, unknown>(Object.entries(after));
  return Object.fromEntries(
    Object.entries(before).flatMap(([key, value]): [string, unknown][] => {
      if (!fields.has(key)) return [[key, null]];
      const now = fields.get(key);
      return isMap(value) && isMap(now) ? [[key, removals(value, now)]] : [];
    }),
  );
}

function isMap(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** RFC 7396. */
function merged(target: unknown, patch: unknown): unknown {
  if (!isMap(patch)) return patch;
  const entries = new Map<string, unknown>(Object.entries(isMap(target) ? target : {}));
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) entries.delete(key);
    else entries.set(key, merged(entries.get(key), value));
  }
  return Object.fromEntries(entries);
}
