import type { SyncerConfig } from '@kubestellar/api';
import { clusterOf, type Informer } from '@kubestellar/kube';
import type { Desired } from '../desired/desired-state.ts';
import { NAMESPACE_TYPE } from '../desired/evaluate.ts';
import { mayConcern } from '../desired/selection.ts';
import type { WatchedType } from '../keys.ts';
import { resourcesOf } from '../syncer-config/named.ts';
import type { Placements } from './placements.ts';
import type { Catalog } from './served-resources.ts';

/** The caches that are read. */
export interface WatchedTypesInput {
  catalog: Pick<Catalog, 'typesIn' | 'typeIn' | 'isListed'>;
  placements: Pick<Placements, 'clusters' | 'in'>;
  syncerConfigs: Pick<Informer<SyncerConfig>, 'list'>;
  desired: Pick<Desired, 'types'>;
}

/**
 * A watch ends only when nothing that it has brought is wanted any more: an object that is not watched is not withdrawn.
 * @returns what some EdgePlacement may select, what some SyncerConfig still names, and what is wanted; types may come twice
 */
export function watchedTypes({
  catalog,
  placements,
  syncerConfigs,
  desired,
}: WatchedTypesInput): WatchedType[] {
  const types: WatchedType[] = [NAMESPACE_TYPE];
  for (const cluster of placements.clusters()) {
    const specs = placements.in(cluster).map(({ placement }) => placement.spec);
    const concerned = catalog
      .typesIn(cluster)
      .filter(({ resource }) => specs.some((spec) => mayConcern(spec, resource)));
    types.push(...concerned);
  }
  for (const config of syncerConfigs.list()) {
    const named = resourcesOf(config).map((resource) => catalog.typeIn(clusterOf(config), resource));
    types.push(...named.filter((type) => type !== undefined));
  }
  types.push(...desired.types());
  return types.filter((type) => catalog.isListed(type));
}
