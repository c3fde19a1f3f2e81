import {
  EDGE_PLACEMENTS,
  type EdgePlacement,
  SINGLE_PLACEMENT_SLICES,
  type SinglePlacement,
  type SinglePlacementSlice,
  SOURCE_PLACEMENT,
} from '@kubestellar/api';
import { clusterOf, formatKey, Informer, type KubeClient, keyOf } from '@kubestellar/kube';
import type { Logger } from '@kubestellar/program';
import { placementsOverBudget } from '@kubestellar/rules';
import { dequal } from 'dequal/lite';
import { DestinationChecks, type Destinations, type Refusal } from './destinations.ts';
import type { Inventory } from './inventory.ts';

/** An EdgePlacement with its destinations, grouped by the mailbox workspaces they lead to. */
export interface ResolvedPlacement {
  placement: EdgePlacement;
  /** Undefined as long as the where-resolver has written no slice: unknown is not the same as none. */
  destinations: ReadonlyMap<string, readonly SinglePlacement[]> | undefined;
  /** Further mailbox workspaces, of which it is not known whether an earlier process has placed there. */
  unproven: ReadonlySet<string>;
  /** What the slices name and is not obeyed. */
  refused: readonly Refusal[];
  /** The workspace's EdgePlacements ask for too much: this one is not evaluated, and its destinations are not known. */
  isOverBudget: boolean;
}

/** EdgePlacements and their slices, as all WMWs hold them. */
export class Placements {
  readonly #placements: Informer<EdgePlacement>;
  readonly #slices: Informer<SinglePlacementSlice>;
  readonly #inventory: Inventory;
  readonly #checks: DestinationChecks;
  readonly #onChange: (cluster: string) => void;
  readonly #byCluster = new Map<string, Set<string>>();
  readonly #slicesOf = new Map<string, Set<string>>();
  readonly #destinations = new Map<string, Destinations>();
  /** The key of each EdgePlacement by its uid. */
  readonly #byUID = new Map<string, string>();
  readonly #annotationListeners: ((placement: EdgePlacement) => void)[] = [];
  #isComplete = false;
  /** Those that are over budget, by cluster; what is not there is worked out when it is asked for. */
  readonly #overBudget = new Map<string, Set<EdgePlacement>>();

