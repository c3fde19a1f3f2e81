import { createHash } from 'node:crypto';
import { existsSync, mkdirSync } from 'node:fs';
import { Agent, get } from 'node:https';
import { join } from 'node:path';
import { CA } from '@kubestellar/pki';
import { PROGRAM_ENVIRONMENT } from '@kubestellar/process';
import { parse, stringify } from 'yaml';
import { LocalError } from './errors.ts';
import type { Kcp } from './kcp.ts';
import { choosePorts, rememberedPorts } from './network/ports.ts';
import { type Component, ensureRunning, isComponentRunning } from './process/component.ts';
import { buildOf, programCommand } from './programs.ts';
import type { Run } from './run.ts';
import { readIfThere, writePrivate } from './state/files.ts';

/** Name of the process, and the owner of its port. */
const VIEW = 'view';
const FILES = {
  authority: 'view-ca.crt',
  certificate: 'view.crt',
  key: 'view.key',
  core: 'kcp-ca.crt',
} as const;

interface Kubeconfig {
  clusters: { name: string; cluster: { server: string; 'certificate-authority-data'?: string } }[];
}

/**
 * Makes the view of the WMWs run, in which RBAC and admission objects are data, and its kubeconfig stand in the state
 * folder: that of kcp with the view as server.
 * @throws LocalError when it dies or does not become ready; Interrupted
 */
export async function ensureView(run: Run, kcp: Kcp): Promise<void> {
  const { state, log } = run;
  const folder = join(state.path, VIEW);
  await ensureCertificates(folder);
  const own = readIfThere(join(state.kcp, 'admin.kubeconfig')) ?? '';
  const trusted = (parse(own) as Kubeconfig).clusters[0]?.cluster['certificate-authority-data'];
  if (!trusted) throw new LocalError(`kcp's kubeconfig in ${state.kcp} tells no certificate authority`);
  const core = Buffer.from(trusted, 'base64').toString();
  if (readIfThere(join(folder, FILES.core)) !== core) writePrivate(join(folder, FILES.core), core);
  const port = await portOf(run);
  const component: Component = {
    name: VIEW,
    ...programCommand('workspace-proxy', [
      `--server=${kcp.server}`,
      `--certificate-authority=${join(folder, FILES.core)}`,
      `--tls-cert-file=${join(folder, FILES.certificate)}`,
      `--tls-private-key-file=${join(folder, FILES.key)}`,
      `--listen=127.0.0.1:${port}`,
    ]),
    env: { ...process.env, ...PROGRAM_ENVIRONMENT },
    settings: [buildOf('workspace-proxy'), createHash('sha256').update(core).digest('hex')],
    limitSeconds: 30,
    ready: () => askReady(port, readIfThere(join(folder, FILES.authority)) ?? ''),
    needs: ['kcp'],
  };
  const news = await ensureRunning(run, component);
  publish(own, folder, `https://127.0.0.1:${port}`, state.viewKubeconfig);
  log(`view: ${news ? 'serving' : 'still serving'} on https://127.0.0.1:${port}`);
}

async function ensureCertificates(folder: string): Promise<void> {
  if (existsSync(join(folder, FILES.certificate))) return;
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const authority = await CA.create('wmw-view ca');
  const { certificate, key } = await authority.issue({
    commonName: 'wmw-view',
    dnsNames: ['localhost'],
    ipAddresses: ['127.0.0.1', '::1'],
  });
  writePrivate(join(folder, FILES.authority), authority.certificate);
  writePrivate(join(folder, FILES.key), key);
  writePrivate(join(folder, FILES.certificate), certificate);
}

async function portOf(run: Run): Promise<number> {
  const { state, log } = run;
  const known = rememberedPorts(state.ports, VIEW).secure;
  if (known !== undefined && isComponentRunning(run, VIEW)) return known;
  return (await choosePorts(state.ports, VIEW, ['secure'], log)).secure;
}

/** Through the view, so that it is known to reach kcp. */
function askReady(port: number, ca: string): Promise<void> {
  const agent = new Agent({ ca });
  return new Promise<void>((resolve, reject) => {
    const request = get(`https://127.0.0.1:${port}/readyz`, { agent, timeout: 3_000 }, (answer) => {
      answer.resume();
      if (answer.statusCode === 200) resolve();
      else reject(new LocalError(`the view answers ${answer.statusCode}`));
    });
    request.on('timeout', () => request.destroy(new LocalError('the view does not answer')));
    request.on('error', reject);
  }).finally(() => agent.destroy());
}

function publish(own: string, folder: string, server: string, to: string): void {
  const made = parse(own) as Kubeconfig;
  const authority = Buffer.from(readIfThere(join(folder, FILES.authority)) ?? '').toString('base64');
  for (const { cluster } of made.clusters) {
    cluster.server = server + new URL(cluster.server).pathname.replace(/\/$/, '');
    cluster['certificate-authority-data'] = authority;
  }
  const content = stringify(made);
  const known = readIfThere(to);
  // Users keep their current workspace in it; kcp's tokens and our server are what it is worth replacing for.
  if (known === undefined || usersOf(known) !== usersOf(content) || !known.includes(server))
    writePrivate(to, content);
}

function usersOf(kubeconfig: string): string {
  return JSON.stringify((parse(kubeconfig) as { users: unknown }).users);
}
