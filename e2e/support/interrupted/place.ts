import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { KubeClient } from '@kubestellar/kube';
import { descendantsOf } from '@kubestellar/process';
import { parse } from 'yaml';
import { CountingProxy } from '../counting-proxy.ts';
import { ROOT, type Running, run } from '../local.ts';
import { writeProxied } from '../proxied-kubeconfig.ts';

/** Where tries are made one after the other: a proxy in front of a server, a kubeconfig and a folder of their own. */
export class Place {
  readonly name: string;
  readonly folder: string;
  readonly proxy: CountingProxy;
  /** At the server, past the proxy; of kcp at the workspace `root`. */
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
   * @param kubeconfig the text of one; of kcp one whose current workspace is `root`
   * @param isSecure see CountingProxy
   */
  static async create(
    folder: string,
    kubeconfig: string,
    root: KubeClient,
    env: NodeJS.ProcessEnv,
    isSecure = false,
  ): Promise<Place> {
    await mkdir(folder, { recursive: true });
    const path = join(folder, 'kubeconfig');
    const proxy = await CountingProxy.start(root.connection.server, isSecure);
    await writeProxied(kubeconfig, () => proxy.url, path);
    return new Place(
      folder,
      proxy,
      root,
      {
        ...env,
        KUBECONFIG: path,
        TMPDIR: folder,
        KUBECACHEDIR: join(folder, 'cache'),
        KUBESTELLAR_STATE_DIR: join(folder, 'state'),
      },
      await readFile(path, 'utf8'),
    );
  }

  /** Makes the kubeconfig what it was in the beginning, and has all that kubectl and helm know of the server forgotten. */
  async reset(): Promise<void> {
    await rm(join(this.folder, 'cache'), { recursive: true, force: true });
    await writeFile(join(this.folder, 'kubeconfig'), this.#kubeconfig, { mode: 0o600 });
  }

  /** Starts a command, of the plugin unless a program is named. */
  start(args: readonly string[], program = 'kubectl-kubestellar'): Running {
    return run(join(ROOT, 'bin', program), [...args], this.#env);
  }

  /** Kills a command and what it has started. */
  async kill({ pid }: Running): Promise<void> {
    for (const each of descendantsOf(pid).reverse()) killIfThere(each);
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

function killIfThere(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
}
