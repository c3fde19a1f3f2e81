import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Child } from '@kubestellar/process';
import { CountingProxy } from './counting-proxy.ts';
import { writeProxied } from './proxied-kubeconfig.ts';
import { type Invocation, invoke, takeOver } from './take-over.ts';

/** Asked by POST although nothing is written: for whom the server takes the program. */
const QUESTION = /^POST \/apis\/authentication\.k8s\.io\/[^/]+\/selfsubjectreviews(\?|$)/;

/**
 * One of our programs, taken over from `npm start`: run with the very arguments and environment that it
 * had, but through proxies that count its requests and can kill it at the Nth.
 */
export class ProgramUnderTest {
  readonly #invocation: Invocation;
  readonly #proxies: CountingProxy[];
  #child: Child | undefined;
  requests: string[] = [];
  killAt = Number.POSITIVE_INFINITY;
  killed = false;

  private constructor(invocation: Invocation, proxies: CountingProxy[]) {
    this.#invocation = invocation;
    this.#proxies = proxies;
    for (const proxy of proxies) proxy.onRequest = ({ method, path }) => this.#asked(`${method} ${path}`);
  }

  /** Ends the process of this pid and makes ready to run it through proxies. @param folder for kubeconfigs */
  static async takeOver(pid: number, folder: string): Promise<ProgramUnderTest> {
    const { command: original, env, log } = await takeOver(pid);
    const proxies = new Map<string, CountingProxy>();
    const behindProxy = async (text: string) => {
      const path = /^(?:--[a-z-]+=)?(\/.*kubeconfig[^/]*)$/.exec(text)?.[1];
      return path ? text.replace(path, await proxied(path, folder, proxies)) : text;
    };
    const command: string[] = [];
    for (const word of original) command.push(await behindProxy(word));
    if (env.KUBECONFIG) env.KUBECONFIG = await behindProxy(env.KUBECONFIG);
    return new ProgramUnderTest({ command, env, log }, [...proxies.values()]);
  }

  /** The requests since the start, or since `requests` was emptied, that are not reads. */
  get writes(): string[] {
    return this.requests.filter((request) => !request.startsWith('GET ') && !QUESTION.test(request));
  }

  /** Starts the program (again). */
  async start(): Promise<void> {
    this.killed = false;
    this.requests = [];
    this.#child = await invoke(this.#invocation);
  }

  /** Ends the program and waits for its end. */
  async kill(): Promise<void> {
    this.#child?.kill('SIGKILL');
    await this.#child?.exited;
  }

  /** Ends the program and its proxies. */
  async dispose(): Promise<void> {
    await this.kill();
    for (const proxy of this.#proxies) proxy.stop();
  }

  #asked(request: string): void {
    this.requests.push(request);
    if (this.requests.length !== this.killAt) return;
    this.killed = true;
    this.#child?.kill('SIGKILL');
  }
}

/** Writes a copy of a kubeconfig whose servers are reached through proxies. */
async function proxied(path: string, folder: string, proxies: Map<string, CountingProxy>): Promise<string> {
  const proxyOf = async (server: string) => {
    const proxy = proxies.get(server) ?? (await CountingProxy.start(server));
    proxies.set(server, proxy);
    return proxy.url;
  };
  const copy = join(folder, path.replaceAll('/', '_'));
  await writeProxied(await readFile(path, 'utf8'), proxyOf, copy);
  return copy;
}
