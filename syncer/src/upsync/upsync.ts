import { type EdgeSyncConfig, FIELD_MANAGERS, type SyncerConfig, type Unstructured } from '@kubestellar/api';
import { Backoff, explain, type RequeueAfter, WorkQueue } from '@kubestellar/kube';
import type { Logger } from '@kubestellar/program';
import { isNeverUpsynced } from '@kubestellar/rules';
import { cameUp } from '../came-up.ts';
import type { Metrics } from '../metrics.ts';
import { formatObjectKey, parseObjectKey } from '../object-key.ts';
import type { ServedType, ServedTypes } from '../types/served-types.ts';
import type { Side } from '../types/side.ts';
import { WatchedResource } from '../types/watched-resource.ts';
import { Consent } from './consent.ts';
import { decideUp } from './decide.ts';
import { MailboxWriter } from './mailbox-writer.ts';
import { allServed, byResource, groupsOf, matches, rulesOf, type UpsyncRule } from './rules.ts';

/** Between which servers, and who may write. */
export interface UpsyncOptions {
  mailbox: Side & { served: ServedTypes };
  wec: Side & { served: ServedTypes };
  /** Whether this process holds the Lease. */
  isActive: () => boolean;
  metrics: Metrics;
  logger: Logger;
}

/** One resource on its way up; without rules any more, it is watched for originals that go. */
interface UpsyncedResource {
  readonly id: string;
  readonly type: ServedType;
  rules: readonly UpsyncRule[];
  readonly wec: WatchedResource;
  readonly mailbox: WatchedResource;
}

const CONCURRENCY = 8;
/** Nothing tells when somebody else's object goes out of our way: look again after this, in milliseconds. */
const LOOK_AGAIN = 60_000;

/** Nothing tells what the cluster newly serves, nor what its owner lets be upsynced: in milliseconds. */
const RESOLVE_AGAIN = 30_000;

/** The way up: objects that originate in the WEC (docs/rules.md, syncer 5). */
export class Upsync {
  readonly #options: UpsyncOptions;
  readonly #writer: MailboxWriter;
  readonly #consent: Consent;
  readonly #queue: WorkQueue;
  readonly #resources = new Map<string, UpsyncedResource>();
  readonly #backoff = new Backoff(250, 5000);
  readonly #told = new Set<string>();
  #rules: readonly UpsyncRule[] = [];
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;

