/** How the scenarios of customization write objects and Customizers, and look at the copies. */
import {
  CLUSTER_ROLES,
  CONFIG_MAPS,
  CUSTOMIZERS,
  type KubeObject,
  LOCATIONS,
  type Resource,
} from '@kubestellar/api';
import type { KubeClient } from '@kubestellar/kube';
import { CLUSTERS, type Cluster, type Core, USER } from '../core.ts';
import { eventually } from '../eventually.ts';
import { arrives, BOTH, type Content, create, namespace, place, problemsOf } from '../objects.ts';

export const CUSTOMIZER = 'edge.kubestellar.io/customizer';
const EXPAND = 'edge.kubestellar.io/expand-parameters';
export const EXPANDING = { [EXPAND]: 'true' };

type Annotations = { [key: string]: string };

/** Makes a Namespace whose objects go to both clusters. @returns its name */
export async function customized(workspace: KubeClient): Promise<string> {
  const in_ = await namespace(workspace);
  const ours = { namespaces: [in_] };
  const labelSelectors = [{ matchLabels: { part: in_ } }];
  await place(
    workspace,
    in_,
    [ours, { apiGroup: 'apps', ...ours }, { apiGroup: CLUSTER_ROLES.group, labelSelectors }],
    {
      locationSelectors: BOTH,
    },
  );
  return in_;
}

/** Makes a ConfigMap with these data and annotations. */
export function configMap(
  workspace: KubeClient,
  name: string,
  in_: string,
  data: { [key: string]: string },
  annotations: Annotations,
): Promise<KubeObject> {
  return create(workspace, CONFIG_MAPS, name, in_, { data }, { labels: { app: name }, annotations });
}

/** Makes a Customizer that sets these values, in JSON text, at these paths. */
export function customizer(
  workspace: KubeClient,
  name: string,
  in_: string,
  replacements: { [path: string]: string },
  annotations: Annotations = {},
): Promise<KubeObject> {
  const list = Object.entries(replacements).map(([path, value]) => ({ path, value }));
  return create(workspace, CUSTOMIZERS, name, in_, { replacements: list }, { annotations });
}

/** Changes labels or annotations of the Location of a cluster; null takes one away. */
export function patchLocation({ imw }: Core, name: Cluster, metadata: Content): Promise<KubeObject> {
  return imw.mergePatch(LOCATIONS, { name }, { metadata }, USER);
}

/** Waits until the ConfigMap has exactly these data in each of the clusters. */
export async function carriesData(
  core: Core,
  name: string,
  in_: string,
  data: Content,
  clusters: readonly Cluster[] = CLUSTERS,
): Promise<void> {
  for (const cluster of clusters)
    await arrives(core[cluster], CONFIG_MAPS, name, in_, (object) => {
      const found = Object.entries(object.data ?? {});
      return found.length === Object.keys(data).length && found.every(([key, value]) => data[key] === value);
    });
}

/** Waits until an object tells exactly these problems. */
export async function tells(
  workspace: KubeClient,
  resource: Resource,
  name: string,
  in_: string | undefined,
  problems: readonly RegExp[],
): Promise<void> {
  await eventually(
    `the problems told by ${name}`,
    async () => problemsOf(await workspace.get<KubeObject>(resource, { name, namespace: in_ })),
    (told) => told.length === problems.length && problems.every((problem, n) => problem.test(told[n] ?? '')),
    60,
  );
}
