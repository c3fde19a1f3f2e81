import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { NODES } from '@kubestellar/api';
import { KubeClient } from '@kubestellar/kube';
import { readRecord } from '@kubestellar/process';
import { kwokStages, provideTools } from '@kubestellar/toolchain';
import { kubeconfigOf } from '../kubeconfig.ts';
import { FIELD_MANAGER } from '../names.ts';
import { choosePorts, type Ports, rememberedPorts } from '../network/ports.ts';
import {
  ensureRunning,
  isComponentRunning,
  startComponent,
  throwIfDead,
  whenReady,
} from '../process/component.ts';
import { stopInOrder } from '../process/order.ts';
import { askReady } from '../readiness.ts';
import type { Run } from '../run.ts';
import { writePrivate } from '../state/files.ts';
import type { StateFolder } from '../state/folder.ts';
import { waitForObject } from '../watch.ts';
import {
  apiserver,
  etcd,
  WEC_PORTS,
  WEC_TOOLS,
  type WecPlan,
  wecProcessNames,
  workers,
} from './components.ts';
import { WecPki } from './pki.ts';

/** A running workload execution cluster. */
export interface Wec {
  name: string;
  /** `https://127.0.0.1:<port>` */
  server: string;
  /** Path of its administrator's kubeconfig. */
  kubeconfig: string;
}

/** An API server whose etcd is gone does not end by itself; with it, it ends within a second. */
const GRACE_SECONDS = 5;

/**
 * Makes a WEC run: etcd, kube-apiserver, kube-controller-manager, kube-scheduler and kwok with one node that is
 * Ready. What runs already and answers is left alone.
 * @throws LocalError, ToolchainError or Interrupted; what was started stands in `run.started`
 */
export async function ensureWec(run: Run, name: string): Promise<Wec> {
  const { state, log, signal } = run;
  const options = { log, signal };
  const [tools, stages] = [await provideTools(WEC_TOOLS, options), await kwokStages(options)];
  mkdirSync(state.wec(name), { recursive: true, mode: 0o700 });
  const pki = await WecPki.ensure(join(state.wec(name), 'pki'), name);
  const ports = await portsOf(run, name);
  const server = `https://127.0.0.1:${ports.apiserver}`;
  const wec: Wec = { name, server, kubeconfig: state.wecKubeconfig(name) };
  writeKubeconfigs(state, wec, pki);

  const client = await KubeClient.fromKubeconfig({ kubeconfig: wec.kubeconfig });
  try {
    const plan: WecPlan = {
      name,
      tools,
      ports,
      pki,
      etcdData: join(state.wec(name), 'etcd'),
      kubeconfig: (identity) => join(state.wec(name), `${identity}.kubeconfig`),
      stages,
      apiserverReady: () => askReady(client),
    };
    const news = await startAll(run, plan);
    await ensureNode(run, client, `${name}-node`, name);
    log(`${name}: ${news ? 'serving' : 'still serving'} on ${server}`);
    return wec;
  } finally {
    await client.connection.close();
  }
}

/** Ends a WEC's processes, if they run. @returns how many were running, and those that did not end */
export async function stopWec(
  state: StateFolder,
  name: string,
): Promise<{ stopped: number; failures: string[] }> {
  const records = wecProcessNames(name)
    .filter((process) => isComponentRunning({ state }, process))
    .map((process) => readRecord(state.pids, process))
    .filter((record) => record !== undefined);
  const { ended, failures } = await stopInOrder(records, GRACE_SECONDS);
  return { stopped: ended.length, failures };
}

/** Ports may move only while nothing of the cluster depends on them. */
async function portsOf(run: Run, name: string): Promise<Ports<(typeof WEC_PORTS)[number]>> {
  const { state, log } = run;
  const running = ['etcd', 'apiserver'].filter((part) => isComponentRunning(run, `${name}-${part}`));
  const known = rememberedPorts(state.ports, name);
  if (running.length === 2 && WEC_PORTS.every((port) => known[port] !== undefined)) {
    return known as Ports<(typeof WEC_PORTS)[number]>;
  }
  if (running.length > 0) {
    log(`${name}: only ${running.join(', ')} of it runs; starting the cluster anew`);
    await stopWec(state, name);
  }
  return choosePorts(state.ports, name, WEC_PORTS, log);
}

/** @returns true when something had to be started */
async function startAll(run: Run, plan: WecPlan): Promise<boolean> {
  const storage = await startComponent(run, etcd(plan));
  const servers = await ensureRunning(run, apiserver(plan));
  const others = workers(plan);
  const started: boolean[] = [];
  for (const component of others) started.push(await startComponent(run, component));
  for (const component of others) await whenReady(run, component);
  return storage || servers || started.includes(true);
}

function writeKubeconfigs(state: StateFolder, wec: Wec, pki: WecPki): void {
  for (const identity of ['admin', 'controller-manager', 'scheduler', 'kwok'] as const) {
    const path = identity === 'admin' ? wec.kubeconfig : join(state.wec(wec.name), `${identity}.kubeconfig`);
    const content = kubeconfigOf({
      name: wec.name,
      server: wec.server,
      certificateAuthority: pki.certificateAuthority,
      user: identity === 'admin' ? `${wec.name}-admin` : identity,
      credentials: pki.credentials(identity),
    });
    writePrivate(path, content);
  }
}

/** kwok makes every Node Ready that there is; there must be one. */
async function ensureNode(run: Run, client: KubeClient, node: string, wec: string): Promise<void> {
  const labels = {
    'kubernetes.io/hostname': node,
    'kubernetes.io/os': 'linux',
    'kubernetes.io/role': 'agent',
    type: 'kwok',
  };
  const wait = {
    what: `the node of ${wec} to be Ready`,
    limitSeconds: 60,
    signal: run.signal,
    log: run.log,
    giveUp: () => throwIfDead(run, `${wec}-kwok`),
  };
  if (!(await client.get(NODES, { name: node }))) {
    const object = { apiVersion: 'v1', kind: 'Node', metadata: { name: node, labels } };
    await client.create(NODES, object, { fieldManager: FIELD_MANAGER });
  }
  await waitForObject(wait, client, NODES, { name: node }, (object) => {
    const status = object?.status as { conditions?: { type: string; status: string }[] } | undefined;
    const ready = status?.conditions?.find(({ type }) => type === 'Ready')?.status === 'True';
    return ready ? { value: true } : { reason: object ? `${node} is not Ready yet` : `${node} is gone` };
  });
}
