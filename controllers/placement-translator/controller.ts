import {
  CLUSTER_ROLES,
  type ClusterRole,
  FIELD_MANAGERS,
  groupResourceOf,
  type KubeObject,
  PROTECT,
  SYNCER_CONFIGS,
  type SyncerConfig,
  UPSYNC_ROLE_NAME,
} from '@kubestellar/api';
import { Applier, clusterOf, Informer, type KubeClient } from '@kubestellar/kube';
import type { Logger, Registry } from '@kubestellar/program';
import { AllowedExports } from './apis/allowed-exports.ts';
import { MailboxAPIs } from './apis/mailbox-apis.ts';
import { Inventory } from './cache/inventory.ts';
import { Mailboxes } from './cache/mailboxes.ts';
import { ObjectWatches } from './cache/object-informers.ts';
import { Placements } from './cache/placements.ts';
import { ServedProbe } from './cache/served-probe.ts';
import { Catalog, CRD_TYPE } from './cache/served-resources.ts';
import { UpsyncCopies } from './cache/upsync-copies.ts';
import { watchedTypes } from './cache/watched-types.ts';
import { Customizations } from './customize/customizations.ts';
import { Customized } from './customize/customized.ts';
import { Brake } from './desired/brake/brake.ts';
import { type BrakeParts, brakeOn, hasCopies } from './desired/brake/brake-io.ts';
import { Desired } from './desired/desired-state.ts';
import type { Evaluation } from './desired/evaluate.ts';
import { evaluationOn, type ProofParts, proofOn } from './desired/evaluation-io.ts';
import { proveUnwanted } from './desired/proof.ts';
import type { Evaluator } from './evaluation/evaluator.ts';
import { ChangeHandlers, type Queues } from './handlers.ts';
import { localObject, type WatchedType } from './keys.ts';
import { makeQueues, type Parts } from './queues.ts';
import { Summaries } from './status/combined/summaries.ts';
import { EventRecorder } from './status/events.ts';

/** The clients and settings of a Translator. */
export interface TranslatorOptions {
  /** A client that may read across all workspaces and write in each (`system:admin`). */
  everywhere: KubeClient;
  root: KubeClient;
  espw: KubeClient;
  espwPath: string;
  /** UID of this core. */
  core: string;
  /** A client at the view of the APIExport edge.kubestellar.io. */
  view: KubeClient;
  concurrency: number;
  /** Where what tenants write is evaluated. */
  evaluator: Evaluator;
  logger: Logger;
  registry: Registry;
}

/**
 * The placement-translator: turns EdgePlacements, their slices and the workload objects of all WMWs into
 * copies and SyncerConfigs in the mailbox workspaces, and returns singleton status. This class only
 * connects: watches call the ChangeHandlers, these feed queues, queues call the reconciles (queues.ts).
 */
export class Translator {
  readonly #parts: Parts;
  readonly #evaluator: Evaluator;
  readonly #queues: Queues;
  readonly #handlers: ChangeHandlers;
  readonly #served = new ServedProbe();
  readonly #summaries: Summaries;

