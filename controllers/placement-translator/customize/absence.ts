import { type KubeClient, parseKey } from '@kubestellar/kube';
import type { Plan } from './plan.ts';

/**
 * Whether all that a plan lacks is really not there. Watches of different kinds don't keep step: an object may
 * be seen before the Customizer that was made before it, and must not go out uncustomized in between.
 * @param everywhere a client that may read in all workspaces
 */
export async function isProvenMissing(everywhere: KubeClient, missing: Plan['missing']): Promise<boolean> {
  const found = await Promise.all(
    missing.map(({ resource, key }) => {
      const { cluster, namespace, name } = parseKey(key);
      return everywhere.workspace(cluster).get(resource, { name, namespace: namespace || undefined });
    }),
  );
  return found.every((each) => each === undefined);
}