  constructor(options: UpsyncOptions) {
    const { mailbox, wec, metrics, logger } = options;
    this.#options = options;
    this.#consent = new Consent(wec.client, logger);
    this.#writer = new MailboxWriter(mailbox.client, metrics.write, logger);
    this.#queue = new WorkQueue({
      name: 'upsync',
      concurrency: CONCURRENCY,
      reconcile: (key) => this.#reconcile(key),
      logger,
      observe: (outcome) => (outcome === 'error' ? metrics.error('upsync') : undefined),
    });
  }

  start(): void {
    this.#queue.start();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    await this.#queue.stop();
    const resources = [...this.#resources.values()];
    await Promise.all(resources.flatMap(({ wec, mailbox }) => [wec.stop(), mailbox.stop()]));
  }

  /** Follows the configs. */
  update(syncerConfigs: Iterable<SyncerConfig>, edgeSyncConfigs: Iterable<EdgeSyncConfig>): void {
    const rules = rulesOf(syncerConfigs, edgeSyncConfigs);
    if (JSON.stringify(rules) === JSON.stringify(this.#rules)) return;
    this.#rules = rules;
    this.#backoff.reset();
    void this.#resolve();
  }

  /** Looks at all objects again. */
  enqueueAll(): void {
    for (const id of this.#resources.keys()) this.#enqueue(id);
  }

  /** Finds out what the rules speak of: until the WEC serves all of it, and now and then from then on. */
  async #resolve(): Promise<void> {
    clearTimeout(this.#timer);
    const rules = this.#rules;
    let complete = false;
    try {
      complete = await this.#followServed(rules);
    } catch (error) {
      this.#options.logger.warn({ reason: explain(error) }, 'cannot ask what the cluster serves');
    }
    if (this.#stopped || rules !== this.#rules || rules.length === 0) return;
    const pause = complete ? RESOLVE_AGAIN : this.#backoff.next();
    this.#timer = setTimeout(() => void this.#resolve(), pause);
  }

  /** @returns whether everything is known, and served */
  async #followServed(rules: readonly UpsyncRule[]): Promise<boolean> {
    const { wec, logger } = this.#options;
    const { types, failed, reason } = await wec.served.inGroups(groupsOf(rules));
    if (reason !== undefined)
      logger.warn({ groups: [...failed], reason: explain(reason) }, 'cannot ask what the cluster serves');
    // Of a group that is not told about, what is known of it remains.
    const known = [...this.#resources.values()].map(({ type }) => type);
    const served = [...types, ...known.filter(({ group }) => failed.has(group))];
    const spoken = byResource(rules, served);
    const { allowed, complete } = await this.#consent.allowed([...spoken.values()].map(({ type }) => type));
    if (this.#stopped || rules !== this.#rules) return false;
    this.#follow(byResource(rules, allowed));
    return complete && failed.size === 0 && allServed(rules, types);
  }

  #follow(wanted: Map<string, { type: ServedType; rules: UpsyncRule[] }>): void {
    for (const [id, { type, rules }] of wanted) {
      const known = this.#resources.get(id) ?? this.#watch(id, type);
      const changed = JSON.stringify(known.rules) !== JSON.stringify(rules);
      known.rules = rules;
      if (changed) this.#enqueue(id);
    }
    for (const [id, resource] of this.#resources) {
      if (wanted.has(id)) continue;
      resource.rules = [];
      this.#sweep(resource);
    }
  }

  /** Stops to watch a resource that no rule speaks of once none of our copies is left. */
  #sweep({ id, rules, wec, mailbox }: UpsyncedResource): void {
    if (rules.length > 0 || !mailbox.synced || this.#resources.get(id)?.mailbox !== mailbox) return;
    for (const _ of mailbox.list()) return;
    this.#resources.delete(id);
    void Promise.all([wec.stop(), mailbox.stop()]);
  }

  #watch(id: string, type: ServedType): UpsyncedResource {
    const { group, version, plural } = type;
    const { mailbox, wec, logger } = this.#options;
    const common = {
      group,
      version,
      plural,
      logger,
      onChange: (namespace: string, name: string) => this.#queue.add(formatObjectKey(id, namespace, name)),
    };
    const originals = new WatchedResource({
      ...common,
      side: wec,
      served: wec.served,
      transform: trimOriginal,
      onSynced: () => this.#enqueue(id),
    });
    const copies = new WatchedResource({
      ...common,
      side: mailbox,
      served: mailbox.served,
      transform: ourCopy,
      // Not before: of all that `*` may stand for, only what the mailbox workspace serves is worth the memory.
      onSynced: () => {
        originals.start();
        this.#enqueue(id);
      },
    });
    const resource: UpsyncedResource = { id, type, rules: [], wec: originals, mailbox: copies.start() };
    this.#resources.set(id, resource);
    return resource;
  }

  async #reconcile(key: string): Promise<RequeueAfter | undefined> {
    const { resource: id, namespace, name } = parseObjectKey(key);
    const resource = this.#resources.get(id);
    const type = resource?.mailbox.type;
    if (!resource || !type || !this.#options.isActive()) return undefined;
    if (!resource.mailbox.synced || !resource.wec.synced) return undefined;

    const original = resource.wec.get(namespace, name);
    const wanted = resource.rules.some((rule) => matches(rule, namespace, name));
    const copy = resource.mailbox.get(namespace, name);
    const isUpsynced = wanted && original !== undefined && !isNeverUpsynced(original);
    const live = copy ?? (isUpsynced ? await this.#writer.get(type, namespace, name) : undefined);
    const action = decideUp(original, live, wanted, type.hasStatus);
    switch (action.do) {
      case 'nothing':
        this.#sweep(resource);
        return undefined;
      case 'apply':
        await this.#writer.apply(type, action.object, original?.status, live);
        return undefined;
      case 'delete':
        if (copy) await this.#writer.delete(type, copy);
        return undefined;
      case 'leave':
        this.#tell(key);
        return { requeueAfter: LOOK_AGAIN };
    }
  }

  #tell(key: string): void {
    const reason = 'the mailbox workspace has an object of that name from elsewhere; it is left alone';
    if (!this.#told.has(key)) this.#options.logger.warn({ object: key, reason }, 'not brought up');
    this.#told.add(key);
  }

  #enqueue(id: string): void {
    const resource = this.#resources.get(id);
    for (const side of resource ? [resource.wec, resource.mailbox] : []) {
      for (const { metadata } of side.list()) {
        this.#queue.add(formatObjectKey(id, metadata.namespace ?? '', metadata.name));
      }
    }
  }
}

function trimOriginal(object: Unstructured): Unstructured {
  delete object.metadata.managedFields;
  return object;
}

/** Of the mailbox workspace only what came up from here. */
function ourCopy(object: Unstructured): Unstructured | undefined {
  if (!cameUp(object)) return undefined;
  object.metadata.managedFields = object.metadata.managedFields?.filter(
    ({ manager }) => manager === FIELD_MANAGERS.syncer,
  );
  return object;
}
