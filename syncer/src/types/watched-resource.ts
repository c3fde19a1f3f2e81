import { groupResourceOf, type KubeObject, type Unstructured } from '@kubestellar/api';
import { Backoff, explain, Informer, type InformerHandler } from '@kubestellar/kube';
import type { Logger } from '@kubestellar/program';
import { type Problem, problem, problemOf } from '@kubestellar/rules';
import { localKeyOf } from './local-key.ts';
import type { ServedType, ServedTypes } from './served-types.ts';
import type { Side } from './side.ts';

/** Which resource to watch, on which side, and whom to tell. */
export interface WatchedResourceOptions {
  side: Side;
  served: ServedTypes;
  group: string;
  version: string;
  plural: string;
  labelSelector?: string | undefined;
  transform?: ((object: Unstructured) => Unstructured | undefined) | undefined;
  /** Names an object in the cache, if not by its own name; told of it before `transform` has seen it. */
  nameOf?: ((object: KubeObject) => string) | undefined;
  /** The inverse of `nameOf`. */
  storedNameOf?: ((name: string) => string) | undefined;
  /** Told of each change of an object. */
  onChange: (namespace: string, name: string) => void;
  /** Told when the cache has become complete. */
  onSynced: () => void;
  /** Told when another obstacle keeps it from becoming complete. */
  onObstacle?: (() => void) | undefined;
  logger: Logger;
}

/** Objects per page of a list: what a page needs while it is parsed comes on top of the cache. */
const PAGE_SIZE = 100;
/** How long to wait before looking for an object that should be there, and between two looks, in milliseconds. */
const LOOK_FOR_MISSING = { first: 2_000, most: 60_000 };
/** How long to wait before asking again for a resource that isn't served, in milliseconds. */
const ASK_AGAIN = { first: 250, most: 1500 };

/**
 * The cache of one resource on one side. Waits until the resource is served, watches it then, and waits
 * again when it is served no more; what the cache held is then unknown, not absent.
 */
export class WatchedResource {
  readonly #options: WatchedResourceOptions;
  readonly #abort = new AbortController();
  #type: ServedType | undefined;
  #informer: Informer<Unstructured> | undefined;
  #poke: () => void = () => {};
  #obstacle: { problem: Problem; since: number } | undefined;
  #loop: Promise<void> | undefined;
  #watchAnew: () => void = () => {};
  #missing: { namespace: string; name: string } | undefined;
  #lookForMissing: NodeJS.Timeout | undefined;
  readonly #looks = new Backoff(LOOK_FOR_MISSING.first, LOOK_FOR_MISSING.most);

  constructor(options: WatchedResourceOptions) {
    this.#options = options;
  }

  get group(): string {
    return this.#options.group;
  }

  get version(): string {
    return this.#options.version;
  }

  /** The resource as it is served; undefined while it isn't. */
  get type(): ServedType | undefined {
    return this.#type;
  }

  /** Whether the cache is complete, so that what is not in it does not exist. */
  get synced(): boolean {
    return this.#informer?.synced ?? false;
  }

  /** What keeps the cache from becoming complete, and since when; undefined when nothing does, or has yet. */
  get obstacle(): { problem: Problem; since: number } | undefined {
    return this.synced ? undefined : this.#obstacle;
  }

  /** @returns the cached object of that name */
  get(namespace: string, name: string): Unstructured | undefined {
    return this.#informer?.get(`${namespace}|${name}`);
  }

  /** @returns all cached objects */
  list(): Iterable<Unstructured> {
    return this.#informer?.list() ?? [];
  }

  start(): this {
    this.#loop ??= this.#run();
    return this;
  }

  /** Looks at once whether the resource is served by now, rather than at the end of the current wait. */
  poke(): void {
    this.#poke();
  }

  /**
   * An object that should be there is not in the cache. When the API behind a resource is replaced by another one, kcp
   * (tried on v0.31.2) keeps a watch of the former one open for minutes, and nothing comes by it any more. So the
   * server is asked for that object: if it is there, the resource is listed anew.
   */
  suspect(namespace: string, name: string): void {
    this.#missing = { namespace, name };
    this.#lookForMissing ??= setTimeout(() => void this.#look(), this.#looks.next());
  }

