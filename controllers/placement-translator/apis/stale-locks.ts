import { FIELD_MANAGERS, type KubeObject, LOGICAL_CLUSTERS } from '@kubestellar/api';
import type { KubeClient } from '@kubestellar/kube';

/** Where kcp keeps, as JSON, what each resource (`plural.group`) of a workspace is served by. */
const LOCKS = 'internal.apis.kcp.io/resource-bindings';
const LOGICAL_CLUSTER = { name: 'cluster' };

/** `c` where that is a CRD. */
type Locks = { [groupResource: string]: { c?: boolean } };

/**
 * Has kcp forget that a workspace had CRDs, which are gone. kcp 0.31 never does by itself, so that an APIBinding for a
 * kind of the same name would stay in a naming conflict for ever; it looks again when the annotation changes.
 * @param client a client at the workspace
 * @param resources `plural.group` of those CRDs
 */
export async function forgetDefinitions(client: KubeClient, resources: ReadonlySet<string>): Promise<void> {
  const live = await client.get<KubeObject>(LOGICAL_CLUSTERS, LOGICAL_CLUSTER);
  const text = live?.metadata.annotations?.[LOCKS];
  if (!live || !text) return;
  const kept = withoutDefinitions(text, resources);
  if (kept === undefined) return;
  const { resourceVersion } = live.metadata;
  const patch = { metadata: { resourceVersion, annotations: { [LOCKS]: kept } } };
  await client.mergePatch(LOGICAL_CLUSTERS, LOGICAL_CLUSTER, patch, {
    fieldManager: FIELD_MANAGERS.placementTranslator,
  });
}

/** @returns the locks without those of CRDs of these resources; undefined when there are none of them */
export function withoutDefinitions(text: string, resources: ReadonlySet<string>): string | undefined {
  const locks = Object.entries(JSON.parse(text) as Locks);
  const kept = locks.filter(([resource, { c }]) => !c || !resources.has(resource));
  return kept.length === locks.length ? undefined : JSON.stringify(Object.fromEntries(kept));
}
