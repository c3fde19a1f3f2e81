import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { buildImage, type ImageName } from '@kubestellar/images';
import { linkTools, provideTools, type ToolName } from '@kubestellar/toolchain';
import {
  type Cluster,
  deleteKindCluster,
  ensureKindCluster,
  listKindClusters,
  loadIntoKind,
  whyNoKind,
} from '@kubestellar/toolchain/kind';
import { ROOT } from './local.ts';
import { mustSucceed, runScript, scripted } from './script.ts';

/** Names of the clusters of this test run begin with it, followed by the process that made them. */
const PREFIX = 'kubestellar-e2e-';
const options = { log: (line: string) => console.log(`    ${line}`) };
const architecture = process.arch === 'arm64' ? 'arm64' : 'amd64';

/** Why tests that need a kind cluster cannot run here; undefined when they can. */
export function whyNoCluster(): Promise<string | undefined> {
  return whyNoKind(options);
}

/** A kind cluster of one test file, with the tools to work with it. */
export class KindCluster {
  readonly cluster: Cluster;
  readonly #folder: string;
  readonly #env: NodeJS.ProcessEnv;

  private constructor(cluster: Cluster, folder: string) {
    this.cluster = cluster;
    this.#folder = folder;
    this.#env = {
      ...process.env,
      PATH: [join(ROOT, 'bin'), join(folder, 'bin'), process.env.PATH].join(delimiter),
      KUBECONFIG: cluster.kubeconfig,
    };
  }

  /** Makes a cluster, after having removed those of test runs that died. @param purpose part of its name */
  static async create(purpose: string, tools: readonly ToolName[]): Promise<KindCluster> {
    for (const name of await listKindClusters(options)) {
      const owner = new RegExp(`^${PREFIX}(\\d+)-`).exec(name)?.[1];
      if (owner !== undefined && !isAlive(Number(owner))) await deleteKindCluster(name, options);
    }
    const folder = await mkdtemp(join(tmpdir(), PREFIX));
    const paths = await provideTools(['kubectl', ...tools], options);
    await linkTools(join(folder, 'bin'), paths);
    const name = `${PREFIX}${process.pid}-${purpose}`;
    const cluster = await ensureKindCluster({ name, kubeconfig: join(folder, 'kubeconfig') }, options);
    return new KindCluster(cluster, folder);
  }

  /** Builds our images and loads them into the cluster. @returns their names with tags */
  async loadImages(...names: ImageName[]): Promise<string[]> {
    const built = [];
    for (const name of names) built.push(await buildImage(options, name, architecture));
    await this.loadArchives(...built.map(({ archive }) => archive));
    return built.map(({ reference }) => reference);
  }

  /** Loads archives of images into the cluster. */
  async loadArchives(...archives: string[]): Promise<void> {
    await loadIntoKind(this.cluster.name, archives, options);
  }

  /** Runs a script in which kubectl talks to this cluster. */
  readonly sh = scripted((text, env) => runScript(text, { cwd: ROOT, env: { ...this.#env, ...env } }));

  /** Runs a script that must succeed. @returns its stdout @throws with its output when it fails */
  readonly must = scripted((text, env) => mustSucceed(text, this.sh(text, env)));

  /** A folder of the test's own. */
  async scratch(name: string): Promise<string> {
    const path = join(this.#folder, name);
    await mkdir(path, { recursive: true });
    return path;
  }

  /** The address of the node in the network of kind's nodes. */
  async address(): Promise<string> {
    return this.must(
      `kubectl get node -o jsonpath='{.items[0].status.addresses[?(@.type=="InternalIP")].address}'`,
    );
  }

  /** Restarts the node as a power cut would, and waits until it is Ready again. */
  async restartNode(): Promise<void> {
    await this.must(`docker restart --time 0 ${this.cluster.node}`);
    await this.must(
      `timeout 180 sh -c 'until kubectl get --raw=/readyz >/dev/null 2>&1; do sleep 0.5; done'`,
    );
    await this.must('kubectl wait --for=condition=Ready node --all --timeout=120s');
  }

  /** Deletes the cluster and everything that was made for it. */
  async dispose(): Promise<void> {
    await deleteKindCluster(this.cluster.name, options);
    await rm(this.#folder, { recursive: true, force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
