/** An API server for one resource, in memory and with faults on demand, for tests of this folder. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { KubeObject, Resource } from '@kubestellar/api';
import type { Connection } from '@kubestellar/kube';
import { KubeClient } from '@kubestellar/kube';
import { Agent } from 'undici';

/** The resource that the fake serves. */
export const WIDGETS: Resource = {
  group: 'test',
  version: 'v1',
  plural: 'widgets',
  kind: 'Widget',
  namespaced: false,
};

interface Event {
  version: number;
  type: string;
  object: KubeObject;
}

/** Serves lists with pages, and watches that replay history; tests change objects and break things. */
export class FakeApi {
  /** Path and query of all requests, oldest first. */
  readonly requests: URL[] = [];
  /** While set, requests are answered by this HTTP status. */
  failWith: number | undefined;
  /** While set, the connections of requests are closed without an answer. */
  hangsUp = false;
  readonly #objects = new Map<string, KubeObject>();
  readonly #watches = new Set<ServerResponse>();
  readonly #server: Server;
  readonly #dispatcher = new Agent();
  readonly #pages = new Map<string, { version: number; rest: KubeObject[] }>();
  #history: Event[] = [];
  #version = 100;
  #uid = 0;

  constructor() {
    this.#server = createServer((request, response) => this.#respond(request, response));
  }

  /** Starts to listen. @returns a client of it */
  async start(): Promise<KubeClient> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    const connection: Connection = {
      server: `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`,
      basePath: '',
      namespace: undefined,
      connections: 64,
      dispatcher: this.#dispatcher,
      watchDispatcher: this.#dispatcher,
      headers: async () => ({}),
      reload: async () => false,
      close: async () => undefined,
    };
    return new KubeClient(connection, '');
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
    await this.#dispatcher.destroy();
  }

  get version(): number {
    return this.#version;
  }

  /** The requests that began a watch, or those that did not. */
  requested(kind: 'watch' | 'list'): URL[] {
    return this.requests.filter((url) => url.searchParams.has('watch') === (kind === 'watch'));
  }

  /** @returns name and value of all objects, sorted */
  state(): string[] {
    return [...this.#objects.values()].map(describe).sort();
  }

  /** Creates or changes an object with the spec `value`, and maybe a status; in `cluster` when given. */
  put(name: string, value: unknown, cluster = '', status?: object): void {
    const key = `${cluster}|${name}`;
    const before = this.#objects.get(key);
    const metadata = {
      name,
      uid: before?.metadata.uid ?? `uid-${++this.#uid}`,
      resourceVersion: String(++this.#version),
      ...(cluster ? { annotations: { 'kcp.io/cluster': cluster } } : {}),
    };
    // Like a real list, whose items carry no kind; the events of a watch do.
    const object = { metadata, spec: value, status } as unknown as KubeObject;
    this.#objects.set(key, object);
    this.#emit(before ? 'MODIFIED' : 'ADDED', { ...object, apiVersion: 'test/v1', kind: 'Widget' });
  }

  remove(name: string, cluster = ''): void {
    const object = this.#objects.get(`${cluster}|${name}`);
    if (!object) return;
    this.#objects.delete(`${cluster}|${name}`);
    const metadata = { ...object.metadata, resourceVersion: String(++this.#version) };
    this.#emit('DELETED', { ...object, metadata });
  }

  /** Sends the present version to the watches. */
  bookmark(): void {
    for (const watch of this.#watches) {
      send(watch, 'BOOKMARK', { metadata: { resourceVersion: String(this.#version) } });
    }
  }

  /** Cuts the connections of all watches. */
  cut(): void {
    for (const watch of this.#watches) watch.destroy();
  }

  /** Keeps the connections of all watches open, and sends nothing over them any more. */
  stall(): void {
    this.#watches.clear();
  }

  /** Forgets the past, so that neither watches nor lists can go on from it. */
  compact(): void {
    this.#history = [];
    this.#pages.clear();
    this.#version++;
  }

  /** Sends an error as the last event of all watches. */
  endWatches(code: number): void {
    for (const watch of this.#watches) {
      send(watch, 'ERROR', { kind: 'Status', code, message: 'scripted' });
      watch.end();
    }
    this.#watches.clear();
  }

  #respond(request: IncomingMessage, response: ServerResponse): void {
    const url = new URL(request.url ?? '/', 'http://fake');
    this.requests.push(url);
    if (this.hangsUp) request.socket.destroy();
    else if (this.failWith !== undefined) fail(response, this.failWith);
    else if (url.searchParams.has('watch')) this.#watch(url, response);
    else this.#list(url, response);
  }

  /** All pages show the state at the first one, as those of a real server do. */
  #list(url: URL, response: ServerResponse): void {
    const limit = Number(url.searchParams.get('limit') ?? 1000);
    const token = url.searchParams.get('continue');
    const page = token
      ? this.#pages.get(token)
      : { version: this.#version, rest: [...this.#objects.values()] };
    if (!page) {
      fail(response, 410);
      return;
    }
    const next = `${page.version}-${page.rest.length}`;
    const items = page.rest.slice(0, limit);
    const rest = page.rest.slice(limit);
    if (rest.length > 0) this.#pages.set(next, { version: page.version, rest });
    const metadata = {
      resourceVersion: String(page.version),
      ...(rest.length > 0 ? { continue: next } : {}),
    };
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ metadata, items }));
  }

  #watch(url: URL, response: ServerResponse): void {
    const from = Number(url.searchParams.get('resourceVersion') ?? 0);
    const oldest = this.#history[0]?.version ?? this.#version + 1;
    if (from < oldest - 1) {
      fail(response, 410);
      return;
    }
    response.setHeader('content-type', 'application/json');
    response.flushHeaders();
    for (const event of this.#history) if (event.version > from) send(response, event.type, event.object);
    this.#watches.add(response);
    response.on('close', () => this.#watches.delete(response));
  }

  #emit(type: string, object: KubeObject): void {
    this.#history.push({ version: this.#version, type, object });
    for (const watch of this.#watches) send(watch, type, object);
  }
}

/** @returns what identifies an object and its content, to compare caches by */
export function describe(object: KubeObject): string {
  const { annotations, name, uid } = object.metadata;
  return `${annotations?.['kcp.io/cluster'] ?? ''}|${name}|${uid}=${JSON.stringify(object.spec)}`;
}

function send(response: ServerResponse, type: string, object: unknown): void {
  response.write(`${JSON.stringify({ type, object })}\n`);
}

function fail(response: ServerResponse, code: number): void {
  response.writeHead(code, { 'content-type': 'application/json' });
  response.end(JSON.stringify({ kind: 'Status', code, message: `scripted ${code}` }));
}
