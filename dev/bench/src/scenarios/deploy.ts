import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  CONFIG_MAPS,
  EDGE_PLACEMENTS,
  ESPW_PATH,
  type KubeObject,
  LOCATIONS,
  SYNC_TARGETS,
  WORKSPACES,
} from '@kubestellar/api';
import { KubeClient } from '@kubestellar/kube';
import type { BenchArguments } from '../arguments.ts';
import { atOnce } from '../at-once.ts';
import { HostingCluster, prepareGround, startBare } from '../hosting.ts';
import { usageOf } from '../programs.ts';
import { atMost, type Result } from '../result.ts';
import { configMap, createNamespace } from '../setup.ts';
import { median, round } from '../statistics.ts';

/** How many times as long as bare processes a hosted core may take (issue "The hosting cluster", must show 3). */
const RATIO = 2;
/** Clusters that the load is for; nobody syncs them. */
const TARGETS = 2;
/** Seconds that the load's copies may take. */
const LIMIT = 600;
const MANAGER = { fieldManager: 'bench' };

/** The containers of the core, by their command lines. */
const CONTAINERS = {
  kcp: /(^|\/)kcp start /,
  'mailbox-controller': /mailbox-controller(\.js)? --server/,
  'where-resolver': /where-resolver(\.js)? --server/,
  'placement-translator': /placement-translator(\.js)? --server/,
  view: /(workspace-proxy|wmw-view)(\.js)? --server/,
  operator: /kubestellar-operator(\.js)? --namespace/,
};

/** From `deploy` to a core that is of use, beside the same of bare processes; and what its containers use. */
export async function deploy(
  { rounds, objects, keep }: BenchArguments,
  log: (line: string) => void,
  signal: AbortSignal,
): Promise<Result> {
  const folder = await mkdtemp(join(tmpdir(), 'kubestellar-bench-'));
  let cluster: HostingCluster | undefined;
  try {
    const ground = await prepareGround(folder, log, signal);
    cluster = await HostingCluster.create(ground);
    const hosted: number[] = [];
    const bare: number[] = [];
    let containers: Record<string, object> = {};
    for (let number = 1; number <= rounds; number++) {
      const processes = await startBare(ground);
      bare.push(round(processes.seconds, 1));
      await processes.end();
      const core = await cluster.deploy();
      hosted.push(round(core.seconds, 1));
      log(`round ${number}: bare ${bare.at(-1)} s, hosted ${hosted.at(-1)} s`);
      if (number === rounds) containers = await underLoad(cluster, core.kubeconfig, objects, log, signal);
      await core.end();
    }
    const ratio = round(median(hosted) / median(bare));
    return {
      scenario: 'deploy',
      rounds,
      seconds: { hosted, bare },
      medianSeconds: { hosted: median(hosted), bare: median(bare) },
      objects,
      containers,
      aims: [atMost('deploy, ratio to kubestellar start with a fresh kcp', ratio, RATIO)],
      invalid: [],
    };
  } finally {
    if (!keep) await cluster?.dispose();
    await rm(folder, { recursive: true, force: true });
  }
}

/** CPU (of one core) and memory of each container at rest and while objects are delivered to mailboxes. */
async function underLoad(
  cluster: HostingCluster,
  kubeconfig: string,
  objects: number,
  log: (line: string) => void,
  signal: AbortSignal,
): Promise<Record<string, object>> {
  const pids = await cluster.processes(CONTAINERS);
  const look = () => new Map([...pids].map(([name, pid]) => [name, usageOf(pid)] as const));
  const client = await KubeClient.fromKubeconfig({ kubeconfig, context: 'base' });
  try {
    const start = look();
    await sleep(20_000, undefined, { signal });
    const rested = look();
    const begin = performance.now();
    await load(client, objects, signal);
    const seconds = (performance.now() - begin) / 1000;
    log(`${objects * TARGETS} copies are in the mailboxes after ${round(seconds, 1)} s`);
    const loaded = look();
    return Object.fromEntries(
      [...loaded].map(([name, now]) => {
        const cpu = (from: typeof start, to: typeof start, time: number) =>
          round(((to.get(name)?.cpu ?? 0) - (from.get(name)?.cpu ?? 0)) / time, 3);
        return [
          name,
          {
            cpuAtRest: cpu(start, rested, 20),
            cpuUnderLoad: cpu(rested, loaded, seconds),
            peakMemoryAtRestMB: Math.round(rested.get(name)?.peak ?? 0),
            peakMemoryUnderLoadMB: Math.round(now.peak),
          },
        ];
      }),
    );
  } finally {
    await client.connection.close();
  }
}

async function load(client: KubeClient, objects: number, signal: AbortSignal): Promise<void> {
  const [imw, wmw] = [client.workspace('root:imw1'), client.workspace('root:wmw1')];
  for (let number = 1; number <= TARGETS; number++) {
    const name = `bench-${number}`;
    const labels = { id: name, env: 'bench' };
    await imw.create<KubeObject>(
      SYNC_TARGETS,
      { ...typed(SYNC_TARGETS), metadata: { name, labels }, spec: {} },
      MANAGER,
    );
    await imw.create<KubeObject>(
      LOCATIONS,
      {
        ...typed(LOCATIONS),
        metadata: { name, labels },
        spec: {
          resource: {
            group: SYNC_TARGETS.group,
            version: SYNC_TARGETS.version,
            resource: SYNC_TARGETS.plural,
          },
          instanceSelector: { matchLabels: { id: name } },
        },
      } as KubeObject,
      MANAGER,
    );
  }
  await createNamespace(wmw, 'bench');
  const all = Array.from({ length: objects }, (_, index) => configMap('bench', index));
  await atOnce(16, all, (object) => wmw.create(CONFIG_MAPS, object, MANAGER));
  await wmw.create<KubeObject>(
    EDGE_PLACEMENTS,
    {
      ...typed(EDGE_PLACEMENTS),
      metadata: { name: 'bench' },
      spec: {
        locationSelectors: [{ matchLabels: { env: 'bench' } }],
        downsync: [{ apiGroup: '', resources: ['configmaps'], namespaces: ['bench'] }],
      },
    } as KubeObject,
    MANAGER,
  );
  await untilCopied(client, objects, signal);
}

function typed({ group, version, kind }: { group: string; version: string; kind: string }) {
  return { apiVersion: `${group}/${version}`, kind };
}

async function untilCopied(client: KubeClient, objects: number, signal: AbortSignal): Promise<void> {
  const deadline = Date.now() + LIMIT * 1000;
  for (;;) {
    const children = await client.workspace(ESPW_PATH).list(WORKSPACES);
    const mailboxes = children.filter(({ metadata }) => metadata.name.includes('-mb-'));
    const counts = await Promise.all(
      mailboxes.map(async ({ metadata }) => {
        const mailbox = client.workspace(`${ESPW_PATH}:${metadata.name}`);
        const copies = await mailbox.list(CONFIG_MAPS, { namespace: 'bench' }).catch(() => []);
        return copies.filter(({ metadata: { name } }) => name.startsWith('object-')).length;
      }),
    );
    if (counts.length === TARGETS && counts.every((count) => count === objects)) return;
    if (Date.now() > deadline)
      throw new Error(`only ${counts.join(' and ')} of ${objects} copies after ${LIMIT} s`);
    await sleep(1000, undefined, { signal });
  }
}
