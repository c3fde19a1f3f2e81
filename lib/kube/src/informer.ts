import type { KubeObject, Resource } from '@kubestellar/api';
import type { Logger } from 'pino';
import { Backoff } from './backoff.ts';
import type { KubeClient, WatchEvent } from './client.ts';
import { ApiError, explain, isApiError } from './errors.ts';
import { keyOf } from './key.ts';
import { reachabilityOf } from './reachability.ts';

/** Called for each change of the cache, after the cache has changed. */
export interface InformerHandler<T> {
  onAdd?(object: T): void;
  onUpdate?(object: T, previous: T): void;
  onDelete?(object: T): void;
}

/** What an informer watches and what it keeps. */
export interface InformerOptions<T extends KubeObject> {
  client: KubeClient;
  resource: Resource;
  logger: Logger;
  namespace?: string | undefined;
  labelSelector?: string | undefined;
  fieldSelector?: string | undefined;
  /** Requests another representation, such as METADATA_ONLY. */
  accept?: string | undefined;
  /** Reduces each object before it is kept; undefined for objects that are not needed. */
  transform?: ((object: T) => T | undefined) | undefined;
  pageSize?: number | undefined;
  /** Names an object in the cache; default keyOf. Called before `transform`. */
  keyOf?: ((object: KubeObject) => string) | undefined;
  /** Called when the server stops or starts to serve the type (404). */
  onServed?: ((served: boolean) => void) | undefined;
  /** Called with the error of a failed list or watch, which is tried again. */
  onFailure?: ((error: unknown) => void) | undefined;
  /** Shortest and longest wait after a failure, in milliseconds. */
  retry?: { base: number; max: number } | undefined;
  /** How long a watch may bring nothing before it counts as dead, in milliseconds; default QUIET. */
  quiet?: number | undefined;
}

/** Longest time that the server keeps a watch open, in seconds; jitter spreads the reconnects. */
const WATCH_SECONDS = 300;

/**
 * Servers send a bookmark every minute ("watch bookmarks" of the Kubernetes API): a connection that brings nothing for so
 * long is dead, although nothing says so. A proxy may have forgotten it. (milliseconds)
 */
const QUIET = 90_000;

/** Nothing reports that refused credentials were replaced: check at least this often, in milliseconds. */
const UNAUTHORIZED = 5_000;

/**
 * A local copy of one resource's objects, kept up to date: paged list, then watch with bookmarks, resumed
 * after cut connections and re-listed after 410. Objects leave the cache only on positive proof: a
 * DELETED event or a complete list without them; an error leaves the cache unchanged.
 */
export class Informer<T extends KubeObject = KubeObject> {
  readonly #options: InformerOptions<T>;
  readonly #cache = new Map<string, T>();
  readonly #handlers: InformerHandler<T>[] = [];
  readonly #abort = new AbortController();
  readonly #backoff: Backoff;
  #syncWaiters: (() => void)[] = [];
  #resourceVersion: string | undefined;
  #synced = false;
  #loop: Promise<void> | undefined;

  constructor(options: InformerOptions<T>) {
    this.#options = options;
    const { base = 200, max = 30_000 } = options.retry ?? {};
    this.#backoff = new Backoff(base, max);
  }

  /** True once a complete list has been seen; stays true through later interruptions. */
  get synced(): boolean {
    return this.#synced;
  }

  get resource(): Resource {
    return this.#options.resource;
  }

