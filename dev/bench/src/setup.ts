/** The servers that are measured: a core and clusters as `npm start` makes them, and what the bench puts there. */
import { CONFIG_MAPS, EDGE_PLACEMENTS, type KubeObject, NAMESPACES } from '@kubestellar/api';
import { isNotFound, KubeClient } from '@kubestellar/kube';
import { type LocalSetup, WMW } from '@kubestellar/local';
import { atOnce } from './at-once.ts';

/** A ConfigMap of the workload. */
export type ConfigMap = KubeObject & { data: Record<string, string> };

/** Clients to everything, for one run. */
export interface Bench {
  setup: LocalSetup;
  kcp: KubeClient;
  wmw: KubeClient;
  wecs: { name: string; client: KubeClient; mailbox: KubeClient }[];
  /** Tells the person one line. */
  log: (line: string) => void;
  signal: AbortSignal;
}

const MANAGER = { fieldManager: 'bench' };
/** Bytes of each object's data. */
const SIZE = 4000;

/** Connects to a setup. */
export async function connectBench(
  setup: LocalSetup,
  log: (line: string) => void,
  signal: AbortSignal,
): Promise<Bench> {
  const kcp = await KubeClient.fromKubeconfig({ kubeconfig: setup.kcp.kubeconfig, context: 'base' });
  const wecs = await Promise.all(
    setup.wecs.map(async ({ name, kubeconfig, mailbox }) => {
      const client = await KubeClient.fromKubeconfig({ kubeconfig });
      return { name, client, mailbox: kcp.workspace(mailbox) };
    }),
  );
  return { setup, kcp, wmw: kcp.workspace(WMW), wecs, log, signal };
}

/** Ends the connections. */
export async function closeBench({ kcp, wecs }: Bench): Promise<void> {
  await Promise.all([kcp, ...wecs.map(({ client }) => client)].map(({ connection }) => connection.close()));
}

/** @returns the object number `index` of a round, 4 kB that differ from one object and round to the next */
export function configMap(namespace: string, index: number): ConfigMap {
  const text = `${namespace}/${index} `;
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: `object-${index}`, namespace },
    data: { text: text.repeat(Math.ceil(SIZE / text.length)).slice(0, SIZE), revision: '0' },
  };
}

/** Makes the Namespace and the objects in the WMW. */
export async function createObjects({ wmw }: Bench, namespace: string, count: number): Promise<void> {
  await createNamespace(wmw, namespace);
  const objects = Array.from({ length: count }, (_, index) => configMap(namespace, index));
  await atOnce(32, objects, (object) => wmw.create(CONFIG_MAPS, object, MANAGER));
}

/** Makes a Namespace. */
export async function createNamespace(client: KubeClient, name: string): Promise<void> {
  await client.create(NAMESPACES, { apiVersion: 'v1', kind: 'Namespace', metadata: { name } }, MANAGER);
}

/** Makes the EdgePlacement that takes the ConfigMaps of a Namespace to every cluster. */
export async function place({ wmw }: Bench, namespace: string): Promise<void> {
  const placement = {
    apiVersion: `${EDGE_PLACEMENTS.group}/${EDGE_PLACEMENTS.version}`,
    kind: EDGE_PLACEMENTS.kind,
    metadata: { name: namespace },
    spec: {
      locationSelectors: [{ matchLabels: { env: 'demo' } }],
      downsync: [{ apiGroup: '', resources: ['configmaps'], namespaces: [namespace] }],
    },
  };
  await wmw.create(EDGE_PLACEMENTS, placement, MANAGER);
}

/** Removes what a round has made; the copies are to go by the EdgePlacement's end alone. */
export async function unplace(bench: Bench, namespace: string): Promise<void> {
  const { wmw, wecs, log, signal } = bench;
  await wmw.delete(EDGE_PLACEMENTS, { name: namespace });
  const places = wecs.flatMap(({ client, mailbox }) => [client, mailbox]);
  await atOnce(places.length, places, (client) => untilEmpty(client, namespace, signal));
  await removeObjects(wmw, namespace);
  await Promise.all(wecs.map(({ client }) => removeObjects(client, namespace)));
  log(`${namespace}: removed`);
}

/** Removes all ConfigMaps of a Namespace. */
export async function emptyNamespace(client: KubeClient, namespace: string): Promise<void> {
  await client.request('DELETE', `/api/v1/namespaces/${namespace}/configmaps`).catch(ignoreMissing);
}

/** Removes all ConfigMaps of a Namespace, then the Namespace; kcp's own controllers take long for many. */
export async function removeObjects(client: KubeClient, namespace: string): Promise<void> {
  await emptyNamespace(client, namespace);
  await client.delete(NAMESPACES, { name: namespace });
}

/** Seconds that copies may take to go. */
const LIMIT = 120;

async function untilEmpty(client: KubeClient, namespace: string, signal: AbortSignal): Promise<void> {
  const deadline = Date.now() + LIMIT * 1000;
  for (;;) {
    signal.throwIfAborted();
    const { items } = await client.listPage(CONFIG_MAPS, { namespace, limit: 2 });
    // Each Namespace has a ConfigMap of its own with the cluster's certificate.
    const left = items.filter(({ metadata }) => metadata.name.startsWith('object-'));
    if (left.length === 0) return;
    if (Date.now() > deadline)
      throw new Error(`copies in ${namespace} of ${client.workspaceName} are still there after ${LIMIT} s`);
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
}

function ignoreMissing(error: unknown): void {
  if (!isNotFound(error)) throw error;
}
