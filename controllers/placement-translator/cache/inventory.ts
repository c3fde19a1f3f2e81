/** The Locations and SyncTargets of all inventories, by which destinations are checked before they are obeyed. */
import {
  type EdgePlacement,
  type LabelSelector,
  LOCATIONS,
  type Location,
  type ObjectMeta,
  type SinglePlacement,
  SYNC_TARGETS,
  type SyncTarget,
} from '@kubestellar/api';
import { formatKey, Informer, type KubeClient } from '@kubestellar/kube';
import type { Logger } from '@kubestellar/program';
import { InvalidSelectorError, matchesSelector } from '@kubestellar/rules';
import { dequal } from 'dequal/lite';

/** Watches what may be selected. */
export class Inventory {
  readonly locations: Informer<Location>;
  /** Without their specs, which nothing here depends on. */
  readonly targets: Informer<SyncTarget>;

  /** @param view a client at the view of the APIExport edge.kubestellar.io */
  constructor(view: KubeClient, logger: Logger) {
    this.locations = new Informer<Location>({ client: view, resource: LOCATIONS, logger });
    this.targets = new Informer<SyncTarget>({
      client: view,
      resource: SYNC_TARGETS,
      logger,
      transform: conditionsOnly,
    });
  }

  /** Starts the watches. @returns when both are complete */
  async start(): Promise<void> {
    this.locations.start();
    this.targets.start();
    await this.whenSynced();
  }

  async whenSynced(): Promise<void> {
    await Promise.all([this.locations.whenSynced(), this.targets.whenSynced()]);
  }

  async stop(): Promise<void> {
    await Promise.all([this.locations.stop(), this.targets.stop()]);
  }

  get synced(): boolean {
    return this.locations.synced && this.targets.synced;
  }

  /** @param listener called when destinations that were refused may hold now */
  onChange(listener: () => void): void {
    this.locations.addHandler({
      onAdd: listener,
      onUpdate: (location, previous) => {
        const isSame =
          dequal(location.spec, previous.spec) && dequal(location.metadata.labels, previous.metadata.labels);
        if (!isSame) listener();
      },
    });
    this.targets.addHandler({
      onAdd: listener,
      onUpdate: ({ metadata }, previous) => {
        if (!dequal(metadata.labels, previous.metadata.labels)) listener();
      },
    });
  }

  /** @returns why the EdgePlacement does not lead to a destination; undefined when it does */
  problemOf(placement: EdgePlacement, destination: SinglePlacement): string | undefined {
    const { cluster, locationName, syncTargetName } = destination;
    const at = (name: string) => formatKey({ cluster, namespace: '', name });
    const [location, target] = [this.locations.get(at(locationName)), this.targets.get(at(syncTargetName))];
    return destinationProblem(placement, destination, location, target);
  }
}

/**
 * @param location what has the name of the destination's Location, in its workspace
 * @param target the same of its SyncTarget
 * @returns why the EdgePlacement does not lead to the destination; undefined when it does
 */
export function destinationProblem(
  placement: EdgePlacement,
  { cluster, locationName, syncTargetName, syncTargetUID }: SinglePlacement,
  location: Location | undefined,
  target: SyncTarget | undefined,
): string | undefined {
  const called = `Location "${locationName}" of the workspace ${cluster}`;
  if (!isThere(location)) return `there is no ${called}`;
  const selectors = placement.spec?.locationSelectors ?? [];
  if (!selectors.some((selector) => selects(selector, location.metadata)))
    return `none of its locationSelectors matches the ${called}`;
  if (!isThere(target) || target.metadata.uid !== syncTargetUID)
    return `beside the ${called} there is no SyncTarget "${syncTargetName}" with the uid ${syncTargetUID}`;
  if (!selects(location.spec?.instanceSelector, target.metadata))
    return `the ${called} does not select the SyncTarget "${syncTargetName}"`;
  return undefined;
}

/** What can not be evaluated selects nothing new. */
function selects(selector: LabelSelector | undefined, { labels }: ObjectMeta): boolean {
  try {
    return matchesSelector(selector, labels);
  } catch (error) {
    if (error instanceof InvalidSelectorError) return false;
    throw error;
  }
}

function isThere<T extends Location | SyncTarget>(object: T | undefined): object is T {
  return object !== undefined && !object.metadata.deletionTimestamp;
}

function conditionsOnly({ apiVersion, kind, metadata, status }: SyncTarget): SyncTarget {
  const { managedFields: _, ...kept } = metadata;
  return { apiVersion, kind, metadata: kept, status: { conditions: status?.conditions ?? [] } };
}
