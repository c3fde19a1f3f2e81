import { groupResourceOf, NAMESPACES, SYNCER_LEASE_RENEW_SECONDS } from '@kubestellar/api';
import {
  type KubeClient,
  type LeaseHolder,
  type RequeueAfter,
  reachabilityOf,
  WorkQueue,
} from '@kubestellar/kube';
import type { Logger, Registry } from '@kubestellar/program';
import { isDefinite, isSystemObject, problem, problemOf } from '@kubestellar/rules';
import { Configs } from './config/configs.ts';
import { changedNames, inOneOnly, type Wanted } from './config/wanted.ts';
import { Downsync } from './downsync/downsync.ts';
import { intentFor } from './downsync/intent.ts';
import { LeftoverSearch } from './downsync/leftover-search.ts';
import { WecWriter } from './downsync/wec-writer.ts';
import { heartbeat, standbyOf } from './heartbeat.ts';
import { createMetrics, type Metrics } from './metrics.ts';
import { formatObjectKey, parseObjectKey } from './object-key.ts';
import { missingPods } from './pods.ts';
import { Problems } from './report/problems.ts';
import { Reporter } from './report/reporter.ts';
import { Standby } from './standby.ts';
import { StatusReturn } from './status/status-return.ts';
import { ServedTypes } from './types/served-types.ts';
import type { SyncedResource } from './types/synced-resource.ts';
import { SyncedResources } from './types/synced-resources.ts';
import { Upsync } from './upsync/upsync.ts';

/** Between which servers to move objects, and on whose behalf. */
export interface SyncerOptions {
  mailbox: KubeClient;
  wec: KubeClient;
  /** Who holds the Lease while this process does. */
  holder: string;
  /** The Namespace of the pod that this process is in; undefined outside of one. */
  podNamespace?: string | undefined;
  logger: Logger;
  registry: Registry;
}

/** Objects that are worked on at the same time at the most. */
const CONCURRENCY = 64;
/** Copies that come in floods are written in bursts, which costs clusters a quarter less (docs/performance.md). */
const BURSTS = { milliseconds: 400, flood: 16 };
const NAMESPACE = groupResourceOf(NAMESPACES);

/**
 * Moves objects between a mailbox workspace and a WEC. Caches of both sides follow what the configs in the
 * mailbox workspace name; whatever changes puts the object into one queue, whose reconcile compares both
 * sides. Only the holder of the Lease writes.
 */
export class Syncer {
  readonly #clients: readonly KubeClient[];
  readonly #configs: Configs;
  readonly #resources: SyncedResources;
  readonly #downsync: Downsync;
  readonly #statusReturn: StatusReturn;
  readonly #upsync: Upsync;
  readonly #leftovers: LeftoverSearch;
  readonly #heartbeat: LeaseHolder;
  readonly #standby: Standby;
  readonly #holder: string;
  readonly #queue: WorkQueue;
  readonly #metrics: Metrics;
  readonly #problems = new Problems(() => this.#reporter.changed());
  readonly #reporter: Reporter;
  #provedBefore = false;

