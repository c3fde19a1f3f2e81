import {
  API_BINDINGS,
  type APIBinding,
  apiVersionOf,
  CUSTOM_RESOURCE_DEFINITIONS,
  type CustomResourceDefinition,
  type KubeObject,
  parseMailboxWorkspaceName,
  type Resource,
  WORKSPACES,
  type Workspace,
} from '@kubestellar/api';
import { clusterOf, isNotFound, type KubeClient } from '@kubestellar/kube';
import { boundBy, definedBy, sourcesOf } from './sources.ts';

/** Where mailbox workspaces are listed, and where the objects in them are read. */
export interface Access {
  /** At the parent of the mailbox workspaces. */
  readonly parent: KubeClient;
  /** May read all workspaces. */
  readonly all: KubeClient;
}

/**
 * Lists all objects of a kind in mailbox workspaces, page by page.
 * @param show gets each object
 * @returns false when no workspace serves the kind
 */
export async function listOnce(
  { parent, all }: Access,
  kind: Resource,
  show: (object: KubeObject) => void,
): Promise<boolean> {
  const everywhere = all.workspace('*');
  const [workspaces, bindings, crds] = await Promise.all([
    parent.list<Workspace>(WORKSPACES),
    everywhere.list<APIBinding>(API_BINDINGS),
    everywhere.list<CustomResourceDefinition>(CUSTOM_RESOURCE_DEFINITIONS),
  ]);
  const mailboxes = new Set(workspaces.flatMap((workspace) => mailboxCluster(workspace) ?? []));
  const provisions = [
    ...bindings.flatMap((binding) => boundBy(binding, kind) ?? []),
    ...crds.flatMap((crd) => definedBy(crd, kind) ?? []),
  ].filter(({ cluster }) => mailboxes.has(cluster));
  let served = false;
  for (const { client, resource } of sourcesOf(kind, all, provisions)) {
    try {
      for await (const object of pages(client, resource)) {
        if (mailboxes.has(clusterOf(object))) show(typed(object, kind));
      }
      served = true;
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
  }
  return served;
}

/** @returns the ID of the logical cluster of a mailbox workspace; undefined for other workspaces */
export function mailboxCluster({ metadata, spec }: Workspace): string | undefined {
  return parseMailboxWorkspaceName(metadata.name) && spec?.cluster ? spec.cluster : undefined;
}

/** @returns the object with the kind that lists leave out, at its usual place */
export function typed(object: KubeObject, kind: Resource): KubeObject {
  const { apiVersion: _, kind: __, ...fields } = object;
  return { apiVersion: apiVersionOf(kind), kind: kind.kind, ...fields };
}

async function* pages(client: KubeClient, resource: Resource): AsyncGenerator<KubeObject> {
  let next: string | undefined;
  do {
    const page = await client.listPage(resource, { limit: 500, ...(next ? { continue: next } : {}) });
    yield* page.items;
    next = page.metadata.continue;
  } while (next);
}
