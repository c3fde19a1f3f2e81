import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Context } from '../context.ts';
import { ToolchainError } from '../errors.ts';
import { withLock } from '../lock.ts';
import { provide } from '../provide.ts';
import { dockerAnswers, runOrThrow } from './docker.ts';
import { ensureEngine, stopEngine } from './engine.ts';
import { kindFolder } from './folder.ts';
import { provideNodeImage } from './node-image.ts';
import { restoreSettings, saveSettings } from './sysctl.ts';
import { ensureVolumes } from './volumes.ts';

const CREATE_LIMIT_MS = 5 * 60_000;
const QUICK_MS = 60_000;
const LOAD_LIMIT_MS = 5 * 60_000;

/** A port of this machine's loopback address that leads to one of the node. */
export interface PortMapping {
  host: number;
  node: number;
}

/** What cluster to make. */
export interface ClusterOptions {
  /** Also the start of its containers' names; letters, digits, `-` and `.`. */
  name: string;
  ports?: readonly PortMapping[];
  /** Where to write the kubeconfig; default in the user's cache folder. */
  kubeconfig?: string;
}

/** A kind cluster. */
export interface Cluster {
  name: string;
  /** Path of a kubeconfig of its own, for an admin, from this machine. */
  kubeconfig: string;
  /** Name of the Docker container that is its node. */
  node: string;
}

/**
 * Makes sure that the cluster is there, with Docker and the node image that it needs, and that its node is Ready.
 * One that exists by that name is taken as it is. Throws ToolchainError; a failed or interrupted creation leaves
 * no cluster.
 */
export async function ensureCluster(context: Context, options: ClusterOptions): Promise<Cluster> {
  const { name } = options;
  if (!/^[a-z0-9][a-z0-9.-]{0,40}$/.test(name)) {
    throw new ToolchainError(`"${name}" cannot be a cluster's name: small letters, digits, "-" and "." only`);
  }
  const kubeconfig = options.kubeconfig ?? join(await kindFolder(context), `${name}.kubeconfig`);
  const cluster: Cluster = { name, kubeconfig, node: `${name}-control-plane` };
  const kind = await kindProgram(context);
  const image = await locked(context, 'preparing Docker for kind', async () => {
    await ensureEngine(context);
    await saveSettings(context);
    return provideNodeImage(context);
  });
  await mkdir(dirname(kubeconfig), { recursive: true });
  if ((await clusterNames(context, kind)).includes(name)) {
    await runOrThrow(context, kind, ['export', 'kubeconfig', '--name', name, '--kubeconfig', kubeconfig], {
      timeout: QUICK_MS,
    });
    return cluster;
  }
  context.log(`creating the kind cluster ${name} (half a minute)`);
  const config = `${kubeconfig}.kind.yaml`;
  await writeFile(config, clusterConfig(options.ports ?? []));
  const args = ['create', 'cluster', '--name', name, '--kubeconfig', kubeconfig, '--config', config];
  if (image !== undefined) args.push('--image', image);
  try {
    await runOrThrow(context, kind, [...args, '--wait', '120s'], { timeout: CREATE_LIMIT_MS });
    await ensureVolumes(context, cluster.node);
  } catch (error) {
    // kind removes a cluster that it could not create, but not when it is ended.
    const { signal: _, ...unhurried } = context;
    await deleteCluster(unhurried, name);
    throw error;
  } finally {
    await rm(config, { force: true });
    await restoreSettings(context);
  }
  return cluster;
}

/** Loads image archives (`docker save`'s or OCI's form) into the nodes of the cluster `name`. Throws ToolchainError. */
export async function loadArchives(
  context: Context,
  name: string,
  archives: readonly string[],
): Promise<void> {
  const kind = await kindProgram(context);
  await requireCluster(context, kind, name);
  for (const archive of archives) {
    await runOrThrow(context, kind, ['load', 'image-archive', archive, '--name', name], {
      timeout: LOAD_LIMIT_MS,
    });
  }
}

/** Deletes the cluster `name`, if it is there, and its kubeconfig in the cache folder. Throws ToolchainError. */
export async function deleteCluster(context: Context, name: string): Promise<void> {
  if ((await dockerAnswers(context)).answers) {
    const kind = await kindProgram(context);
    const scratch = join(await kindFolder(context), `${name}.kubeconfig`);
    await runOrThrow(context, kind, ['delete', 'cluster', '--name', name, '--kubeconfig', scratch], {
      timeout: QUICK_MS,
    });
    await rm(scratch, { force: true });
  }
  await restoreSettings(context);
}

/** The names of all kind clusters of this machine; empty when Docker does not run. */
export async function listClusters(context: Context): Promise<string[]> {
  if (!(await dockerAnswers(context)).answers) return [];
  return clusterNames(context, await kindProgram(context));
}

/** Ends the Docker engine that an earlier run has started, with everything in it. Throws ToolchainError. */
export async function endEngine(context: Context): Promise<void> {
  await locked(context, 'ending the Docker engine', () => stopEngine(context));
  await restoreSettings(context);
}

/** Makes ready whatever a cluster needs without creating one. */
export async function prepare(context: Context): Promise<void> {
  await kindProgram(context);
  await locked(context, 'preparing Docker for kind', async () => {
    await ensureEngine(context);
    await provideNodeImage(context);
  });
}

async function locked<T>(context: Context, purpose: string, work: () => Promise<T>): Promise<T> {
  // Not the lock of the tools: a build of other tools need not be waited for.
  return withLock({ ...context, cacheDir: await kindFolder(context) }, purpose, work);
}

async function kindProgram(context: Context): Promise<string> {
  const { kind } = await provide(context, ['kind']);
  if (kind === undefined) throw new ToolchainError('kind vanished; run this again.');
  return kind;
}

async function requireCluster(context: Context, kind: string, name: string): Promise<void> {
  const names = await clusterNames(context, kind);
  if (names.includes(name)) return;
  const there = names.length === 0 ? 'there is none' : `there are ${names.join(', ')}`;
  throw new ToolchainError(`There is no kind cluster "${name}"; ${there}.`);
}

async function clusterNames(context: Context, kind: string): Promise<string[]> {
  const output = await runOrThrow(context, kind, ['get', 'clusters', '--quiet'], { timeout: QUICK_MS });
  return output.split('\n').filter((line) => line !== '');
}

/** kind's configuration; JSON is YAML. The API server's own port is left to kind, which takes a free one. */
function clusterConfig(ports: readonly PortMapping[]): string {
  return JSON.stringify({
    kind: 'Cluster',
    apiVersion: 'kind.x-k8s.io/v1alpha4',
    nodes: [
      {
        role: 'control-plane',
        extraPortMappings: ports.map(({ host, node }) => ({
          listenAddress: '127.0.0.1',
          hostPort: host,
          containerPort: node,
          protocol: 'TCP',
        })),
      },
    ],
  });
}
