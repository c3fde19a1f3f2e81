import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CA } from '@kubestellar/pki';
import { eventually } from './eventually.ts';
import { ROOT } from './local.ts';
import { RawClient } from './raw-client.ts';
import { RecordingKcp } from './recording-kcp.ts';

/** The program of the workspace proxy, as it is built, in front of a kcp that records what reaches it. */
export class ProxyProcess {
  readonly kcp: RecordingKcp;
  readonly port: number;
  readonly ca: string;
  readonly #child: ChildProcess;
  readonly #folder: string;
  #output = '';

  private constructor(kcp: RecordingKcp, port: number, ca: string, child: ChildProcess, folder: string) {
    this.kcp = kcp;
    this.port = port;
    this.ca = ca;
    this.#child = child;
    this.#folder = folder;
    for (const stream of [child.stdout, child.stderr])
      stream?.on('data', (chunk: Buffer) => {
        this.#output += chunk.toString();
      });
  }

  /** @param nodeOptions for the Node that runs the proxy, such as a limit of memory */
  static async start(nodeOptions = ''): Promise<ProxyProcess> {
    const folder = await mkdtemp(join(tmpdir(), 'kubestellar-proxy-'));
    const authority = await CA.create('servers');
    const pair = await authority.issue({
      commonName: 'server',
      dnsNames: ['localhost'],
      ipAddresses: ['127.0.0.1'],
    });
    const kcp = await RecordingKcp.start(pair);
    const file = async (name: string, content: string) => {
      await writeFile(join(folder, name), content, { mode: 0o600 });
      return join(folder, name);
    };
    const ca = await file('ca.crt', authority.certificate);
    const certificate = await file('server.crt', pair.certificate);
    const key = await file('server.key', pair.key);
    const port = await freePort();
    const args = [
      ...[`--server=https://127.0.0.1:${kcp.port}`, `--certificate-authority=${ca}`],
      ...[`--tls-cert-file=${certificate}`, `--tls-private-key-file=${key}`, `--listen=127.0.0.1:${port}`],
    ];
    const env = { ...process.env, NODE_OPTIONS: nodeOptions };
    const child = spawn(join(ROOT, 'bin', 'workspace-proxy'), args, {
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const proxy = new ProxyProcess(kcp, port, authority.certificate, child, folder);
    await eventually(
      'the proxy to serve',
      async () => {
        proxy.mustRun();
        return RawClient.connect(port, proxy.ca).then(
          (client) => {
            client.close();
            return true;
          },
          () => false,
        );
      },
      Boolean,
    );
    return proxy;
  }

  /** @throws with its output when it has ended */
  mustRun(): void {
    const { exitCode, signalCode } = this.#child;
    if (exitCode !== null || signalCode !== null)
      throw new Error(`the proxy has ended (${exitCode ?? signalCode}):\n${this.#output}`);
  }

  connect(): Promise<RawClient> {
    return RawClient.connect(this.port, this.ca);
  }

  /** @returns the memory that the process has now (bytes) */
  async memory(): Promise<number> {
    const status = await readFile(`/proc/${this.#child.pid}/status`, 'utf8');
    return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024;
  }

  async stop(): Promise<void> {
    const ended =
      this.#child.exitCode === null && this.#child.signalCode === null
        ? once(this.#child, 'exit')
        : undefined;
    this.#child.kill('SIGKILL');
    await ended;
    this.kcp.stop();
    await rm(this.#folder, { recursive: true });
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (typeof address !== 'object' || !address) throw new Error('no free port');
  return address.port;
}
