/** All kinds of our group, for those who publish them. */
import { combinedStatus } from './combined-status.ts';
import { customizer } from './customizer.ts';
import type { KindDefinition } from './definition.ts';
import { edgePlacement } from './edge-placement.ts';
import { edgeSyncConfig } from './edge-sync-config.ts';
import { location } from './location.ts';
import { singlePlacementSlice } from './single-placement-slice.ts';
import { statusCollector } from './status-collector.ts';
import { syncTarget } from './sync-target.ts';
import { syncerConfig } from './syncer-config.ts';

/** The kinds of `edge.kubestellar.io/v2alpha1`. */
export const EDGE_KINDS: readonly KindDefinition[] = [
  combinedStatus,
  customizer,
  edgePlacement,
  edgeSyncConfig,
  location,
  singlePlacementSlice,
  statusCollector,
  syncerConfig,
  syncTarget,
];
