import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { KubeClient } from '@kubestellar/kube';
import { parse } from 'yaml';
import { CountingProxy } from '../support/counting-proxy.ts';
import { ROOT, type Running, run } from '../support/local.ts';
import { writeProxied } from '../support/proxied-kubeconfig.ts';

/** Where tries are made one after the other: a proxy in front of kcp, a kubeconfig and a folder of their own. */
export class Place {
  readonly name: string;
  readonly folder: string;
  readonly proxy: CountingProxy;
  /** At the workspace `root`, past the proxy. */
  readonly root: KubeClient;
  readonly #env: NodeJS.ProcessEnv;
  /** Text of the kubeconfig at the beginning of each try. */
  readonly #kubeconfig: string;

  private constructor(
    folder: string,
    proxy: CountingProxy,
    root: KubeClient,
    env: NodeJS.ProcessEnv,
    text: string,
  ) {
    this.name = basename(folder);
    this.folder = folder;
    this.proxy = proxy;
    this.root = root;
    this.#env = env;
    this.#kubeconfig = text;
  }

  /**
   * @param folder is made for it; its name is the place's
   * @param kubeconfig the text of one whose current workspace is `root`
   */
  static async create(
    folder: string,
    kubeconfig: string,
    root: KubeClient,
    env: NodeJS.ProcessEnv,
  ): Promise<Place> {
    await mkdir(folder, { recursive: true });
    const path = join(folder, 'kubeconfig');
    const proxy = await CountingProxy.start(root.connection.server);
    await writeProxied(kubeconfig, () => proxy.url, path);
    return new Place(
      folder,
      proxy,
      root,
      { ...env, KUBECONFIG: path, TMPDIR: folder },
      await readFile(path, 'utf8'),
    );
  }

  /** Makes the kubeconfig what it was in the beginning. */
  async reset(): Promise<void> {
    await writeFile(join(this.folder, 'kubeconfig'), this.#kubeconfig, { mode: 0o600 });
  }

  /** Starts a command of the plugin. */
  start(args: readonly string[]): Running {
    return run(join(ROOT, 'bin', 'kubectl-kubestellar'), [...args], this.#env);
  }

  /** Runs a command of the plugin. @throws Error with what it printed unless it succeeds */
  async must(args: readonly string[]): Promise<void> {
    const { code, stdout, stderr } = await this.start(args).done;
    if (code !== 0) throw new Error(`exit code ${code} of: ${args.join(' ')}\n${stdout}${stderr}`);
  }

  /** The workspace that is current in the kubeconfig. */
  async current(): Promise<string | undefined> {
    const text = await readFile(join(this.folder, 'kubeconfig'), 'utf8');
    const { contexts, clusters, ...config } = parse(text) as {
      'current-context': string;
      contexts: { name: string; context: { cluster: string } }[];
      clusters: { name: string; cluster: { server: string } }[];
    };
    const cluster = contexts.find(({ name }) => name === config['current-context'])?.context.cluster;
    const server = clusters.find(({ name }) => name === cluster)?.cluster.server ?? '';
    return /\/clusters\/([^/]+)/.exec(server)?.[1];
  }
}
