import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  API_BINDINGS,
  type APIBinding,
  CONFIG_MAPS,
  type KubeObject,
  LOCATIONS,
  LOGICAL_CLUSTERS,
  type Resource,
  SECRETS,
  SYNC_TARGETS,
} from '@kubestellar/api';
import { clusterOf, KubeClient } from '@kubestellar/kube';
import { assert } from '@kubestellar/testing';
import { parse } from 'yaml';
import { CLUSTERS, type Servers, USER } from '../core.ts';
import { kubeconfigFor, newTenant, type Tenant } from '../tenant.ts';
import { Canary, type Findings } from './findings.ts';
import type { Scene, Workspace } from './move.ts';
import { Victim } from './victim.ts';
import type { Server } from './wire.ts';

/** What the clusters have by themselves, and no tenant may take over. */
const CLUSTER_OWNED = [
  { namespace: 'kube-system', name: 'cluster-owned' },
  { namespace: 'kube-public', name: 'cluster-owned' },
];
const OWNED_VALUE = 'b3duZWQ=';

/** Two tenants of one core, of whom one is hostile, and who looks after what. */
export class Stage {
  readonly servers: Servers;
  readonly canary = new Canary();
  readonly victim: Victim;
  /** Of the victim. */
  readonly tenant: Tenant;
  /** kcp and the workspace proxy, for who has no business there. */
  readonly kcp: Server;
  readonly proxy: Server;
  /** By whom each mailbox workspace is asked what its syncer may do. */
  readonly syncers: readonly KubeClient[];
  readonly #throughProxy: KubeClient;

  private constructor(
    parts: Pick<Stage, 'servers' | 'tenant' | 'kcp' | 'proxy' | 'syncers'> & { throughProxy: KubeClient },
  ) {
    ({
      servers: this.servers,
      tenant: this.tenant,
      kcp: this.kcp,
      proxy: this.proxy,
      syncers: this.syncers,
    } = parts);
    this.#throughProxy = parts.throughProxy;
    const { mailboxes, edge1, edge2 } = this.servers;
    this.victim = new Victim(
      'victim',
      {
        clients: [this.tenant.client, this.#throughProxy],
        workspace: this.tenant.admin,
        mailboxes: Object.values(mailboxes),
        clusters: [edge1, edge2],
      },
      this.canary,
    );
  }

  /** Makes the victim's workspace and what the clusters own, and begins to change the victim's objects. */
  static async of(servers: Servers): Promise<Stage> {
    const { home, mailboxes } = servers;
    const tenant = await newTenant(servers);
    const [kcp, proxy] = await Promise.all(
      ['admin', 'view'].map((name) => readFile(join(home.path, `${name}.kubeconfig`), 'utf8')),
    );
    assert.ok(kcp && proxy);
    const contents = kubeconfigFor(proxy, tenant.workspace, tenant.token);
    const throughProxy = await KubeClient.fromKubeconfig({ contents });
    const syncers = await Promise.all(
      CLUSTERS.map(async (name) => {
        const kubeconfig = join(home.path, 'wecs', name, 'syncer-mailbox.kubeconfig');
        return (await KubeClient.fromKubeconfig({ kubeconfig })).workspace(mailboxes[name].workspaceName);
      }),
    );
    const stage = new Stage({
      ...{ servers, tenant, syncers, throughProxy },
      ...{ kcp: serverOf(kcp), proxy: serverOf(proxy) },
    });
    await stage.#giveToClusters();
    return stage;
  }

  /** What a hostile tenant may know. */
  async sceneFor(hostile: Tenant): Promise<Scene> {
    const { espw, imw, root, mailboxes } = this.servers;
    const [targets, locations, bindings] = await Promise.all([
      imw.list(SYNC_TARGETS),
      imw.list(LOCATIONS),
      hostile.client.list<APIBinding>(API_BINDINGS),
    ]);
    const bound = bindings.flatMap(({ status }) => status?.boundResources ?? []);
    return {
      own: await workspaceOf(hostile.admin),
      victim: {
        ...(await workspaceOf(this.tenant.admin)),
        namespace: this.victim.namespace,
        group: this.victim.group,
      },
      mailboxes: await Promise.all(Object.values(mailboxes).map(workspaceOf)),
      others: await Promise.all([espw, imw, root, root.workspace('root:compute')].map(workspaceOf)),
      destinations: targets.map((target) => ({
        cluster: clusterOf(target),
        locationName: locations.find(({ metadata }) => metadata.name === target.metadata.name)?.metadata.name,
        syncTargetName: target.metadata.name,
        syncTargetUID: target.metadata.uid,
      })),
      clusterOwned: CLUSTER_OWNED,
      identities: new Map(
        bound.map(({ group, resource, schema }) => [`${resource}.${group}`, schema.identityHash]),
      ),
    };
  }

  /** Looks at what no tenant may have changed in the clusters. */
  async lookAtClusters(findings: Findings): Promise<void> {
    const { edge1, edge2 } = this.servers;
    for (const cluster of [edge1, edge2]) {
      for (const [resource, ref] of owned()) {
        const object = await cluster.get<KubeObject & { data?: { v?: string } }>(resource, ref);
        const where = `${resource.kind} ${ref.namespace}/${ref.name} in ${cluster.connection.server}`;
        if (!object) findings.add(`removed: ${where}`);
        else if (object.data?.v !== OWNED_VALUE) findings.add(`changed: ${where}`);
      }
    }
  }

  async close(): Promise<void> {
    await this.victim.end();
    const clients = [this.#throughProxy, this.tenant.client, ...this.syncers];
    await Promise.all(clients.map(({ connection }) => connection.close()));
  }

  async #giveToClusters(): Promise<void> {
    const { edge1, edge2 } = this.servers;
    for (const cluster of [edge1, edge2]) {
      for (const [resource, metadata] of owned()) {
        const object = { apiVersion: 'v1', kind: resource.kind, metadata, data: { v: OWNED_VALUE } };
        await cluster.apply(resource, object as KubeObject, USER);
      }
    }
  }
}

/** The objects of the clusters: a ConfigMap and a Secret of each name. */
function owned(): [Resource, { name: string; namespace: string }][] {
  return CLUSTER_OWNED.flatMap((ref) =>
    [CONFIG_MAPS, SECRETS].map((resource): [Resource, typeof ref] => [resource, ref]),
  );
}

async function workspaceOf(client: KubeClient): Promise<Workspace> {
  const itself = await client.get(LOGICAL_CLUSTERS, { name: 'cluster' });
  assert.ok(itself, `${client.workspaceName} has no LogicalCluster`);
  return { path: client.workspaceName, cluster: clusterOf(itself) };
}

function serverOf(kubeconfig: string): Server {
  const [first] = (parse(kubeconfig) as { clusters: { cluster: { [field: string]: string } }[] }).clusters;
  const { server = '', 'certificate-authority-data': ca = '' } = first?.cluster ?? {};
  const { hostname, port } = new URL(server);
  return { host: hostname, port: Number(port), ca: Buffer.from(ca, 'base64').toString() };
}