  /** @returns when no request is under way any more */
  async stop(): Promise<void> {
    this.#abort.abort();
    clearTimeout(this.#lookForMissing);
    this.#poke();
    await this.#loop;
  }

  async #run(): Promise<void> {
    const backoff = new Backoff(ASK_AGAIN.first, ASK_AGAIN.most);
    while (!this.#abort.signal.aborted) {
      const type = await this.#waitUntilServed();
      if (!type) return;
      if (await this.#watchWhileServed(type)) backoff.reset();
      await this.#pause(backoff.next());
    }
  }

  async #waitUntilServed(): Promise<ServedType | undefined> {
    const { served, group, version, plural, side, logger } = this.#options;
    const backoff = new Backoff(ASK_AGAIN.first, ASK_AGAIN.most);
    let told = false;
    while (!this.#abort.signal.aborted) {
      let reason: string | undefined;
      try {
        const type = await served.find(group, version, plural);
        if (type) return type;
        const of = group === '' ? version : `${group}/${version}`;
        this.#hinder(problem('NotServed', `the cluster does not serve "${plural}" of ${of}`));
      } catch (error) {
        reason = explain(error);
        this.#hinder(problemOf(error, ''));
      }
      const context = { side: side.name, resource: this.#name(), version, reason };
      if (!told) logger.info(context, reason ? 'cannot ask what is served' : 'not served, waiting for it');
      told = true;
      await this.#pause(backoff.next());
    }
    return undefined;
  }

  /** @returns whether the cache was complete at some time */
  async #watchWhileServed(type: ServedType): Promise<boolean> {
    const { side, labelSelector, transform, nameOf, onSynced, logger } = this.#options;
    const { promise: gone, resolve: end } = Promise.withResolvers<void>();
    const informer = new Informer<Unstructured>({
      client: side.client,
      resource: type,
      logger,
      labelSelector,
      transform,
      keyOf: (object) => localKeyOf(object, nameOf?.(object)),
      pageSize: PAGE_SIZE,
      onServed: (served) => (served ? undefined : end()),
      onFailure: (error) => this.#hinder(problemOf(error, '')),
    });
    informer.addHandler(this.#handler());
    this.#type = type;
    this.#informer = informer;
    this.#watchAnew = end;
    informer.start();
    void informer.whenSynced().then(() => {
      this.#obstacle = undefined;
      if (informer.synced) onSynced();
    });
    this.#abort.signal.addEventListener('abort', () => end(), { once: true });
    if (!this.#abort.signal.aborted) await gone;
    this.#informer = undefined;
    this.#type = undefined;
    await informer.stop();
    if (!this.#abort.signal.aborted)
      logger.info({ side: side.name, resource: this.#name() }, 'no longer served, or by another API');
    return informer.synced;
  }

  async #look(): Promise<void> {
    this.#lookForMissing = undefined;
    const { side, storedNameOf } = this.#options;
    const { namespace, name } = this.#missing ?? { namespace: '', name: '' };
    const [type, informer] = [this.#type, this.#informer];
    if (!type || !informer?.synced || this.get(namespace, name)) {
      this.#looks.reset();
      return;
    }
    const stored = { name: storedNameOf?.(name) ?? name, namespace: namespace || undefined };
    const found = await side.client.get(type, stored).catch(() => undefined);
    if (this.#abort.signal.aborted || this.#informer !== informer) return;
    if (found && !found.metadata.deletionTimestamp && !this.get(namespace, name)) this.#watchAnew();
    else this.suspect(namespace, name);
  }

  #hinder(problem: Problem): void {
    const before = this.#obstacle;
    if (
      this.synced ||
      (before?.problem.reason === problem.reason && before.problem.message === problem.message)
    )
      return;
    this.#obstacle = { problem, since: before?.since ?? Date.now() };
    this.#options.onObstacle?.();
  }

  #handler(): InformerHandler<Unstructured> {
    const tell = ({ metadata: { namespace = '', name } }: Unstructured) =>
      this.#options.onChange(namespace, name);
    return { onAdd: tell, onUpdate: tell, onDelete: tell };
  }

  #name(): string {
    return groupResourceOf(this.#options);
  }

  async #pause(milliseconds: number): Promise<void> {
    if (this.#abort.signal.aborted) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#poke = resolve;
    const timer = setTimeout(resolve, milliseconds);
    await promise;
    clearTimeout(timer);
  }
}
