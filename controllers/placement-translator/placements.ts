import {
  EDGE_PLACEMENTS,
  type EdgePlacement,
  mailboxWorkspaceName,
  placementsOverBudget,
  SINGLE_PLACEMENT_SLICES,
  type SinglePlacement,
  type SinglePlacementSlice,
  SOURCE_PLACEMENT,
} from '@kubestellar/api';
import { clusterOf, formatKey, Informer, type KubeClient, keyOf } from '@kubestellar/kube';
import type { Logger } from '@kubestellar/kube/program';

/** An EdgePlacement with its destinations, grouped by the mailbox workspaces they lead to. */
export interface ResolvedPlacement {
  placement: EdgePlacement;
  /** Undefined as long as the where-resolver has written no slice: unknown is not the same as none. */
  destinations: ReadonlyMap<string, readonly SinglePlacement[]> | undefined;
  /** The workspace's EdgePlacements ask for too much: this one is not evaluated, and its destinations are not known. */
  isOverBudget: boolean;
}

/** EdgePlacements and their slices, as all WMWs hold them. */
export class Placements {
  readonly #placements: Informer<EdgePlacement>;
  readonly #slices: Informer<SinglePlacementSlice>;
  readonly #byCluster = new Map<string, Set<string>>();
  readonly #slicesOf = new Map<string, Set<string>>();
  /** Those that are over budget, by cluster; what is not there is worked out when it is asked for. */
  readonly #overBudget = new Map<string, Set<EdgePlacement>>();

  /**
   * @param view a client at the APIExport's view
   * @param onChange called with the WMW's cluster whenever what is placed or where may have changed
   */
  constructor(view: KubeClient, logger: Logger, onChange: (cluster: string) => void) {
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
        onChange(clusterOf(placement));
      },
      onUpdate: (placement, previous) => {
        this.#overBudget.delete(clusterOf(placement));
        if (placement.metadata.generation !== previous.metadata.generation) onChange(clusterOf(placement));
      },
      onDelete: (placement) => {
        this.#overBudget.delete(clusterOf(placement));
        remove(this.#byCluster, clusterOf(placement), keyOf(placement));
        onChange(clusterOf(placement));
      },
    });
    this.#slices.addHandler({
      onAdd: (slice) => {
        add(this.#slicesOf, placementKey(slice), keyOf(slice));
        onChange(clusterOf(slice));
      },
      onUpdate: (slice) => onChange(clusterOf(slice)),
      onDelete: (slice) => {
        remove(this.#slicesOf, placementKey(slice), keyOf(slice));
        onChange(clusterOf(slice));
      },
    });
  }

  /** Starts the watches. @returns when both are complete */
  async start(): Promise<void> {
    this.#placements.start();
    this.#slices.start();
    await Promise.all([this.#placements.whenSynced(), this.#slices.whenSynced()]);
  }

  /** Ends the watches. */
  async stop(): Promise<void> {
    await Promise.all([this.#placements.stop(), this.#slices.stop()]);
  }

  get synced(): boolean {
    return this.#placements.synced && this.#slices.synced;
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
      const isOverBudget = overBudget.has(placement);
      const destinations = isOverBudget ? undefined : this.#destinations(keyOf(placement));
      return { placement, destinations, isOverBudget };
    });
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
    return all.filter((placement) => this.#destinations(keyOf(placement))?.has(mailbox));
  }

  /** Whether some EdgePlacement has upsync sets of which it is not known yet where they lead. */
  hasUnresolvedUpsync(): boolean {
    return [...this.#byCluster.keys()].some((cluster) =>
      this.#present(cluster).some(
        (placement) => placement.spec?.upsync?.length && !this.#destinations(keyOf(placement)),
      ),
    );
  }

  #destinations(key: string): Map<string, SinglePlacement[]> | undefined {
    const slices = this.#slicesOf.get(key);
    if (!slices) return undefined;
    const grouped = new Map<string, SinglePlacement[]>();
    for (const sliceKey of slices) {
      for (const destination of this.#slices.get(sliceKey)?.destinations ?? []) {
        const mailbox = mailboxWorkspaceName(destination.cluster, destination.syncTargetUID);
        grouped.set(mailbox, [...(grouped.get(mailbox) ?? []), destination]);
      }
    }
    return grouped;
  }
}

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