  /** Adds a handler; it is called for objects that the cache already contains. */
  addHandler(handler: InformerHandler<T>): this {
    this.#handlers.push(handler);
    for (const object of this.#cache.values()) handler.onAdd?.(object);
    return this;
  }

  /** @returns the cached object with this key (see keyOf) */
  get(key: string): T | undefined {
    return this.#cache.get(key);
  }

  /** @returns all cached objects */
  list(): IterableIterator<T> {
    return this.#cache.values();
  }

  get size(): number {
    return this.#cache.size;
  }

  /** Starts to list and watch, in the background. */
  start(): this {
    this.#loop ??= this.#run();
    return this;
  }

  /** Ends all requests. @returns when the loop has ended */
  async stop(): Promise<void> {
    this.#abort.abort();
    for (const waiter of this.#syncWaiters.splice(0)) waiter();
    await this.#loop;
  }

  /** @returns when the first complete list is in the cache, or when the informer is stopped */
  async whenSynced(): Promise<void> {
    if (this.#synced || this.#abort.signal.aborted) return;
    await new Promise<void>((resolve) => this.#syncWaiters.push(resolve));
  }

  async #run(): Promise<void> {
    const { signal } = this.#abort;
    while (!signal.aborted) {
      try {
        if (this.#resourceVersion === undefined) await this.#relist(signal);
        await this.#watch(signal);
      } catch (error) {
        if (signal.aborted) return;
        await this.#recover(error, signal);
      }
    }
  }

  async #relist(signal: AbortSignal): Promise<void> {
    const { client, resource, transform, pageSize = 500 } = this.#options;
    const seen = new Map<string, T>();
    let version: string | undefined;
    let next: string | undefined;
    do {
      const query = { ...this.#selection(), limit: pageSize, continue: next, signal };
      const page = await client.listPage<T>(resource, query as Parameters<typeof client.listPage>[1]);
      for (const item of page.items) {
        const object = this.#typed(item);
        const key = this.#key(object);
        const kept = transform ? transform(object) : object;
        if (kept) seen.set(key, kept);
      }
      version ??= page.metadata.resourceVersion;
      next = page.metadata.continue;
    } while (next);
    this.#options.onServed?.(true);
    for (const [key, object] of seen) this.#store(key, object);
    for (const key of [...this.#cache.keys()]) if (!seen.has(key)) this.#remove(key);
    this.#resourceVersion = version ?? '0';
    this.#synced = true;
    for (const waiter of this.#syncWaiters.splice(0)) waiter();
  }

  async #watch(signal: AbortSignal): Promise<void> {
    const timeoutSeconds = Math.round(WATCH_SECONDS * (1 + Math.random() * 0.5));
    const begin = Date.now();
    const { client, resource, quiet = QUIET } = this.#options;
    const life = new WatchLife(quiet, signal);
    const forget = reachabilityOf(client.connection).onLost(() =>
      life.end('requests to the server go unanswered'),
    );
    try {
      const events = client.watch<T>(resource, {
        ...this.#selection(),
        resourceVersion: this.#resourceVersion,
        timeoutSeconds,
        signal: life.signal,
      });
      for await (const event of events) {
        life.sign();
        this.#apply(event);
        this.#backoff.reset();
      }
    } finally {
      forget();
      life.stop();
    }
    // A server that ends watches at once must not be requested in a tight loop.
    if (Date.now() - begin < 1000) await sleep(this.#backoff.next(), signal);
    else this.#backoff.reset();
  }

  #apply(event: WatchEvent<T>): void {
    if (event.type === 'ERROR') {
      const status = event.object as unknown as { code?: number; message?: string; reason?: string };
      throw new ApiError(`watch of ${this.#name()}`, status.code ?? 500, status);
    }
    const object = this.#typed(event.object);
    if (event.type !== 'BOOKMARK') this.#change(event.type, object);
    this.#resourceVersion = object.metadata.resourceVersion ?? this.#resourceVersion;
  }

  #change(type: 'ADDED' | 'MODIFIED' | 'DELETED', object: T): void {
    const { transform } = this.#options;
    const key = this.#key(object);
    const kept = type === 'DELETED' || !transform ? object : transform(object);
    if (type === 'DELETED' || !kept) this.#remove(key);
    else this.#store(key, kept);
  }

  #key(object: T): string {
    return (this.#options.keyOf ?? keyOf)(object);
  }

  /** Lists have the kind once, for all objects; every object of ours has its own. */
  #typed(object: T): T {
    const { group, version, kind } = this.#options.resource;
    object.apiVersion ??= group === '' ? version : `${group}/${version}`;
    object.kind ??= kind;
    return object;
  }

  #store(key: string, object: T): void {
    const previous = this.#cache.get(key);
    if (previous && previous.metadata.resourceVersion === object.metadata.resourceVersion) return;
    // Recreated under its name while we did not watch: the deletion of the former one must be reported.
    if (previous && previous.metadata.uid !== object.metadata.uid) this.#remove(key);
    this.#cache.set(key, object);
    const replaced = previous && previous.metadata.uid === object.metadata.uid;
    this.#notify((handler) => (replaced ? handler.onUpdate?.(object, previous) : handler.onAdd?.(object)));
  }

  #remove(key: string): void {
    const previous = this.#cache.get(key);
    if (!previous) return;
    this.#cache.delete(key);
    this.#notify((handler) => handler.onDelete?.(previous));
  }

  #notify(call: (handler: InformerHandler<T>) => void): void {
    for (const handler of this.#handlers) {
      try {
        call(handler);
      } catch (error) {
        this.#options.logger.error(
          { resource: this.#name(), reason: explain(error) },
          'event handler failed',
        );
      }
    }
  }

  async #recover(error: unknown, signal: AbortSignal): Promise<void> {
    const { logger } = this.#options;
    if (isApiError(error, 410)) {
      this.#resourceVersion = undefined;
      logger.debug({ resource: this.#name() }, 'resource version expired, listing again');
      await sleep(this.#backoff.next(), signal);
      return;
    }
    if (error instanceof QuietWatch) {
      logger.info({ resource: this.#name(), reason: error.message }, 'watch opened anew');
      return;
    }
    if (isApiError(error, 400, 404)) this.#resourceVersion = undefined;
    if (isApiError(error, 404)) this.#options.onServed?.(false);
    this.#options.onFailure?.(error);
    const backoff = isApiError(error, 401)
      ? Math.min(this.#backoff.next(), UNAUTHORIZED)
      : this.#backoff.next();
    const wait = isApiError(error) && error.retryAfter ? error.retryAfter * 1000 : backoff;
    const level = isApiError(error, 404, 429) ? 'debug' : 'warn';
    logger[level](
      { resource: this.#name(), reason: explain(error), retryInSeconds: wait / 1000 },
      'list or watch failed',
    );
    await this.#sleepUnlessBack(wait, signal);
  }

  /** A server that was unreachable and is back can be requested at once. */
  async #sleepUnlessBack(milliseconds: number, signal: AbortSignal): Promise<void> {
    const awake = new AbortController();
    const forget = reachabilityOf(this.#options.client.connection).onBack(() => {
      this.#backoff.reset();
      awake.abort();
    });
    await sleep(milliseconds, AbortSignal.any([signal, awake.signal]));
    forget();
  }

  #selection() {
    const { namespace, labelSelector, fieldSelector, accept } = this.#options;
    return { namespace, labelSelector, fieldSelector, accept };
  }

  #name(): string {
    const { client, resource } = this.#options;
    return `${resource.plural}${resource.group ? `.${resource.group}` : ''} in ${client.path || client.workspaceName}`;
  }
}

/** Ends a watch that shows no sign of life. */
class WatchLife {
  /** Ends the watch: with `stopped`, or when it counts as dead. */
  readonly signal: AbortSignal;
  readonly #end = new AbortController();
  readonly #timer: NodeJS.Timeout;

  /** @param quiet how long the watch may bring nothing (milliseconds) */
  constructor(quiet: number, stopped: AbortSignal) {
    this.signal = AbortSignal.any([stopped, this.#end.signal]);
    this.#timer = setTimeout(() => this.end(`the watch brought nothing for ${quiet / 1000} s`), quiet);
  }

  /** The server has sent something. */
  sign(): void {
    this.#timer.refresh();
  }

  end(reason: string): void {
    this.#end.abort(new QuietWatch(reason));
  }

  stop(): void {
    clearTimeout(this.#timer);
  }
}

/** A watch that was given up although its connection seems to be open. */
class QuietWatch extends Error {}

/** @returns one line for each informer whose list is not complete yet */
export function notListed(informers: readonly Pick<Informer, 'synced' | 'resource'>[]): string[] {
  const waiting = informers.filter(({ synced }) => !synced);
  return waiting.map(({ resource }) => `${resource.plural} not listed yet`);
}

function sleep(milliseconds: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, milliseconds);
    signal.addEventListener('abort', done);
  });
}
