/** How scenarios write objects, and wait for what becomes of them. */
import {
  apiVersionOf,
  CONFIG_MAPS,
  CUSTOM_RESOURCE_DEFINITIONS,
  type DownsyncObjectTest,
  EDGE_PLACEMENTS,
  type EdgePlacement,
  type EdgePlacementSpec,
  type KubeObject,
  NAMESPACES,
  type Resource,
  SINGLE_PLACEMENT_SLICES,
  type SinglePlacementSlice,
} from '@kubestellar/api';
import { isNotFound, type KubeClient } from '@kubestellar/kube';
import { USER } from './core.ts';
import { eventually } from './eventually.ts';
import { crdOf, objectOf } from './kinds.ts';

export type Content = { [field: string]: unknown };
type Metadata = Partial<KubeObject['metadata']>;
/** An object as a server returns it. */
export type Read = KubeObject & Content & { data?: { [key: string]: string } };

export const ONE = [{ matchLabels: { name: 'edge1' } }];
export const BOTH = [{ matchLabels: { env: 'demo' } }];
/** Seconds that a step may take, on a machine that has much else to do. */
const PATIENCE = 60;

/** Makes names that are not those of an earlier run on the same servers. */
const RUN = Math.random().toString(36).slice(2, 6);
let names = 0;

/** @returns a name that nothing else has */
export function fresh(prefix = 'part'): string {
  return `${prefix}-${RUN}-${++names}`;
}

/** Makes a Namespace of its own for a scenario. @returns its name */
export async function namespace(workspace: KubeClient, labels: Record<string, string> = {}): Promise<string> {
  const name = fresh();
  await create(workspace, NAMESPACES, name, undefined, {}, { labels });
  return name;
}

/** Makes a kind of its own for a scenario, by CRDs in some workspaces or clusters. @returns once all serve it */
export async function kind(servers: readonly KubeClient[], namespaced = true): Promise<Resource> {
  const name = fresh('thing');
  const resource = {
    group: `${name}.test`,
    version: 'v1',
    plural: `${name}s`,
    kind: `Thing${RUN}${names}`,
    namespaced,
  };
  for (const server of servers) await define(server, crdOf(resource), resource);
  return resource;
}

/** Makes a CRD. @returns once its kind is served */
export async function define(server: KubeClient, definition: KubeObject, resource: Resource): Promise<void> {
  await server.create(CUSTOM_RESOURCE_DEFINITIONS, definition, USER);
  await eventually(
    `${resource.plural} to be served`,
    () => server.list(resource),
    () => true,
    PATIENCE,
  );
}

export function create(
  server: KubeClient,
  resource: Resource,
  name: string,
  in_?: string,
  content: Content = {},
  metadata: Metadata = {},
): Promise<KubeObject> {
  const object = objectOf(resource, name, in_ ?? '', content);
  const all = { ...object, metadata: { ...object.metadata, labels: {}, ...metadata } };
  return server.create(resource, all, USER);
}

/** Places objects; tests without an apiGroup are of the core group. Only edge1 is a destination unless said otherwise. */
export async function place(
  workspace: KubeClient,
  name: string,
  downsync: readonly Partial<DownsyncObjectTest>[],
  more: Partial<EdgePlacementSpec> = {},
): Promise<void> {
  const spec = {
    locationSelectors: ONE,
    downsync: downsync.map((each) => ({ apiGroup: '', ...each })),
    ...more,
  };
  const placement: KubeObject = {
    apiVersion: apiVersionOf(EDGE_PLACEMENTS),
    kind: EDGE_PLACEMENTS.kind,
    metadata: { name },
    spec,
  };
  await workspace.apply(EDGE_PLACEMENTS, placement, USER);
}

/** Sets the entry `from` of a ConfigMap. */
export function write(server: KubeClient, name: string, in_: string, from: string): Promise<KubeObject> {
  return server.mergePatch(CONFIG_MAPS, { name, namespace: in_ }, { data: { from } }, USER);
}

