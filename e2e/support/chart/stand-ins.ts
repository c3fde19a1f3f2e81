import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** What stands in for helm and for clusters, in a folder of its own. */
export class StandIns {
  readonly folder: string;
  readonly #servers: Server[] = [];

  private constructor(folder: string) {
    this.folder = folder;
  }

  /** Makes the folder. */
  static async create(): Promise<StandIns> {
    return new StandIns(await mkdtemp(join(tmpdir(), 'kubestellar-e2e-')));
  }

  /** Makes a helm that tells a version and notes each other call of it in the file `calls`. @returns its folder */
  async helm(version: string): Promise<string> {
    const bin = await mkdtemp(join(this.folder, 'helm-'));
    const script = `#!/bin/sh\nif [ "$1" = version ]; then echo ${version}; else echo "$@" >> ${bin}/calls; fi\n`;
    await writeFile(join(bin, 'helm'), script, { mode: 0o755 });
    return bin;
  }

  /** Makes a kubeconfig with one context, whose cluster has that server. @returns its path */
  async kubeconfig(server: string): Promise<string> {
    const file = join(await mkdtemp(join(this.folder, 'kubeconfig-')), 'config');
    const config = {
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [{ name: 'c', cluster: { server } }],
      users: [{ name: 'u', user: { token: 't' } }],
      contexts: [{ name: 'only', context: { cluster: 'c', user: 'u' } }],
      'current-context': 'only',
    };
    await writeFile(file, JSON.stringify(config));
    return file;
  }

  /** Starts a server that takes connections and says nothing. @returns its URL */
  async silentServer(): Promise<string> {
    const server = createServer();
    this.#servers.push(server);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  /** Ends the servers and removes the folder. */
  async dispose(): Promise<void> {
    for (const server of this.#servers) server.close();
    await rm(this.folder, { recursive: true, force: true });
  }
}
