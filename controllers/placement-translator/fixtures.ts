/** Objects and stand-ins for the unit tests of the placement-translator. */
import {
  API_BINDINGS,
  CONFIG_MAPS,
  DEPLOYMENTS,
  EDGE_GROUP,
  EDGE_PLACEMENTS,
  type EdgePlacement,
  type EdgePlacementSpec,
  type KubeObject,
  LOCATIONS,
  MAILBOX_BINDING,
  mailboxWorkspaceName,
  NAMESPACES,
  type ObjectMeta,
  PROJECTED,
  PROJECTED_VALUE,
  type Resource,
  SECRETS,
  SINGLE_PLACEMENT_SLICES,
  type SinglePlacement,
  SYNC_TARGETS,
  SYNCER_CONFIGS,
  WORKSPACES,
} from '@kubestellar/api';
import type { Logger } from '@kubestellar/program';
import type { Mailbox } from './cache/mailboxes.ts';
import type { ResolvedPlacement } from './cache/placements.ts';
import type { Evaluator } from './evaluation/evaluator.ts';

/** An object of a kind in a workspace (its cluster). */
export function objectOf(
  resource: Resource,
  cluster: string,
  name: string,
  metadata: Partial<ObjectMeta> = {},
  content: object = {},
): KubeObject {
  const { group, version, kind } = resource;
  return {
    apiVersion: group ? `${group}/${version}` : version,
    kind,
    metadata: {
      name,
      uid: `uid-${name}`,
      resourceVersion: '1',
      ...metadata,
      annotations: { 'kcp.io/cluster': cluster, ...metadata.annotations },
    },
    ...content,
  };
}

/** The metadata by which a copy is known as ours. */
export const OURS = { labels: { [PROJECTED]: PROJECTED_VALUE } };

export function placementOf(cluster: string, name: string, spec: Partial<EdgePlacementSpec>): EdgePlacement {
  return {
    apiVersion: 'edge.kubestellar.io/v2alpha1',
    kind: 'EdgePlacement',
    metadata: { name, uid: `uid-${name}`, annotations: { 'kcp.io/cluster': cluster } },
    spec: { locationSelectors: [], ...spec } as EdgePlacementSpec,
  };
}

/** A destination; its mailbox is called as the tests like it. */
export const destinationOf = (locationName: string, cluster = 'imw'): SinglePlacement => ({
  cluster,
  locationName,
  syncTargetName: locationName,
  syncTargetUID: `uid-${locationName}`,
});

/** An EdgePlacement that leads to these mailboxes, one Location each; to nobody knows where if undefined. */
export function resolvedOf(
  placement: EdgePlacement,
  mailboxes: readonly string[] | undefined,
  more: Partial<ResolvedPlacement> = {},
): ResolvedPlacement {
  return {
    placement,
    destinations: mailboxes && new Map(mailboxes.map((name) => [name, [destinationOf(`at-${name}`)]])),
    unproven: new Set(),
    refused: [],
    isOverBudget: false,
    ...more,
  };
}

export function mailboxOf(name: string, isOrphan = false): Mailbox {
  const origin = { core: 'core', syncTarget: `target-of-${name}` };
  return { name, cluster: `cluster-of-${name}`, origin, isOrphan: async () => isOrphan };
}

/** A logger that keeps what is logged as warning or error. */
export function loggerOf(lines: unknown[] = []): Logger {
  const keep = (...line: unknown[]) => void lines.push(line);
  const drop = () => undefined;
  return { debug: drop, info: drop, warn: keep, error: keep } as unknown as Logger;
}

const TARGET_UID = 'b8f1b1f6-7a30-4a34-9b41-4d9c1c6d5b0e';

/** The mailbox workspace of `mailboxWorld`. */
export const MAILBOX = {
  name: mailboxWorkspaceName('imw', TARGET_UID),
  cluster: 'mb1',
  origin: { core: 'core', syncTarget: TARGET_UID },
} as const;

/** A server in memory (lib/testing), as far as it is filled here. */
interface Store {
  served: Resource[];
  put(cluster: string, resource: Resource, object: KubeObject): unknown;
}

/**
 * Fills a server with one SyncTarget, its Location and its mailbox workspace, and an EdgePlacement `p` of the workspace w1 that
 * leads the ConfigMaps and Deployments of the Namespace `ns` there.
 */
export function mailboxWorld<S extends Store>(server: S): S {
  server.served.push(NAMESPACES, CONFIG_MAPS, SECRETS, DEPLOYMENTS, SYNCER_CONFIGS);
  const destination = { ...destinationOf('edge1'), syncTargetUID: TARGET_UID };
  const labels = { env: 'test' };
  const reference = { export: { path: 'root:espw', name: EDGE_GROUP } };
  const matchLabels = { matchLabels: labels };
  const workspace = { spec: { cluster: MAILBOX.cluster }, status: { phase: 'Ready' } };
  const spec = {
    locationSelectors: [matchLabels],
    wantSingletonReportedState: true,
    downsync: [
      { apiGroup: '', resources: ['configmaps'], namespaces: ['ns'] },
      { apiGroup: 'apps', resources: ['deployments'], namespaces: ['ns'] },
    ],
  };
  server.put('imw', SYNC_TARGETS, objectOf(SYNC_TARGETS, 'imw', 'edge1', { uid: TARGET_UID, labels }));
  server.put(
    'imw',
    LOCATIONS,
    objectOf(LOCATIONS, 'imw', 'edge1', { labels }, { spec: { instanceSelector: matchLabels } }),
  );
  server.put('espw', WORKSPACES, objectOf(WORKSPACES, 'espw', MAILBOX.name, {}, workspace));
  server.put(
    MAILBOX.cluster,
    API_BINDINGS,
    objectOf(API_BINDINGS, MAILBOX.cluster, MAILBOX_BINDING, {}, { spec: { reference } }),
  );
  server.put('w1', EDGE_PLACEMENTS, placementOf('w1', 'p', spec));
  server.put(
    'w1',
    SINGLE_PLACEMENT_SLICES,
    objectOf(SINGLE_PLACEMENT_SLICES, 'w1', 'p', {}, { destinations: [destination] }),
  );
  return server;
}

/** Of workers that evaluate nothing: whoever asks waits. */
export const EVALUATOR = {
  shares: { waitOf: () => 0 },
  evaluate: () => new Promise(() => undefined),
  stop: () => undefined,
} as unknown as Evaluator;
