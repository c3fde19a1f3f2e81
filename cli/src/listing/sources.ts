/** Where the objects of one kind in all mailbox workspaces can be read. */
import type { APIBinding, CustomResourceDefinition, KubeObject, Resource } from '@kubestellar/api';
import { clusterOf, type KubeClient } from '@kubestellar/kube';

/** One list or watch. */
export interface Source {
  /** Equal for sources that read the same. */
  readonly key: string;
  readonly client: KubeClient;
  readonly resource: Resource;
}

/** How a kind is served in a workspace: bound from the export with that identity, or defined there by a CRD. */
export interface Provision {
  readonly cluster: string;
  readonly identity: string | undefined;
}

/** @returns how the kind is served in the workspace of this binding; undefined when not by this one */
export function boundBy(binding: APIBinding, kind: Resource): Provision | undefined {
  const found = binding.status?.boundResources?.find(
    ({ group, resource }) => group === kind.group && resource === kind.plural,
  );
  return found && { cluster: clusterOf(binding as KubeObject), identity: found.schema.identityHash };
}

/** The same for a CRD. */
export function definedBy(crd: CustomResourceDefinition, kind: Resource): Provision | undefined {
  const matches = crd.spec?.group === kind.group && crd.spec.names.plural === kind.plural;
  return matches ? { cluster: clusterOf(crd as KubeObject), identity: undefined } : undefined;
}

/**
 * A bound kind is read across all workspaces at once, by each identity that it has there; a CRD's kind can
 * only be read workspace by workspace; any other kind is one of kcp's own, or not served at all.
 * @param all a client of the server that may read everything
 * @param provisions those in mailbox workspaces
 */
export function sourcesOf(kind: Resource, all: KubeClient, provisions: readonly Provision[]): Source[] {
  const identities = new Set(provisions.flatMap(({ identity }) => identity ?? []));
  const clusters = new Set(
    provisions.flatMap(({ cluster, identity }) => (identity === undefined ? cluster : [])),
  );
  const everywhere = all.workspace('*');
  const sources = [
    ...[...identities].map((identity) => ({
      key: identity,
      client: everywhere,
      resource: { ...kind, plural: `${kind.plural}:${identity}` },
    })),
    ...[...clusters].map((cluster) => ({ key: cluster, client: all.workspace(cluster), resource: kind })),
  ];
  return sources.length > 0 ? sources : [{ key: 'native', client: everywhere, resource: kind }];
}
