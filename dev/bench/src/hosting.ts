/** A kind cluster that hosts a core, and a core as bare processes, each brought up and timed from nothing. */
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { API_EXPORTS, EDGE_GROUP } from '@kubestellar/api';
import { buildImage } from '@kubestellar/images';
import { KubeClient } from '@kubestellar/kube';
import { mustRunChild, startChild } from '@kubestellar/process';
import { linkTools, provideTools } from '@kubestellar/toolchain';
import { deleteKindCluster, ensureKindCluster, loadIntoKind } from '@kubestellar/toolchain/kind';
import { $ } from 'zx';

const BIN = join(import.meta.dirname, '..', '..', '..', 'bin');
const NODE_PORT = 30643;
/** Longest time that bringing up may take (milliseconds). */
const LIMIT = 600_000;
const NAMESPACE = 'kubestellar';

/** What both ways need. */
export interface Ground {
  /** Of the run's own. */
  readonly folder: string;
  readonly log: (line: string) => void;
  readonly signal: AbortSignal;
  readonly env: NodeJS.ProcessEnv;
  readonly kcp: string;
}

/** Provides the tools. */
export async function prepareGround(
  folder: string,
  log: (line: string) => void,
  signal: AbortSignal,
): Promise<Ground> {
  const tools = await provideTools(['kcp', 'kubectl', 'kubectl-ws', 'helm', 'kind'], { log, signal });
  const { kcp: _, ...linked } = tools;
  await linkTools(join(folder, 'bin'), linked);
  const env = { ...process.env, PATH: [BIN, join(folder, 'bin'), process.env.PATH].join(delimiter) };
  return { folder, log, signal, env, kcp: tools.kcp };
}

/** A core that is of use, and how long that took (seconds). */
export interface Brought {
  readonly seconds: number;
  readonly kubeconfig: string;
  end(): Promise<void>;
}

/** A cluster with the images loaded. */
export class HostingCluster {
  readonly #ground: Ground;
  readonly name: string;
  /** Name of the container that is its node. */
  readonly node: string;
  readonly #env: NodeJS.ProcessEnv;
  /** For what is not measured. */
  readonly #$: typeof $;

  private constructor(ground: Ground, name: string, node: string, kubeconfig: string) {
    this.#ground = ground;
    this.name = name;
    this.node = node;
    this.#env = { ...ground.env, KUBECONFIG: kubeconfig };
    this.#$ = $({ env: this.#env, signal: ground.signal, quiet: true });
  }

  static async create(ground: Ground): Promise<HostingCluster> {
    const { folder, log, signal } = ground;
    const name = `kubestellar-bench-${process.pid}`;
    const kubeconfig = join(folder, 'hosting.kubeconfig');
    const { node } = await ensureKindCluster({ name, kubeconfig }, { log, signal });
    const architecture = process.arch === 'arm64' ? 'arm64' : 'amd64';
    const archives: string[] = [];
    for (const image of ['kubestellar', 'kcp'] as const)
      archives.push((await buildImage({ log, signal }, image, architecture)).archive);
    await loadIntoKind(name, archives, { log, signal });
    return new HostingCluster(ground, name, node, kubeconfig);
  }

  /** From `deploy` to root:espw being of use through the external kubeconfig. */
  async deploy(): Promise<Brought> {
    const path = '{.items[0].status.addresses[?(@.type=="InternalIP")].address}';
    const address = await this.#$`kubectl get node -o ${`jsonpath=${path}`}`.text();
    await this.#$`kubectl create namespace ${NAMESPACE}`.nothrow();
    const kubeconfig = join(this.#ground.folder, 'external.kubeconfig');
    const begin = performance.now();
    await this.#run([
      'kubectl',
      'kubestellar',
      'deploy',
      '--external-endpoint',
      `${address.trim()}:${NODE_PORT}`,
      '-n',
      NAMESPACE,
      '--set',
      `core.exposure.type=NodePort,core.exposure.nodePort=${NODE_PORT}`,
    ]);
    await this.#run(['kubectl', 'kubestellar', 'get-external-kubeconfig', '-n', NAMESPACE, '-o', kubeconfig]);
    await untilOfUse(kubeconfig, this.#ground.signal);
    const seconds = (performance.now() - begin) / 1000;
    return {
      seconds,
      kubeconfig,
      end: async () => {
        await this.#$`helm delete kubestellar -n ${NAMESPACE} --wait`;
        await this.#$`kubectl wait --for=delete pod --all -n ${NAMESPACE} --timeout=120s`;
      },
    };
  }

