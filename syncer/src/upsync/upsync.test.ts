import {
  CONFIG_MAPS,
  groupResourceOf,
  type KubeObject,
  type Resource,
  SECRETS,
  type SyncerConfig,
  type Unstructured,
  UPSYNCED,
  type UpsyncSet,
} from '@kubestellar/api';
import { ApiError, type KubeClient } from '@kubestellar/kube';
import type { Logger } from '@kubestellar/program';
import { assert, suite } from '@kubestellar/testing';
import { ServedTypes } from '../types/served-types.ts';
import { Upsync } from './upsync.ts';

const test = suite('way up');

const logger = { debug() {}, info() {}, warn() {}, error() {} } as unknown as Logger;
const IN_N: UpsyncSet = { resources: ['*'], namespaces: ['n'], names: ['*'] };

/** A server with Secrets and ConfigMaps, in memory; what it refuses is answered by 403. */
class Server {
  readonly objects = new Map<string, Unstructured>();
  readonly requests: string[] = [];
  refuse: (request: string) => boolean = () => false;
  /** What the caller may have upsynced. */
  consents: (plural: string) => boolean = () => true;
  #version = 1;
  #changed = Promise.withResolvers<void>();
  readonly #events: { type: string; object: Unstructured }[] = [];

  put(resource: Resource, name: string, content: object = {}, annotations = {}): void {
    const { kind } = resource;
    const resourceVersion = `${++this.#version}`;
    const metadata = { name, namespace: 'n', uid: name, resourceVersion, annotations };
    const object: Unstructured = { apiVersion: 'v1', kind, metadata, ...content };
    this.#store(resource, object, 'ADDED');
  }

  remove(resource: Resource, name: string): void {
    const key = `${groupResourceOf(resource)}/${name}`;
    const object = this.objects.get(key);
    this.objects.delete(key);
    if (object) this.#emit('DELETED', object);
  }

  client(): KubeClient {
    return {
      path: '',
      connection: {},
      request: async (method: string, path: string, options: { body?: unknown }) =>
        this.#request(method, path, options?.body),
      listPage: async (resource: Resource) => {
        this.#check(`list ${resource.plural}`);
        const items = [...this.objects.values()].filter(({ kind }) => kind === resource.kind);
        return { items: structuredClone(items), metadata: { resourceVersion: `${this.#events.length}` } };
      },
      watch: (
        resource: Resource,
        { resourceVersion, signal }: { resourceVersion: string; signal: AbortSignal },
      ) => this.#watch(resource, Number(resourceVersion), signal),
      get: async (resource: Resource, { name }: { name: string }) => {
        this.#check(`get ${resource.plural}/${name}`);
        return this.objects.get(`${groupResourceOf(resource)}/${name}`);
      },
      apply: async (resource: Resource, object: Unstructured) => {
        this.#check(`apply ${resource.plural}/${object.metadata.name}`);
        const { name, annotations = {} } = object.metadata;
        this.put(resource, name, {}, annotations);
        return { name, resourceVersion: `${this.#version}` };
      },
      delete: async (resource: Resource, { name }: { name: string }) => {
        this.#check(`delete ${resource.plural}/${name}`);
        this.remove(resource, name);
        return true;
      },
    } as unknown as KubeClient;
  }

  /** Everything asked of one object. */
  about(name: string): string[] {
    return this.requests.filter((request) => request.endsWith(`/${name}`));
  }

  #check(request: string): void {
    this.requests.push(request);
    if (this.refuse(request)) throw new ApiError(request, 403, { reason: 'Forbidden' });
  }

  #request(method: string, path: string, body: unknown): unknown {
    if (method === 'POST') {
      const { spec } = body as { spec: { resourceAttributes: { verb: string; resource: string } } };
      const { verb, resource } = spec.resourceAttributes;
      return { status: { allowed: verb === 'upsync' && this.consents(resource) } };
    }
    if (path === '/apis') return { groups: [] };
    const resources = [CONFIG_MAPS, SECRETS].map(({ plural: name, kind, namespaced }) => {
      return { name, kind, namespaced, verbs: ['list', 'watch'] };
    });
    return { resources: [...resources, { ...resources[0], name: 'configmaps/status' }] };
  }

  #store(resource: Resource, object: Unstructured, type: string): void {
    this.objects.set(`${groupResourceOf(resource)}/${object.metadata.name}`, object);
    this.#emit(type, object);
  }

  #emit(type: string, object: Unstructured): void {
    this.#events.push({ type, object });
    this.#changed.resolve();
    this.#changed = Promise.withResolvers<void>();
  }

  async *#watch({ kind }: Resource, from: number, signal: AbortSignal) {
    const aborted = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
    for (let next = from; !signal.aborted; next++) {
      if (next >= this.#events.length) await Promise.race([this.#changed.promise, aborted]);
      const event = this.#events[next];
      if (event?.object.kind === kind) yield structuredClone(event);
    }
  }
}