  /**
   * @param view a client at the APIExport's view
   * @param inventory what new destinations are held against
   * @param onChange called with the WMW's cluster whenever what is placed or where may have changed
   */
  constructor(view: KubeClient, inventory: Inventory, logger: Logger, onChange: (cluster: string) => void) {
    this.#inventory = inventory;
    this.#checks = new DestinationChecks((placement, destination) =>
      inventory.problemOf(placement, destination),
    );
    this.#onChange = onChange;
    this.#placements = new Informer<EdgePlacement>({ client: view, resource: EDGE_PLACEMENTS, logger });
    this.#slices = new Informer<SinglePlacementSlice>({
      client: view,
      resource: SINGLE_PLACEMENT_SLICES,
      logger,
    });
    this.#placements.addHandler({
      onAdd: (placement) => {
        this.#overBudget.delete(clusterOf(placement));
        add(this.#byCluster, clusterOf(placement), keyOf(placement));
        this.#byUID.set(placement.metadata.uid ?? '', keyOf(placement));
        this.#changed(keyOf(placement), clusterOf(placement));
      },
      onUpdate: (placement, { metadata }) => {
        this.#overBudget.delete(clusterOf(placement));
        const { generation, uid, deletionTimestamp } = placement.metadata;
        if (uid !== metadata.uid) this.#byUID.delete(metadata.uid ?? '');
        this.#byUID.set(uid ?? '', keyOf(placement));
        const isSame = generation === metadata.generation && deletionTimestamp === metadata.deletionTimestamp;
        if (!isSame || uid !== metadata.uid) this.#changed(keyOf(placement), clusterOf(placement));
        else if (!dequal(placement.metadata.annotations, metadata.annotations))
          for (const listener of this.#annotationListeners) listener(placement);
      },
      onDelete: (placement) => {
        this.#overBudget.delete(clusterOf(placement));
        remove(this.#byCluster, clusterOf(placement), keyOf(placement));
        this.#byUID.delete(placement.metadata.uid ?? '');
        this.#checks.forget(keyOf(placement));
        this.#changed(keyOf(placement), clusterOf(placement));
      },
    });
    this.#slices.addHandler({
      onAdd: (slice) => {
        add(this.#slicesOf, placementKey(slice), keyOf(slice));
        this.#changed(placementKey(slice), clusterOf(slice));
      },
      onUpdate: (slice, previous) => {
        const [key, before] = [placementKey(slice), placementKey(previous)];
        if (key !== before) {
          remove(this.#slicesOf, before, keyOf(slice));
          add(this.#slicesOf, key, keyOf(slice));
          this.#changed(before, clusterOf(slice));
        }
        this.#changed(key, clusterOf(slice));
      },
      onDelete: (slice) => {
        remove(this.#slicesOf, placementKey(slice), keyOf(slice));
        this.#changed(placementKey(slice), clusterOf(slice));
      },
    });
    inventory.onChange(() => this.#checkRefused());
  }

  /** Starts the watches. @returns when both, and those of the inventory, are complete */
  async start(): Promise<void> {
    this.#placements.start();
    this.#slices.start();
    await Promise.all([
      this.#placements.whenSynced(),
      this.#slices.whenSynced(),
      this.#inventory.whenSynced(),
    ]);
    // Not before everything is there: what is checked until then is taken for what was there at the start.
    for (const placement of this.#placements.list()) this.#check(keyOf(placement), true);
    this.#isComplete = true;
    for (const cluster of this.clusters()) this.#onChange(cluster);
  }

  /** Ends the watches. */
  async stop(): Promise<void> {
    await Promise.all([this.#placements.stop(), this.#slices.stop()]);
  }

  get synced(): boolean {
    return this.#isComplete;
  }

  /** @returns the clusters of all workspaces that hold an EdgePlacement */
  clusters(): Iterable<string> {
    return this.#byCluster.keys();
  }

  /** @returns the EdgePlacements of a workspace with their destinations */
  in(cluster: string): ResolvedPlacement[] {
    const overBudget = this.#overBudget.get(cluster) ?? placementsOverBudget(this.#present(cluster));
    this.#overBudget.set(cluster, overBudget);
    return this.#present(cluster).map((placement) => {
      const { obeyed, unproven, refused } = this.#destinations.get(keyOf(placement)) ?? UNKNOWN;
      const isOverBudget = overBudget.has(placement);
      return { placement, destinations: isOverBudget ? undefined : obeyed, unproven, refused, isOverBudget };
    });
  }

  /** @returns an EdgePlacement that exists, and is not being deleted, by its uid; its destinations as they are known */
  find(uid: string): Pick<ResolvedPlacement, 'placement' | 'destinations' | 'refused'> | undefined {
    const key = this.#byUID.get(uid);
    const placement = key === undefined ? undefined : this.#placements.get(key);
    if (key === undefined || !placement || placement.metadata.deletionTimestamp) return undefined;
    const { obeyed, refused } = this.#destinations.get(key) ?? UNKNOWN;
    return { placement, destinations: obeyed, refused };
  }

  /** @returns all EdgePlacements */
  list(): Iterable<EdgePlacement> {
    return this.#placements.list();
  }

  /** Calls `listener` with each EdgePlacement of which only annotations have changed. */
  onAnnotated(listener: (placement: EdgePlacement) => void): void {
    this.#annotationListeners.push(listener);
  }

  #present(cluster: string): EdgePlacement[] {
    return [...(this.#byCluster.get(cluster) ?? [])].flatMap((key) => {
      const placement = this.#placements.get(key);
      return placement && !placement.metadata.deletionTimestamp ? [placement] : [];
    });
  }

  /** @returns the EdgePlacements, of whatever workspace, that lead to a mailbox workspace, over budget or not */
  to(mailbox: string): EdgePlacement[] {
    const all = [...this.#byCluster.keys()].flatMap((cluster) => this.#present(cluster));
    return all.filter((placement) => this.#destinations.get(keyOf(placement))?.obeyed?.has(mailbox));
  }

  /** Whether some EdgePlacement has upsync sets of which it is not known yet where they lead. */
  hasUnresolvedUpsync(): boolean {
    return [...this.#byCluster.keys()].some((cluster) =>
      this.#present(cluster).some(
        (placement) => placement.spec?.upsync?.length && !this.#destinations.get(keyOf(placement))?.obeyed,
      ),
    );
  }

  #changed(key: string, cluster: string): void {
    if (this.#isComplete) this.#check(key, false);
    this.#onChange(cluster);
  }

  /** Locations and SyncTargets may be known later than the slices that lead there. */
  #checkRefused(): void {
    for (const key of this.#checks.withRefused()) {
      const placement = this.#placements.get(key);
      const before = this.#destinations.get(key)?.refused.length;
      this.#check(key, false);
      if (placement && this.#destinations.get(key)?.refused.length !== before)
        this.#onChange(clusterOf(placement));
    }
  }

  #check(key: string, isStart: boolean): void {
    const placement = this.#placements.get(key);
    const slices = this.#slicesOf.get(key);
    if (!placement || !slices) {
      this.#destinations.delete(key);
      return;
    }
    const named = [...slices].flatMap((slice) => this.#slices.get(slice)?.destinations ?? []);
    this.#destinations.set(key, this.#checks.check(key, placement, named, { isStart }));
  }
}

const UNKNOWN = { obeyed: undefined, unproven: new Set<string>(), refused: [] };

function placementKey(slice: SinglePlacementSlice): string {
  const name = slice.metadata.labels?.[SOURCE_PLACEMENT] ?? slice.metadata.name;
  return formatKey({ cluster: clusterOf(slice), namespace: '', name });
}

function add(index: Map<string, Set<string>>, at: string, key: string): void {
  const keys = index.get(at) ?? new Set();
  keys.add(key);
  index.set(at, keys);
}

function remove(index: Map<string, Set<string>>, at: string, key: string): void {
  const keys = index.get(at);
  keys?.delete(key);
  if (keys?.size === 0) index.delete(at);
}
