/** What the servers do for a plain client: the measure that everything else is compared with. */

import { CONFIG_MAPS } from '@kubestellar/api';
import { type Connection, connect, KubeClient } from '@kubestellar/kube';
import { atOnce } from './at-once.ts';
import { processesIn, usageOf } from './programs.ts';
import { whenQuiet } from './quiet.ts';
import { type Bench, configMap, createNamespace, emptyNamespace, removeObjects } from './setup.ts';
import { median, round } from './statistics.ts';

/** Pooled connections that are tried; the best counts. */
const CONNECTIONS = [4, 8, 16, 32, 64];
/** Writes per second on a quiet machine of two cores (docs/performance.md), and the least part of it that we accept. */
const DESIGN = { kcp: 449, wec: 889 };
const LEAST = 0.5;
/** How much the floor may change from before a measurement to after it. */
const STEADY = 1.5;

/** The best of a plain client: the same copies once to kcp and once to the clusters. */
export interface Floor {
  /** Sum of the two, in seconds. */
  seconds: number;
  kcp: Phase;
  wec: Phase;
}

interface Phase {
  seconds: number;
  writesPerSecond: number;
  connections: number;
  /** What each server has used for it, in CPU seconds. */
  servers: Record<string, number>;
}

/** Where a plain client writes. */
interface Target {
  connection: Connection;
  /** Path of the Namespace's ConfigMaps. */
  path: string;
}

/** Measures the floor: `objects` copies for each cluster. */
export async function measureFloor(bench: Bench, objects: number): Promise<Floor> {
  const { setup, wecs, log } = bench;
  const namespace = `floor-${Date.now()}`;
  const mailboxes = wecs.map(({ mailbox }) => mailbox);
  const clients = [...mailboxes, ...wecs.map(({ client }) => client)];
  for (const client of clients) await createNamespace(client, namespace);
  const kcpPhase = await best(bench, namespace, objects, async (connections) => {
    const connection = await connect({ kubeconfig: setup.kcp.kubeconfig, context: 'base', connections });
    return mailboxes.map(({ path }) => new KubeClient(connection, path));
  });
  const wecPhase = await best(bench, namespace, objects, async (connections) =>
    Promise.all(
      setup.wecs.map(async ({ kubeconfig }) => {
        const share = Math.max(1, Math.round(connections / wecs.length));
        return new KubeClient(await connect({ kubeconfig, connections: share }), '');
      }),
    ),
  );
  await Promise.all(clients.map((client) => removeObjects(client, namespace)));
  const floor = { seconds: round(kcpPhase.seconds + wecPhase.seconds, 3), kcp: kcpPhase, wec: wecPhase };
  log(
    `floor: kcp ${floor.kcp.writesPerSecond} writes/s (${floor.kcp.connections} connections), ` +
      `clusters ${floor.wec.writesPerSecond} writes/s (${floor.wec.connections}), together ${floor.seconds} s`,
  );
  return floor;
}

/** Why two floors, taken before and after a measurement, are no ground to compare with; empty when they are. */
export function objections(before: Floor, after: Floor): string[] {
  const reasons: string[] = [];
  for (const server of ['kcp', 'wec'] as const) {
    for (const { [server]: phase } of [before, after]) {
      const least = DESIGN[server] * LEAST;
      if (phase.writesPerSecond < least)
        reasons.push(
          `${server}: ${phase.writesPerSecond} writes/s are below ${least}: is something else busy on this machine?`,
        );
    }
  }
  const change = Math.max(before.seconds, after.seconds) / Math.min(before.seconds, after.seconds);
  if (change > STEADY)
    reasons.push(`the floor changed by ${round(change)} × during the run, more than ${STEADY} ×`);
  return reasons;
}

/** One change by hand: the object in the WMW is patched, then its copy. @returns seconds, median of `times` */
export async function twoWrites({ wmw, wecs }: Bench, times: number): Promise<number> {
  const namespace = `floor-change-${Date.now()}`;
  const wec = wecs[0]?.client;
  if (!wec) throw new Error('no cluster');
  for (const client of [wmw, wec]) {
    await createNamespace(client, namespace);
    await client.create(CONFIG_MAPS, configMap(namespace, 0), { fieldManager: 'floor' });
  }
  const seconds: number[] = [];
  for (let i = 1; i <= times; i++) {
    const begin = performance.now();
    for (const client of [wmw, wec]) {
      const patch = { data: { revision: String(i) } };
      await client.mergePatch(CONFIG_MAPS, { namespace, name: 'object-0' }, patch, { fieldManager: 'floor' });
    }
    seconds.push((performance.now() - begin) / 1000);
  }
  for (const client of [wmw, wec]) await removeObjects(client, namespace);
  return median(seconds);
}

/** Tries each number of connections. @returns the quickest */
async function best(
  bench: Bench,
  namespace: string,
  objects: number,
  open: (connections: number) => Promise<KubeClient[]>,
): Promise<Phase> {
  const phases: Phase[] = [];
  for (const connections of CONNECTIONS) {
    bench.signal.throwIfAborted();
    const clients = await open(connections);
    await whenQuiet(bench);
    phases.push(await attempt(bench, namespace, objects, connections, clients));
    await Promise.all(clients.map(({ connection }) => connection.close()));
  }
  return phases.reduce((known, other) => (other.seconds < known.seconds ? other : known));
}

async function attempt(
  { setup }: Bench,
  namespace: string,
  objects: number,
  connections: number,
  clients: readonly KubeClient[],
): Promise<Phase> {
  // A connection's first request is slow: the pool is warm before the clock starts.
  await Promise.all(
    clients.flatMap((client) =>
      Array.from({ length: connections }, () => client.request('GET', '/api/v1/namespaces/default')),
    ),
  );
  const writes = Array.from({ length: objects }, (_, index) =>
    JSON.stringify(configMap(namespace, index)),
  ).flatMap((body) => clients.map((client) => ({ target: targetOf(client, namespace), body })));
  const processes = [...processesIn(setup.state, 'servers').values()];
  const before = processes.map(({ pid }) => usageOf(pid).cpu);
  const begin = performance.now();
  await atOnce(connections, writes, ({ target, body }) => write(target, body));
  const seconds = (performance.now() - begin) / 1000;
  const used = processes.map(({ name, pid }, index) => [
    name,
    round(usageOf(pid).cpu - (before[index] ?? 0)),
  ]);
  await Promise.all(clients.map((client) => emptyNamespace(client, namespace)));
  return {
    seconds: round(seconds, 3),
    writesPerSecond: Math.round(writes.length / seconds),
    connections,
    servers: Object.fromEntries(used.filter(([, cpuSeconds]) => cpuSeconds)),
  };
}

function targetOf({ connection, path }: KubeClient, namespace: string): Target {
  return { connection, path: `${path}/api/v1/namespaces/${namespace}/configmaps` };
}

/** Nothing but the request: the answer is not even parsed. */
async function write({ connection, path }: Target, body: string): Promise<void> {
  const { statusCode, body: answer } = await connection.dispatcher.request({
    origin: connection.server,
    path,
    method: 'POST',
    headers: { ...(await connection.headers()), 'content-type': 'application/json' },
    body,
  });
  if (statusCode !== 201)
    throw new Error(`the plain client's write was answered ${statusCode}: ${await answer.text()}`);
  await answer.dump({ limit: Number.POSITIVE_INFINITY });
}