  constructor(options: TranslatorOptions) {
    const { view, evaluator, logger, everywhere, registry } = options;
    this.#evaluator = evaluator;
    this.#parts = this.#makeParts(options);
    const events = new EventRecorder(everywhere, logger);
    const backlog = () => this.#queues.copies.depth;
    this.#summaries = new Summaries({
      ...{ parts: this.#parts, view, logger, events, evaluator, registry, backlog },
    });
    this.#queues = makeQueues(options, {
      parts: this.#parts,
      events,
      served: this.#served,
      handlers: () => this.#handlers,
      copyTried: (key, error) => this.#summaries.copyTried(key, error),
    });
    this.#handlers = new ChangeHandlers(this.#parts, this.#queues, this.#summaries);
    this.#handlers.listen();
  }

  #makeParts({ everywhere, root, espw, espwPath, core, view, evaluator, logger }: TranslatorOptions): Parts {
    const catalog = new Catalog(everywhere, root, logger);
    const inventory = new Inventory(view, logger);
    const placements = new Placements(view, inventory, logger, (cluster) =>
      this.#handlers.placementsChanged(cluster),
    );
    const mailboxes = new Mailboxes({ everywhere, espw, core, logger }, (mailbox) =>
      this.#handlers.mailboxReady(mailbox),
    );
    const watches = new ObjectWatches(
      everywhere,
      logger,
      (type, object, gone) => this.#handlers.objectChanged(type, object, gone),
      () => this.#handlers.retryUnproven(),
      (type, copy) => this.#sourceOf(type, copy),
    );
    const customizations = new Customizations(view, inventory.locations, logger, {
      onSource: (source) => this.#handlers.sourceOutdated(source),
      onCopies: (source, copies) => this.#handlers.copiesOutdated(source, copies),
      onCustomizer: (key) => this.#handlers.customizerChanged(key),
    });
    const customized = new Customized(
      evaluator,
      (location) => customizations.parametersDigest(location),
      (source) => this.#handlers.customizationChanged(source),
    );
    const upsyncRoles = new Informer<ClusterRole>({
      client: everywhere.workspace('*'),
      resource: CLUSTER_ROLES,
      // kcp (tried on v0.31) answers a field selector for the name of a cluster-scoped object with nothing at `*`.
      transform: (role) => (role.metadata.name === UPSYNC_ROLE_NAME ? role : undefined),
      logger,
    });
    const upsyncCopies = new UpsyncCopies({
      everywhere,
      logger,
      exists: ({ name, cluster }) => mailboxes.get(name)?.cluster === cluster,
      onChange: (mailbox) => this.#queues.configs.add(mailbox),
    });
    const desired = new Desired();
    const evaluation = evaluationOn({ placements, catalog, watches, desired });
    const brake = this.#makeBrake(
      { everywhere, placements, mailboxes, catalog, watches, desired },
      evaluation,
      logger,
    );
    const allowed = new AllowedExports(everywhere, espw, espwPath, logger, () =>
      this.#handlers.allowedChanged(),
    );
    return {
      everywhere,
      applier: new Applier(FIELD_MANAGERS.placementTranslator),
      catalog,
      inventory,
      placements,
      mailboxes,
      watches,
      desired,
      brake,
      evaluation,
      allowed,
      apis: new MailboxAPIs({
        catalog,
        desired,
        allowed: () => allowed.current,
        hasCopies: (...of) => hasCopies(watches, ...of),
      }),
      customizations,
      customized,
      syncerConfigs: new Informer<SyncerConfig>({ client: view, resource: SYNCER_CONFIGS, logger }),
      upsyncRoles,
      upsyncCopies,
    };
  }

  #makeBrake(parts: BrakeParts & ProofParts, evaluation: Evaluation, logger: Logger): Brake {
    const proofs = proofOn(parts, evaluation);
    return new Brake({
      ...brakeOn(parts),
      prove: (mailbox, local) => proveUnwanted(proofs, mailbox, local),
      onCount: (placement, after) => this.#queues.removals.addAfter(placement, after),
      onRecheck: (copy) => this.#handlers.removalChanged(copy),
      onReport: (placement) => this.#summaries.removalsChanged(placement),
      onStranded: (copy) =>
        logger.warn({ copy, annotation: PROTECT }, 'protected, stays without any EdgePlacement'),
    });
  }

  /** Starts watching and reconciling. @returns when the caches are complete */
  async start(): Promise<void> {
    const { catalog, allowed, inventory, placements, mailboxes, customizations, watches } = this.#parts;
    const { syncerConfigs, upsyncRoles } = this.#parts;
    watches.adopt(CRD_TYPE, catalog.definitions as unknown as Informer, true);
    await Promise.all([
      catalog.start(),
      inventory.start(),
      allowed.start(),
      placements.start(),
      mailboxes.start(),
      customizations.start(),
      syncerConfigs.start().whenSynced(),
      upsyncRoles.start().whenSynced(),
    ]);
    watches.setTypes(watchedTypes(this.#parts));
    await Promise.all(watches.all().map(({ informer }) => informer.whenSynced()));
    // All of what is wanted must be known before anything is written or taken away.
    this.#queues.sources.start();
    await this.#queues.sources.idle();
    this.#parts.brake.inherit(placements.list());
    for (const queue of Object.values(this.#queues)) queue.start();
    void this.#summaries.start();
  }

  /** Ends all watches and waits for the running reconciles. */
  async stop(): Promise<void> {
    const { catalog, allowed, inventory, placements, mailboxes, customizations, watches } = this.#parts;
    const { syncerConfigs, upsyncRoles, upsyncCopies } = this.#parts;
    this.#served.stop();
    this.#evaluator.stop();
    await Promise.all([...Object.values(this.#queues), this.#summaries].map((part) => part.stop()));
    const caches = [catalog, allowed, inventory, placements, mailboxes, customizations, watches];
    const parts = [...caches, syncerConfigs, upsyncRoles, upsyncCopies];
    await Promise.all(parts.map((part) => part.stop()));
  }

  /** @returns which watches have not been complete yet */
  notReady(): string[] {
    const { watches, catalog, allowed, inventory, placements, mailboxes, customizations } = this.#parts;
    const { syncerConfigs, upsyncRoles } = this.#parts;
    const caches = { catalog, allowed, inventory, placements, mailboxes, customizations };
    const named = { ...caches, syncerConfigs, upsyncRoles };
    const waiting = Object.entries(named).flatMap(([name, part]) =>
      part.synced ? [] : [`${name} not synced`],
    );
    const types = watches.all().filter(({ informer }) => !informer.synced);
    return [...waiting, ...types.map(({ type }) => `watch of ${groupResourceOf(type.resource)} not synced`)];
  }

  /** @returns what a copy in a mailbox workspace is made from */
  #sourceOf(type: WatchedType, copy: KubeObject): KubeObject | undefined {
    const { mailboxes, desired, watches } = this.#parts;
    const mailbox = mailboxes.nameOf(clusterOf(copy));
    if (!mailbox) return undefined;
    const source = desired.in(mailbox, localObject(type, copy))[0]?.source;
    return source && watches.of(source.type)?.informer.get(source.key);
  }
}
