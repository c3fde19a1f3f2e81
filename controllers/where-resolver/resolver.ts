import { isDeepStrictEqual } from 'node:util';
import {
  EDGE_PLACEMENTS,
  type EdgePlacement,
  FIELD_MANAGERS,
  LOCATIONS,
  type Location,
  SINGLE_PLACEMENT_SLICES,
  type SinglePlacementSlice,
  SYNC_TARGETS,
  type SyncTarget,
} from '@kubestellar/api';
import {
  Applier,
  clusterOf,
  formatKey,
  Index,
  Informer,
  type KubeClient,
  keyOf,
  notListed,
  type WorkQueue,
} from '@kubestellar/kube';
import { type Logger, observedQueue, type ProgramContext } from '@kubestellar/program';
import { matchesSelector } from '@kubestellar/rules';
import { InformedInventory } from './inventory.ts';
import { isAvailable, reportOnLocation } from './locations.ts';
import { type Dependencies, reconcile } from './reconcile.ts';
import { report } from './report.ts';
import { checkSelectors } from './resolve.ts';
import { placementOf } from './slices.ts';
import { TermBudget } from './term-budget.ts';

/** Changes of the inventory arrive in bursts: EdgePlacements wait this long for more (milliseconds). */
const COALESCE = 20;
/** EdgePlacements that are reconciled at the same time. */
const CONCURRENCY = 4;

type Registry = ProgramContext['registry'];

/** The where-resolver: keeps the slices of all EdgePlacements equal to their destinations (docs/rules.md, semantics 2.1). */
export class WhereResolver {
  readonly #base: KubeClient;
  readonly #logger: Logger;
  readonly #placements: Informer<EdgePlacement>;
  readonly #locations: Informer<Location>;
  readonly #syncTargets: Informer<SyncTarget>;
  readonly #slices: Informer<SinglePlacementSlice>;
  readonly #inventory: InformedInventory;
  readonly #slicesByOwner = new Index<SinglePlacementSlice>((slice) => [ownerKey(slice)]);
  readonly #applier = new Applier(FIELD_MANAGERS.whereResolver);
  readonly #queue: WorkQueue;
  readonly #reports: WorkQueue;
  readonly #budget = new TermBudget();
  readonly #budgets: WorkQueue;