  constructor({ mailbox, wec, holder, podNamespace, logger, registry }: SyncerOptions) {
    this.#metrics = createMetrics(registry, {
      queueDepth: () => this.#queue.depth,
      problems: () => this.#problems.size,
      active: () => this.#heartbeat.held,
    });
    this.#clients = [mailbox, wec];
    const served = { mailbox: new ServedTypes(mailbox), wec: new ServedTypes(wec) };
    this.#configs = new Configs({
      client: mailbox,
      served: served.mailbox,
      onChange: (wanted, before) => this.#follow(wanted, before),
      logger,
    });
    const sides = {
      mailbox: { name: 'mailbox', client: mailbox, served: served.mailbox },
      wec: { name: 'wec', client: wec, served: served.wec },
    } as const;
    this.#resources = new SyncedResources({
      ...sides,
      onChange: (resource, namespace, name) => this.#queue.add(formatObjectKey(resource, namespace, name)),
      onSynced: (resource) => this.#enqueueAll(resource),
      logger,
    });
    this.#downsync = new Downsync(mailbox, wec, new WecWriter(wec, this.#metrics.write, logger), logger);
    this.#statusReturn = new StatusReturn(mailbox, this.#metrics.write);
    const isActive = () => this.#heartbeat.held;
    this.#upsync = new Upsync({ ...sides, isActive, metrics: this.#metrics, logger });
    this.#leftovers = new LeftoverSearch(wec, this.#resources, logger);
    this.#reporter = new Reporter({
      mailbox,
      problems: this.#problems,
      config: () => {
        const { theOne, parts, wanted } = this.#configs;
        return { config: theOne, parts, wanted };
      },
      isBrought: (...object) => this.#isBrought(...object),
      isStarting: () => this.notReady().length > 0 || this.#queue.isBusy,
      isActive,
      count: this.#metrics.write,
      logger,
    });
    this.#holder = holder;
    this.#standby = new Standby({ client: mailbox, holder, seconds: SYNCER_LEASE_RENEW_SECONDS * 3, logger });
    this.#heartbeat = heartbeat({
      ...{ client: mailbox, holder, logger, standby: this.#standby },
      isMissing: podNamespace ? missingPods({ wec, namespace: podNamespace, own: holder }) : undefined,
      onAcquired: () => this.#takeOver(),
    });
    this.#queue = new WorkQueue({
      name: 'objects',
      concurrency: CONCURRENCY,
      bursts: BURSTS,
      // A copy does not say of which workspace it is: those of one Namespace have their turns together.
      flowOf: (key) => parseObjectKey(key).namespace,
      reconcile: (key) => this.#reconcile(key),
      logger,
    });
  }

  start(): void {
    for (const { connection } of this.#clients) {
      reachabilityOf(connection).onBack(() => {
        for (const key of this.#problems.keys()) this.#queue.add(key);
      });
    }
    this.#configs.start();
    this.#heartbeat.start();
    this.#queue.start();
    this.#upsync.start();
    this.#reporter.start();
  }

  /** Ends in the order that leaves no write behind the release of the Lease. */
  async stop(): Promise<void> {
    await Promise.all([this.#queue.stop(), this.#upsync.stop(), this.#reporter.stop()]);
    await Promise.all([this.#configs.stop(), this.#resources.stop(), this.#leftovers.stop()]);
    await this.#heartbeat.stop();
    await this.#standby.stop();
  }

  /** @returns what is still waited for; nothing once the syncer works, or stands by for another one of its installation */
  notReady(): string[] {
    const reasons: string[] = [];
    const { notReady } = standbyOf(this.#heartbeat, this.#holder);
    if (notReady) reasons.push(notReady);
    if (!this.#configs.wanted) reasons.push('the SyncerConfigs in the mailbox workspace were not read yet');
    for (const { id, mailbox, wec } of this.#resources.all()) {
      if (mailbox?.type && !mailbox.synced) reasons.push(`${id} in the mailbox workspace: not read yet`);
      if (wec.type && !wec.synced) reasons.push(`${id} in the cluster: not read yet`);
    }
    return reasons;
  }

  /** @returns what is worth knowing of a syncer that is ready */
  notes(): string[] {
    const { note } = standbyOf(this.#heartbeat, this.#holder);
    return note ? [note] : [];
  }

  async #reconcile(key: string): Promise<RequeueAfter | undefined> {
    const { resource: id, namespace, name } = parseObjectKey(key);
    const { wanted, proveAbsence } = this.#configs;
    const resource = this.#resources.get(id);
    if (!resource || !wanted || !this.#heartbeat.held) return undefined;
    const { mailbox } = resource;
    if (mailbox?.synced && !mailbox.get(namespace, name) && wanted.includes(id, namespace, name))
      mailbox.suspect(namespace, name);
    // Neither way waits for the other: a copy that can't be updated still has a status to tell.
    const [down, status] = await Promise.allSettled([
      this.#downsync.reconcile(resource, namespace, name, { wanted, proveAbsence }),
      this.#statusReturn.reconcile(resource, namespace, name, wanted),
    ]);
    if (down.status === 'rejected') this.#fail(key, down.reason);
    if (status.status === 'rejected') this.#fail(key, status.reason, 'its status can not be told: ');
    const { problem: found, requeueAfter } = down.value ?? {};
    if (found) this.#problems.set(key, found, true);
    else this.#problems.delete(key);
    this.#reporter.worked();
    this.#resources.sweep(id, wanted);
    return requeueAfter === undefined ? undefined : { requeueAfter };
  }

  /** Whether the cluster has the object, whatever is wrong with it, or is not to have it. */
  #isBrought(id: string, namespace: string, name: string, wanted: Wanted): boolean {
    const resource = this.#resources.get(id);
    if (!resource?.mailbox?.synced || !resource.wec.synced) return false;
    if (resource.wec.get(namespace, name)) return true;
    const source = resource.mailbox.get(namespace, name);
    if (!source || isSystemObject(source)) return source !== undefined;
    const plan = { wanted, proveAbsence: false };
    return intentFor(id, resource.mailbox, namespace, name, plan).want !== 'copy';
  }

  /** The queue logs the failure and tries again. */
  #fail(key: string, error: unknown, lead = ''): never {
    const { reason, message } = problemOf(error, parseObjectKey(key).name);
    this.#problems.set(key, problem(reason, `${lead}${message}`), isDefinite(error));
    this.#metrics.error('objects');
    throw error;
  }

  /** The configs ask for something else: look at what that concerns, and at nothing more. */
  #follow(wanted: Wanted, before: Wanted): void {
    const { syncerConfigs, edgeSyncConfigs } = this.#configs.list();
    this.#upsync.update(syncerConfigs, edgeSyncConfigs);
    this.#resources.update(wanted);
    this.#reporter.changed();
    const proven = this.#configs.proveAbsence && !this.#provedBefore;
    this.#provedBefore = this.#configs.proveAbsence;
    if (proven) {
      for (const { id } of this.#resources.all()) this.#enqueueAll(id);
    }
    for (const id of new Set([...wanted.resources.keys(), ...before.resources.keys()])) {
      const changed = changedNames(before.resources.get(id), wanted.resources.get(id));
      if (!changed) this.#enqueueAll(id);
      for (const [namespace, name] of changed ?? []) this.#queue.add(formatObjectKey(id, namespace, name));
    }
    for (const name of inOneOnly(wanted.namespaces, before.namespaces)) {
      this.#queue.add(formatObjectKey(NAMESPACE, '', name));
    }
  }

  /** The Lease is ours: everything may need work, and copies may be left from before. */
  #takeOver(): void {
    this.#leftovers.start();
    this.#upsync.enqueueAll();
    this.#reporter.changed();
    for (const { id } of this.#resources.all()) this.#enqueueAll(id);
  }

  #enqueueAll(id: string): void {
    const resource = this.#resources.get(id);
    if (!resource) return;
    for (const key of keysOf(resource)) this.#queue.add(key);
  }
}

function* keysOf({ id, mailbox, wec }: SyncedResource): Iterable<string> {
  for (const side of [mailbox, wec]) {
    for (const { metadata } of side?.list() ?? [])
      yield formatObjectKey(id, metadata.namespace ?? '', metadata.name);
  }
}
