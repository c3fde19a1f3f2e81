import type { Resource } from '@kubestellar/api';
import type { KubeClient } from './client.ts';
import { isApiError } from './errors.ts';

/** A resource that a server or workspace serves, in the version that it prefers. */
export interface ServedResource extends Resource {
  verbs: readonly string[];
  /** Subresources such as `status` and `scale`. */
  subresources: ReadonlySet<string>;
  /** All served versions, the preferred one first. */
  versions: readonly string[];
}

const AGGREGATED = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';

/**
 * Reads which resources a workspace or cluster serves.
 * @returns each resource once, in its preferred version
 * @throws ApiError or ConnectionError when any part cannot be read: a partial result would look like absence
 */
export async function discover(client: KubeClient): Promise<ServedResource[]> {
  const [core, named] = await Promise.all([discoverAggregated(client, '/api'), discoverNamed(client)]);
  return [...core, ...named];
}

/** kcp (v0.31) has the aggregated format for the core group only and responds with 406 for the rest. */
async function discoverNamed(client: KubeClient): Promise<ServedResource[]> {
  try {
    return await discoverAggregated(client, '/apis');
  } catch (error) {
    if (!isApiError(error, 406)) throw error;
    return discoverByGroup(client);
  }
}

interface AggregatedList {
  items: {
    metadata: { name?: string };
    versions: {
      version: string;
      resources?: {
        resource: string;
        responseKind?: { kind?: string };
        scope: string;
        verbs: string[];
        subresources?: { subresource: string }[];
      }[];
    }[];
  }[];
}

async function discoverAggregated(client: KubeClient, path: string): Promise<ServedResource[]> {
  const response = await client.request<AggregatedList>('GET', path, { accept: AGGREGATED });
  return response.items.flatMap((group) => {
    const versions = group.versions.map(({ version, resources = [] }) => ({
      version,
      resources: resources.map((each) => ({
        plural: each.resource,
        kind: each.responseKind?.kind ?? '',
        namespaced: each.scope === 'Namespaced',
        verbs: each.verbs,
        subresources: new Set((each.subresources ?? []).map((sub) => sub.subresource)),
      })),
    }));
    return merge(group.metadata.name ?? '', versions);
  });
}

interface GroupList {
  groups: { name: string; versions: { version: string }[]; preferredVersion: { version: string } }[];
}

interface ResourceList {
  resources: { name: string; kind: string; namespaced: boolean; verbs: string[] }[];
}

async function discoverByGroup(client: KubeClient): Promise<ServedResource[]> {
  const { groups } = await client.request<GroupList>('GET', '/apis');
  const perGroup = groups.map(async (group) => {
    const preferred = group.preferredVersion.version;
    const names = group.versions.map(({ version }) => version).filter((version) => version !== preferred);
    const versions = [preferred, ...names].map(async (version) => {
      const list = await client.request<ResourceList>('GET', `/apis/${group.name}/${version}`);
      return { version, resources: fromResourceList(list) };
    });
    return merge(group.name, await Promise.all(versions));
  });
  return (await Promise.all(perGroup)).flat();
}

type VersionedResource = Omit<ServedResource, 'group' | 'version' | 'versions'>;

function fromResourceList({ resources }: ResourceList): VersionedResource[] {
  const subresources = resources.filter(({ name }) => name.includes('/')).map(({ name }) => name.split('/'));
  return resources
    .filter(({ name }) => !name.includes('/'))
    .map(({ name, kind, namespaced, verbs }) => ({
      plural: name,
      kind,
      namespaced,
      verbs,
      subresources: new Set(subresources.flatMap(([plural, sub]) => (plural === name && sub ? [sub] : []))),
    }));
}

function merge(
  group: string,
  versions: { version: string; resources: VersionedResource[] }[],
): ServedResource[] {
  const merged = new Map<string, ServedResource>();
  for (const { version, resources } of versions) {
    for (const resource of resources) {
      const known = merged.get(resource.plural);
      if (known) merged.set(resource.plural, { ...known, versions: [...known.versions, version] });
      else merged.set(resource.plural, { ...resource, group, version, versions: [version] });
    }
  }
  return [...merged.values()];
}