  /**
   * @param virtualWorkspace a client of the APIExport's virtual workspace, for the watches
   * @param base a client that may write in all workspaces
   */
  constructor(virtualWorkspace: KubeClient, base: KubeClient, logger: Logger, registry: Registry) {
    this.#base = base;
    this.#logger = logger;
    this.#placements = new Informer<EdgePlacement>({
      client: virtualWorkspace,
      resource: EDGE_PLACEMENTS,
      logger,
    });
    this.#locations = new Informer<Location>({ client: virtualWorkspace, resource: LOCATIONS, logger });
    this.#syncTargets = new Informer<SyncTarget>({
      client: virtualWorkspace,
      resource: SYNC_TARGETS,
      logger,
    });
    this.#slices = new Informer<SinglePlacementSlice>({
      client: virtualWorkspace,
      resource: SINGLE_PLACEMENT_SLICES,
      logger,
    });
    this.#inventory = new InformedInventory(this.#locations, this.#syncTargets);
    const dependencies = this.#dependencies();
    this.#queue = observedQueue(registry, {
      name: 'edgeplacements',
      concurrency: CONCURRENCY,
      reconcile: (key) => reconcile(key, dependencies),
      logger,
    });
    this.#reports = observedQueue(registry, {
      name: 'locations',
      concurrency: CONCURRENCY,
      reconcile: (key) => this.#reportOnLocation(key),
      logger,
    });
    this.#budgets = observedQueue(registry, {
      name: 'budgets',
      concurrency: 1,
      reconcile: (cluster) => this.#recheckBudget(cluster),
      logger,
    });
  }

  /** Whether an EdgePlacement is evaluated may depend on the others of its workspace. */
  async #recheckBudget(cluster: string): Promise<void> {
    for (const key of this.#budget.takeChanged(cluster)) this.#queue.add(key);
  }

  /** Lists everything before it reconciles: with a part of the inventory, it would remove destinations. */
  async start(): Promise<void> {
    this.#slices.addHandler(this.#slicesByOwner);
    this.#placements.addHandler(this.#budget.placements);
    this.#watchPlacementsAndSlices();
    await Promise.all(this.#informers().map((informer) => informer.start().whenSynced()));
    this.#watchInventory();
    for (const placement of this.#placements.list()) this.#queue.add(keyOf(placement));
    for (const location of this.#locations.list()) this.#reports.add(keyOf(location));
    this.#queue.start();
    this.#reports.start();
    this.#budgets.start();
  }

  /** Stops the watches and waits for the reconciles in progress. */
  async stop(): Promise<void> {
    await Promise.all([
      this.#queue.stop(),
      this.#reports.stop(),
      this.#budgets.stop(),
      ...this.#informers().map((informer) => informer.stop()),
    ]);
  }

  /** @returns which lists are not complete yet */
  notReady(): string[] {
    return notListed(this.#informers());
  }

  #informers() {
    return [this.#placements, this.#locations, this.#syncTargets, this.#slices] as const;
  }

  #watchPlacementsAndSlices(): void {
    const budgetChanged = (placement: EdgePlacement) => {
      this.#budget.changed(clusterOf(placement));
      this.#budgets.addAfter(clusterOf(placement), COALESCE);
    };
    const enqueue = (placement: EdgePlacement) => this.#queue.add(keyOf(placement));
    this.#placements.addHandler({
      onAdd: (placement) => {
        budgetChanged(placement);
        enqueue(placement);
      },
      onDelete: budgetChanged,
      onUpdate: (placement, previous) => {
        if (placement.metadata.generation !== previous.metadata.generation) budgetChanged(placement);
        // The translator counts each arriving copy in the status, which does not affect destinations.
        if (!isDeepStrictEqual(withoutCounts(placement), withoutCounts(previous))) enqueue(placement);
      },
    });
    const restore = (slice: SinglePlacementSlice) => this.#queue.add(ownerKey(slice));
    this.#slices.addHandler({
      onAdd: restore,
      onUpdate: (slice, previous) => {
        restore(slice);
        restore(previous);
      },
      onDelete: restore,
    });
  }

  /** A change concerns the EdgePlacements that selected the Location or SyncTarget before, or select it now. */
  #watchInventory(): void {
    const locationChanged = (location: Location) => this.#enqueueSelecting([location]);
    let known = false;
    this.#locations.addHandler({
      onAdd: (location) => {
        if (!known) return;
        this.#reports.add(keyOf(location));
        locationChanged(location);
      },
      onUpdate: (location, previous) => {
        this.#reports.add(keyOf(location));
        if (isSameInventory(location, previous)) return;
        this.#enqueueSelecting([location, previous]);
      },
      onDelete: locationChanged,
    });
    const report = (target: SyncTarget) => {
      for (const location of this.#inventory.listLocationsOf(target)) this.#reports.add(keyOf(location));
    };
    const targetChanged = (target: SyncTarget) => {
      report(target);
      this.#enqueueSelecting(this.#inventory.listLocationsOf(target));
    };
    this.#syncTargets.addHandler({
      onAdd: (target) => known && targetChanged(target),
      onUpdate: (target, previous) => {
        if (isAvailable(target) !== isAvailable(previous)) report(target);
        if (isSameInventory(target, previous)) return;
        targetChanged(previous);
        targetChanged(target);
      },
      onDelete: targetChanged,
    });
    known = true;
  }

  #enqueueSelecting(locations: readonly Location[]): void {
    if (locations.length === 0) return;
    for (const placement of this.#placements.list()) {
      const isOver = this.#budget.problemOf(placement) !== undefined;
      const { selectors, problems } = isOver ? { selectors: [], problems: [] } : checkSelectors(placement);
      const concerned =
        isOver ||
        problems.length > 0 ||
        locations.some(({ metadata }) =>
          selectors.some((selector) => matchesSelector(selector, metadata.labels)),
        );
      if (concerned) this.#queue.addAfter(keyOf(placement), COALESCE);
    }
  }

  async #reportOnLocation(key: string): Promise<void> {
    const location = this.#locations.get(key);
    if (!location || location.metadata.deletionTimestamp) return;
    const client = this.#base.workspace(clusterOf(location));
    await reportOnLocation(client, location, this.#inventory.listInstances(location));
  }

  #dependencies(): Dependencies {
    const workspaceOf = (placement: EdgePlacement) => this.#base.workspace(clusterOf(placement));
    const siblingKey = (placement: EdgePlacement, name: string) =>
      formatKey({ cluster: clusterOf(placement), namespace: '', name });
    return {
      inventory: this.#inventory,
      tooMuch: (placement) => this.#budget.problemOf(placement),
      placement: (key) => this.#placements.get(key),
      sibling: (placement, name) => this.#placements.get(siblingKey(placement, name)),
      slicesOf: (placement) => this.#slicesByOwner.get(keyOf(placement)),
      readSlicesOf: async (placement) => {
        const all = await workspaceOf(placement).list<SinglePlacementSlice>(SINGLE_PLACEMENT_SLICES);
        return all.filter((slice) => ownerKey(slice) === keyOf(placement));
      },
      slice: (placement, name) => this.#slices.get(siblingKey(placement, name)),
      applySlice: async (placement, slice) => {
        const live = this.#slices.get(siblingKey(placement, slice.metadata.name));
        const client = workspaceOf(placement);
        const { written } = await this.#applier.ensure(client, SINGLE_PLACEMENT_SLICES, slice, live);
        if (!written) return;
        const { name } = slice.metadata;
        const destinations = slice.destinations.length;
        this.#logger.info({ slice: name, workspace: clusterOf(placement), destinations }, 'slice written');
      },
      deleteSlice: async (placement, slice) => {
        const { name, uid } = slice.metadata;
        await workspaceOf(placement).delete(SINGLE_PLACEMENT_SLICES, { name }, { uid });
        this.#applier.forget(workspaceOf(placement), SINGLE_PLACEMENT_SLICES, slice);
        this.#logger.info({ slice: name, workspace: clusterOf(placement) }, 'surplus slice deleted');
      },
      report: (placement, resolution) => report(workspaceOf(placement), placement, resolution),
      enqueue: (placement) => this.#queue.add(keyOf(placement)),
    };
  }
}

/** The key of the EdgePlacement that a slice belongs to. */
function ownerKey(slice: SinglePlacementSlice): string {
  return formatKey({ cluster: clusterOf(slice), namespace: '', name: placementOf(slice) });
}

/** Status and annotations do not select anything: heartbeats must not cause work here. */
function isSameInventory<T extends Location | SyncTarget>(object: T, previous: T): boolean {
  return inventoryPart(object) === inventoryPart(previous);
}

function inventoryPart({ metadata, spec }: Location | SyncTarget): string {
  return JSON.stringify([metadata.labels ?? {}, spec ?? {}, metadata.deletionTimestamp !== undefined]);
}

/** An EdgePlacement without its summary, and without fields that each write changes. */
function withoutCounts({ metadata, status, ...rest }: EdgePlacement): object {
  const { resourceVersion: _version, managedFields: _fields, ...lastingMetadata } = metadata;
  const { summary: _summary, ...lasting } = status ?? {};
  return { ...rest, metadata: lastingMetadata, status: lasting };
}
