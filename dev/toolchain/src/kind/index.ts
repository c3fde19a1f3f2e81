import { contextOf, type ProvideOptions } from '../context.ts';
import * as clusters from './cluster.ts';
import { whyNoEngine } from './engine.ts';

export type { Cluster, ClusterOptions, PortMapping } from './cluster.ts';

/**
 * Makes sure that the kind cluster of `cluster.name` is there and its node Ready: provides kind, Docker and the
 * node image too, which takes minutes the first time. Throws ToolchainError.
 */
export async function ensureKindCluster(
  cluster: clusters.ClusterOptions,
  options: ProvideOptions,
): Promise<clusters.Cluster> {
  return clusters.ensureCluster(contextOf(options), cluster);
}

/** Loads image archives into the nodes of the kind cluster `name`. Throws ToolchainError. */
export async function loadIntoKind(
  name: string,
  archives: readonly string[],
  options: ProvideOptions,
): Promise<void> {
  return clusters.loadArchives(contextOf(options), name, archives);
}

/** Deletes the kind cluster `name`, if it is there. Throws ToolchainError. */
export async function deleteKindCluster(name: string, options: ProvideOptions): Promise<void> {
  return clusters.deleteCluster(contextOf(options), name);
}

/** The names of all kind clusters of this machine; empty when Docker does not run. Throws ToolchainError. */
export async function listKindClusters(options: ProvideOptions): Promise<string[]> {
  return clusters.listClusters(contextOf(options));
}

/** Why no kind cluster can be made here; undefined when it can, possibly after an installation. */
export async function whyNoKind(options: ProvideOptions): Promise<string | undefined> {
  return whyNoEngine(contextOf(options));
}