export function annotate(
  server: KubeClient,
  name: string,
  in_: string,
  annotations: { [key: string]: string | null },
): Promise<KubeObject> {
  return server.mergePatch(CONFIG_MAPS, { name, namespace: in_ }, { metadata: { annotations } }, USER);
}

export function label(
  server: KubeClient,
  resource: Resource,
  name: string,
  in_: string | undefined,
  labels: { [key: string]: string | null },
): Promise<KubeObject> {
  return server.mergePatch(resource, { name, namespace: in_ }, { metadata: { labels } }, USER);
}

/** @returns undefined when the server has no such object, or does not serve its kind */
export async function read(
  server: KubeClient,
  resource: Resource,
  name: string,
  in_?: string,
): Promise<Read | undefined> {
  try {
    return await server.get<Read>(resource, { name, namespace: in_ });
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

/** Waits until a server has an object, and it is as expected. */
export async function arrives(
  server: KubeClient,
  resource: Resource,
  name: string,
  in_?: string,
  accept: (object: Read) => boolean = () => true,
  seconds = PATIENCE,
): Promise<Read> {
  const found = await eventually(
    `${resource.kind} ${name} to arrive as expected`,
    () => read(server, resource, name, in_),
    (object) => object !== undefined && accept(object),
    seconds,
  );
  return found as Read;
}

/** Waits until a server has no such object. */
export async function leaves(
  server: KubeClient,
  resource: Resource,
  name: string,
  in_?: string,
): Promise<void> {
  await eventually(
    `${resource.kind} ${name} to leave`,
    () => read(server, resource, name, in_),
    (object) => object === undefined,
    PATIENCE,
  );
}

/** Waits until the entry `from` of a ConfigMap has this value. */
export async function carries(server: KubeClient, name: string, in_: string, from: string): Promise<void> {
  await arrives(server, CONFIG_MAPS, name, in_, ({ data }) => data?.from === from);
}

/** Waits until a ConfigMap that is made now, in a Namespace that is placed, has come: so has what went before it. */
export async function settles(workspace: KubeClient, server: KubeClient, in_: string): Promise<void> {
  const marker = fresh('marker');
  await create(workspace, CONFIG_MAPS, marker, in_);
  await arrives(server, CONFIG_MAPS, marker, in_);
}

/** Waits until an EdgePlacement is as expected. */
export async function placementIs(
  workspace: KubeClient,
  name: string,
  accept: (placement: EdgePlacement) => boolean,
): Promise<EdgePlacement> {
  const found = await eventually(
    `EdgePlacement ${name} to be as expected`,
    () => workspace.get<EdgePlacement>(EDGE_PLACEMENTS, { name }),
    (placement) => placement !== undefined && accept(placement),
    PATIENCE,
  );
  return found as EdgePlacement;
}

/** Waits until an EdgePlacement leads to just these destinations, each as `<Location> <SyncTarget>`, sorted. */
export async function leadsTo(workspace: KubeClient, name: string, places: readonly string[]): Promise<void> {
  const ask = async () => {
    const slice = await workspace.get<SinglePlacementSlice>(SINGLE_PLACEMENT_SLICES, { name });
    return slice?.destinations.map(({ locationName, syncTargetName }) => `${locationName} ${syncTargetName}`);
  };
  await eventually(
    `the destinations of ${name} to be ${places}`,
    ask,
    (found) => found !== undefined && `${found.sort()}` === `${places}`,
    PATIENCE,
  );
}

/** What an object tells by its annotations to be wrong with it. */
export function problemsOf(object: KubeObject | undefined): string[] {
  const annotations = object?.metadata.annotations ?? {};
  const told = Object.keys(annotations).filter((key) => key.startsWith('validation-error.kubestellar.io/'));
  return told.map((_, n) => annotations[`validation-error.kubestellar.io/${n}`] ?? '');
}