/** A syncer's way up between two servers. */
function wayUp() {
  const [wec, mailbox] = [new Server(), new Server()];
  const sides = { wec: wec.client(), mailbox: mailbox.client() };
  const upsync = new Upsync({
    wec: { name: 'wec', client: sides.wec, served: new ServedTypes(sides.wec) },
    mailbox: { name: 'mailbox', client: sides.mailbox, served: new ServedTypes(sides.mailbox) },
    origin: () => ({ core: 'core', syncTarget: 'target' }),
    isActive: () => true,
    metrics: { write() {}, error() {} },
    logger,
  });
  upsync.start();
  const follow = (...sets: UpsyncSet[]) => {
    const config: SyncerConfig = {
      apiVersion: 'x',
      kind: 'SyncerConfig',
      metadata: { name: 'the-one' },
      spec: { upsync: sets },
    };
    upsync.update([config], []);
  };
  return { wec, mailbox, upsync, follow };
}

async function until(what: string, holds: () => boolean): Promise<void> {
  for (let n = 0; n < 500; n++) {
    if (holds()) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error(`waited in vain for ${what}`);
}

const copyOf = ({ kind }: Resource, name: string) => ({ [UPSYNCED]: `${kind}/n/${name}` });

test("a ServiceAccount's token Secret is never written, nor asked for, however often it changes", async () => {
  const { wec, mailbox, upsync, follow } = wayUp();
  const type = 'kubernetes.io/service-account-token';
  wec.put(SECRETS, 'a-token', { type });
  follow(IN_N);
  wec.put(SECRETS, 'before', { type: 'Opaque' });
  await until('an ordinary Secret', () => mailbox.objects.has('secrets/before'));
  for (let n = 0; n < 20; n++) wec.put(SECRETS, 'a-token', { type, data: { n } });
  wec.put(SECRETS, 'zz-after', { type: 'Opaque' });
  await until('one that came later', () => mailbox.objects.has('secrets/zz-after'));
  await upsync.stop();
  assert.equal(mailbox.about('a-token'), []);
});

test('a mailbox workspace that refuses everything with 403 is not taken for an empty one', async () => {
  const { wec, mailbox, upsync, follow } = wayUp();
  mailbox.put(CONFIG_MAPS, 'gone', {}, copyOf(CONFIG_MAPS, 'gone'));
  mailbox.put(CONFIG_MAPS, 'foreign', { data: { from: 'others' } });
  for (const name of ['foreign', 'new']) wec.put(CONFIG_MAPS, name);
  mailbox.refuse = () => true;
  follow(IN_N);
  await until('a list that is refused', () => mailbox.requests.includes('list configmaps'));
  mailbox.refuse = (request) => !request.startsWith('list');
  await until('refused requests', () =>
    ['get configmaps/new', 'get configmaps/foreign', 'delete configmaps/gone'].every((request) =>
      mailbox.requests.includes(request),
    ),
  );
  assert.not(mailbox.requests.some((request) => request.startsWith('apply')));
  mailbox.refuse = () => false;
  await until(
    'the rights',
    () => mailbox.objects.has('configmaps/new') && !mailbox.objects.has('configmaps/gone'),
  );
  await upsync.stop();
  assert.equal((mailbox.objects.get('configmaps/foreign') as KubeObject & { data?: object })?.data, {
    from: 'others',
  });
  assert.not(mailbox.requests.includes('apply configmaps/foreign'));
});

test('a cluster that refuses its lists with 403 has not lost its originals', async () => {
  const { wec, mailbox, upsync, follow } = wayUp();
  mailbox.put(CONFIG_MAPS, 'kept', {}, copyOf(CONFIG_MAPS, 'kept'));
  wec.refuse = (request) => request === 'list configmaps';
  wec.put(SECRETS, 'other', { type: 'Opaque' });
  follow(IN_N);
  await until('another kind', () => mailbox.objects.has('secrets/other'));
  await until('a list that is refused', () => wec.requests.includes('list configmaps'));
  await upsync.stop();
  assert.ok(mailbox.objects.has('configmaps/kept'));
});

test('what the owner of the cluster does not let be upsynced is not read there', async () => {
  const { wec, mailbox, upsync, follow } = wayUp();
  wec.consents = (plural) => plural === 'configmaps';
  for (const resource of [SECRETS, CONFIG_MAPS]) wec.put(resource, 'a');
  follow({ ...IN_N, resources: ['secrets', 'configmaps'] });
  await until('what may be upsynced', () => mailbox.objects.has('configmaps/a'));
  await upsync.stop();
  assert.not(mailbox.objects.has('secrets/a'));
  assert.not(wec.requests.includes('list secrets'));
});

test('a syncer that starts when a set is gone deletes the copies of what the cluster has no more', async () => {
  const { wec, mailbox, upsync, follow } = wayUp();
  wec.put(CONFIG_MAPS, 'there');
  wec.put(CONFIG_MAPS, 'never upsynced');
  for (const name of ['there', 'gone']) mailbox.put(CONFIG_MAPS, name, {}, copyOf(CONFIG_MAPS, name));
  follow({ resources: ['configmaps'], names: [] });
  await until('the copy to leave', () => !mailbox.objects.has('configmaps/gone'));
  await upsync.stop();
  assert.equal([...mailbox.objects.keys()], ['configmaps/there']);
});

test.run();