  /** The pids, on this machine, of the processes in the node whose command line fits. */
  async processes(patterns: Readonly<Record<string, RegExp>>): Promise<Map<string, number>> {
    const table = await this.#$`docker top ${this.node} -eo pid,args`.text();
    const lines = table.split('\n').flatMap((line) => {
      const [, pid = '', args = ''] = /^\s*(\d+)\s+(.*)$/.exec(line) ?? [];
      return pid ? [{ pid: Number(pid), args }] : [];
    });
    return new Map(
      Object.entries(patterns).flatMap(([name, pattern]) => {
        const found = lines.find(({ args }) => pattern.test(args));
        return found ? [[name, found.pid] as const] : [];
      }),
    );
  }

  dispose(): Promise<void> {
    return deleteKindCluster(this.name, { log: this.#ground.log });
  }

  #run(command: readonly string[]): Promise<string> {
    return run(command, this.#env, this.#ground.signal);
  }
}

/** From the start of a kcp without data to root:espw being of use, by `kubestellar start`. */
export async function startBare(ground: Ground): Promise<Brought> {
  const root = await mkdtemp(join(ground.folder, 'bare-'));
  const kubeconfig = join(root, 'admin.kubeconfig');
  const [secure, client, peer] = await freePorts();
  const env = { ...ground.env, KUBECONFIG: kubeconfig };
  const begin = performance.now();
  const kcp = startChild(
    ground.kcp,
    [
      'start',
      `--root-directory=${root}`,
      '--bind-address=127.0.0.1',
      `--secure-port=${secure}`,
      `--embedded-etcd-client-port=${client}`,
      `--embedded-etcd-peer-port=${peer}`,
      '--v=1',
    ],
    { cwd: root, env, stdout: 'ignore', stderr: 'ignore' },
  );
  const end = async () => {
    await run(['kubestellar', 'stop'], env, new AbortController().signal).catch(() => '');
    const patience = setTimeout(() => kcp.kill('SIGKILL'), 20_000);
    kcp.kill('SIGTERM');
    await kcp.ended;
    clearTimeout(patience);
    await rm(root, { recursive: true, force: true });
  };
  try {
    while (!existsSync(kubeconfig)) {
      if (!kcp.isRunning) throw new Error('kcp has ended');
      await sleep(50, undefined, { signal: ground.signal });
    }
    await run(
      ['kubestellar', 'start', '--local-kcp=false', '--log-folder', join(root, 'logs')],
      env,
      ground.signal,
    );
    await untilOfUse(kubeconfig, ground.signal);
    return { seconds: (performance.now() - begin) / 1000, kubeconfig, end };
  } catch (error) {
    await end();
    throw error;
  }
}

/** root:espw is of use when it has its APIExport. */
async function untilOfUse(kubeconfig: string, signal: AbortSignal): Promise<void> {
  const client = await KubeClient.fromKubeconfig({ kubeconfig, context: 'base' });
  try {
    for (;;) {
      const found = await client
        .workspace('root:espw')
        .get(API_EXPORTS, { name: EDGE_GROUP })
        .catch(() => undefined);
      if (found) return;
      await sleep(50, undefined, { signal });
    }
  } finally {
    await client.connection.close();
  }
}

async function freePorts(): Promise<number[]> {
  const servers = await Promise.all(
    Array.from(
      { length: 3 },
      () =>
        new Promise<ReturnType<typeof createServer>>((resolve) => {
          const server = createServer().listen(0, '127.0.0.1', () => resolve(server));
        }),
    ),
  );
  const ports = servers.map((server) => (server.address() as { port: number }).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

/** @returns its standard output @throws Error with all that it printed unless it succeeds within the limit */
function run(
  [command = '', ...args]: readonly string[],
  env: NodeJS.ProcessEnv,
  signal: AbortSignal,
): Promise<string> {
  return mustRunChild(command, args, { env, signal, limitMs: LIMIT });
}
