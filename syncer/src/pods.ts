/** Whether a syncer of our own installation is still there, as the cluster knows that runs its pods. */
import { readFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { PODS } from '@kubestellar/api';
import type { KubeClient } from '@kubestellar/kube';
import { isSameInstallation } from '@kubestellar/rules';

/** Where a pod finds its namespace. */
const NAMESPACE_FILE = '/var/run/secrets/kubernetes.io/serviceaccount/namespace';
/** A pod's host name is its own name, as far as that fits into a label of DNS. */
const LONGEST_HOST = 63;

/** @returns the Namespace of the pod that this process is in; undefined outside of one */
export async function ownNamespace(path = NAMESPACE_FILE): Promise<string | undefined> {
  const found = await readFile(path, 'utf8').catch(() => '');
  return found.trim() || undefined;
}

/** Where pods are looked for. */
export interface PodsOptions {
  wec: Pick<KubeClient, 'list'>;
  namespace: string;
  /** Who we are as holder of the Lease. */
  own: string;
  host?: string;
}

/**
 * A holder that says that it is of our installation is a pod beside us, or it is dead, or never was: whoever can write
 * the Lease can say so. Nothing is known of it where we don't find ourselves among the pods, as on a host's network.
 * @returns whether a holder is no pod of our Namespace, although it says so
 */
export function missingPods({ wec, namespace, own, host = hostname() }: PodsOptions) {
  return async (holder: string): Promise<boolean> => {
    if (!isSameInstallation(holder, own)) return false;
    const [, claimed] = holder.split('/');
    try {
      const pods = await wec.list(PODS, { namespace });
      const hosts = pods.map(({ metadata }) => hostOf(metadata.name));
      const others = hosts.filter((each) => each !== host);
      // In our own pod nobody else can hold it: a former process of it has ended.
      return hosts.includes(host) && holder !== own && !others.includes(claimed ?? '');
    } catch {
      // The cluster does not answer: the Lease's own time counts.
      return false;
    }
  };
}

/** As Kubernetes makes it of a pod's name. */
function hostOf(name: string): string {
  return name.slice(0, LONGEST_HOST).replace(/[-.]+$/, '');
}
