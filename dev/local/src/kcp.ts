import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { KubeClient } from '@kubestellar/kube';
import { establishStuckKinds } from '@kubestellar/rules';
import { parse } from 'yaml';
import { LocalError } from './errors.ts';
import { FIELD_MANAGER } from './names.ts';
import { choosePorts, type Ports, rememberedPorts } from './network/ports.ts';
import { type Component, ensureRunning, isComponentRunning } from './process/component.ts';
import { askReady } from './readiness.ts';
import type { Run } from './run.ts';
import { readIfThere, writePrivate } from './state/files.ts';

/** Name of kcp's process. */
const KCP = 'kcp';

const PORTS = ['secure', 'etcd-client', 'etcd-peer'] as const;
/** Contexts that scripts may count on (contract for scripts). */
const CONTEXTS = ['root', 'base', 'system:admin'];

/** A running kcp. */
export interface Kcp {
  /** `https://127.0.0.1:<port>` */
  server: string;
  /** Path of the kubeconfig for users; its current context may be any. */
  kubeconfig: string;
}

/**
 * Makes kcp run with its embedded etcd, on loopback, and its kubeconfig stand in the state folder.
 * @param command path of the kcp program
 * @throws LocalError when it dies or does not become ready; Interrupted
 */
export async function ensureKcp(run: Run, command: string): Promise<Kcp> {
  const { state, log } = run;
  const ports = await portsOf(run);
  const server = `https://127.0.0.1:${ports.secure}`;
  const own = join(state.kcp, 'admin.kubeconfig');
  const component: Component = {
    name: KCP,
    command,
    limitSeconds: 240,
    graceSeconds: 30,
    ready: () => ready(own, server),
    args: [
      'start',
      `--root-directory=${state.kcp}`,
      '--bind-address=127.0.0.1',
      `--secure-port=${ports.secure}`,
      `--embedded-etcd-client-port=${ports['etcd-client']}`,
      `--embedded-etcd-peer-port=${ports['etcd-peer']}`,
      '--profiling=false',
      // Else whoever has credentials makes a workspace for themselves.
      '--enable-home-workspaces=false',
      // Its default, 2, writes a megabyte a minute.
      '--v=1',
    ],
  };
  // By what it has kept there, kcp would take a former token of its second administrator, too.
  if (!isComponentRunning(run, KCP)) await rm(join(state.kcp, '.admin-token-store'), { force: true });
  const news = await ensureRunning(run, component);
  const stuck = news ? await repair(own) : 0;
  if (stuck > 0) log(`kcp: ${stuck} APIs were being bound when it was stopped; going on with that`);
  publish(own, state.adminKubeconfig);
  log(`kcp: ${news ? 'serving' : 'still serving'} on ${server}`);
  return { server, kubeconfig: state.adminKubeconfig };
}

function portsOf(run: Run): Promise<Ports<(typeof PORTS)[number]>> {
  const { state, log } = run;
  const known = rememberedPorts(state.ports, KCP);
  if (isComponentRunning(run, KCP) && PORTS.every((port) => known[port] !== undefined)) {
    return Promise.resolve(known as Ports<(typeof PORTS)[number]>);
  }
  return choosePorts(state.ports, KCP, PORTS, log);
}

/** kcp writes its kubeconfig before it serves; /readyz turns good once all its start-up work is done. */
async function ready(kubeconfig: string, server: string): Promise<void> {
  const content = readIfThere(kubeconfig);
  if (content === undefined) throw new LocalError('it has not written its kubeconfig yet');
  if (!content.includes(server)) throw new LocalError(`its kubeconfig does not name ${server} yet`);
  const client = await KubeClient.fromKubeconfig({ kubeconfig, context: 'base' });
  try {
    await askReady(client);
  } finally {
    await client.connection.close();
  }
}

interface Kubeconfig {
  clusters: { name: string; cluster: object }[];
  users: { name: string; user: object }[];
  contexts: { name: string }[];
}

/**
 * Gives kcp's kubeconfig to users. Theirs is replaced only when it would not work any more, because commands
 * keep the current workspace in it.
 */
function publish(from: string, to: string): void {
  const content = readIfThere(from) ?? '';
  const made = parse(content) as Kubeconfig;
  const missing = CONTEXTS.filter((name) => !made.contexts.some((context) => context.name === name));
  if (missing.length > 0)
    throw new LocalError(`kcp's kubeconfig ${from} lacks the contexts ${missing.join(', ')}`);
  if (!holds(readIfThere(to), made)) writePrivate(to, content);
}

/** Whether the user's file has all that kcp's has; it may have more, and another current context. */
function holds(content: string | undefined, made: Kubeconfig): boolean {
  if (content === undefined) return false;
  try {
    const theirs = parse(content, { logLevel: 'error' }) as Kubeconfig;
    return (['clusters', 'users', 'contexts'] as const).every((part) => {
      const entries = new Set(theirs[part].map((entry) => JSON.stringify(sorted(entry))));
      return made[part].every((entry) => entries.has(JSON.stringify(sorted(entry))));
    });
  } catch {
    return false;
  }
}

function sorted(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, member]) => [key, sorted(member)]));
}

/** @returns how many APIs went on being bound */
async function repair(kubeconfig: string): Promise<number> {
  const admin = await KubeClient.fromKubeconfig({ kubeconfig, context: 'system:admin' });
  try {
    return await establishStuckKinds(admin, FIELD_MANAGER);
  } finally {
    await admin.connection.close();
  }
}
