import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type KubeObject,
  LOCATIONS,
  mailboxWorkspacePath,
  SYNC_TARGETS,
  WORKSPACES,
  type Workspace,
} from '@kubestellar/api';
import { clusterOf, KubeClient } from '@kubestellar/kube';
import { assert } from '@kubestellar/testing';
import { eventually } from './eventually.ts';
import type { LocalHome } from './local.ts';

export const USER = { fieldManager: 'user' };
export const CLUSTERS = ['edge1', 'edge2'] as const;
export type Cluster = (typeof CLUSTERS)[number];

/** A core with two clusters, and an administrator's clients. */
export interface Servers {
  home: LocalHome;
  root: KubeClient;
  espw: KubeClient;
  imw: KubeClient;
  edge1: KubeClient;
  edge2: KubeClient;
  /** The mailbox workspaces of the clusters. */
  mailboxes: Record<Cluster, KubeClient>;
  /** Runs a script with a kubeconfig of its own, current workspace root. @returns its stdout */
  shell(script: string): Promise<string>;
}

/** What a scenario works on. The clusters and the inventory are shared by all; names must be its own. */
export interface Core extends Servers {
  /** Two workload workspaces that no other scenario uses meanwhile; the second lacks the Kubernetes APIs. */
  wmw: KubeClient;
  other: KubeClient;
}

/** Starts a core with two clusters. */
export async function startServers(home: LocalHome): Promise<Servers> {
  await home.start();
  const kubeconfig = `${home.path}/admin.kubeconfig`;
  const root = await KubeClient.fromKubeconfig({ kubeconfig, context: 'root' });
  const [edge1, edge2] = await Promise.all(
    CLUSTERS.map((name) => KubeClient.fromKubeconfig({ kubeconfig: home.wec(name) })),
  );
  assert.ok(edge1 && edge2);
  const [espw, imw] = [root.workspace('root:espw'), root.workspace('root:imw1')];
  const mailboxes = {
    edge1: await mailboxIn(root, imw, 'edge1'),
    edge2: await mailboxIn(root, imw, 'edge2'),
  };
  return { home, root, espw, imw, edge1, edge2, mailboxes, shell: shellIn(home) };
}

/** Starts a core with two clusters. @returns one Core for each lane, all on the same servers */
export async function startCore(home: LocalHome, lanes: number): Promise<Core[]> {
  const shared = await startServers(home);
  return Promise.all(
    Array.from({ length: lanes }, async (_, lane): Promise<Core> => {
      const names = [`wmw-${lane}`, `other-${lane}`] as const;
      await shared.shell(`
        kubectl kubestellar ensure wmw ${names[0]}
        kubectl ws root && kubectl kubestellar ensure wmw ${names[1]} --with-kube false`);
      const { root } = shared;
      const [wmw, other] = [root.workspace(`root:${names[0]}`), root.workspace(`root:${names[1]}`)];
      return { ...shared, wmw, other };
    }),
  );
}

/** Ends the connections. */
export async function closeCore(core: Servers | undefined): Promise<void> {
  if (!core) return;
  await Promise.all([core.root, core.edge1, core.edge2].map(({ connection }) => connection.close()));
}

/** @returns a client at the mailbox workspace of a SyncTarget */
async function mailboxIn(root: KubeClient, imw: KubeClient, syncTarget: string): Promise<KubeClient> {
  const target = await imw.get(SYNC_TARGETS, { name: syncTarget });
  assert.ok(target, `there is no SyncTarget ${syncTarget}`);
  return root.workspace(mailboxWorkspacePath(clusterOf(target), target.metadata.uid ?? ''));
}

/** A SyncTarget with its Location, whose labels are `ring: <name>`; no syncer works for it. */
export interface Destination {
  name: string;
  target: KubeObject;
  mailbox: KubeClient;
  end(): Promise<void>;
}

/** Makes a destination of the scenario's own. @returns once its mailbox workspace is there */
export async function destination({ root, imw, espw }: Servers, name: string): Promise<Destination> {
  const target = await imw.create<KubeObject>(SYNC_TARGETS, syncTarget(name, { id: name }), USER);
  await imw.create<KubeObject>(
    LOCATIONS,
    location(name, { ring: name }, { matchLabels: { id: name } }),
    USER,
  );
  const path = mailboxWorkspacePath(clusterOf(target), target.metadata.uid ?? '');
  const workspace = path.slice(path.lastIndexOf(':') + 1);
  await eventually(
    `the mailbox workspace of ${name}`,
    () => espw.get<Workspace>(WORKSPACES, { name: workspace }),
    (found) => found?.status?.phase === 'Ready',
    60,
  );
  const end = async () => {
    await imw.delete(LOCATIONS, { name });
    await imw.delete(SYNC_TARGETS, { name });
  };
  return { name, target, mailbox: root.workspace(path), end };
}

export function syncTarget(name: string, labels: Record<string, string>, spec: object = {}): KubeObject {
  const { group, version, kind } = SYNC_TARGETS;
  return { apiVersion: `${group}/${version}`, kind, metadata: { name, labels }, spec };
}

/** A Location; without an instanceSelector it selects no SyncTarget. */
export function location(
  name: string,
  labels: Record<string, string>,
  instanceSelector?: object,
): KubeObject {
  const { group, version, kind } = LOCATIONS;
  const spec = {
    resource: { group, version, resource: SYNC_TARGETS.plural },
    ...(instanceSelector ? { instanceSelector } : {}),
  };
  return { apiVersion: `${group}/${version}`, kind, metadata: { name, labels }, spec };
}

function shellIn(home: LocalHome): Core['shell'] {
  let shells = 0;
  return async (script) => {
    const kubeconfig = join(home.path, `shell-${++shells}.kubeconfig`);
    await copyFile(`${home.path}/admin.kubeconfig`, kubeconfig);
    return home.must(`kubectl config use-context root >/dev/null\n${script}`, { KUBECONFIG: kubeconfig });
  };
}
