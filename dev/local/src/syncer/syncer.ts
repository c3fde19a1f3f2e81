import { join } from 'node:path';
import { type KubeObject, SECRETS } from '@kubestellar/api';
import { KubeClient } from '@kubestellar/kube';
import { PROGRAM_ENVIRONMENT } from '@kubestellar/process';
import { LocalError } from '../errors.ts';
import { kubeconfigOf } from '../kubeconfig.ts';
import { choosePorts, type Ports, rememberedPorts } from '../network/ports.ts';
import { commandEnv, runCommand } from '../process/command.ts';
import { ensureRunning, isComponentRunning } from '../process/component.ts';
import { buildOf, programCommand } from '../programs.ts';
import type { Run } from '../run.ts';
import { readIfThere, writePrivate } from '../state/files.ts';
import { waitForObject } from '../watch.ts';
import type { Wec } from '../wec/wec.ts';
import { parseManifest, type SyncerManifest } from './manifest.ts';

/** Name of the process of a WEC's syncer. */
export function syncerName(wec: string): string {
  return `${wec}-syncer`;
}

/**
 * Applies a WEC's syncer manifest there and runs the syncer beside the cluster, with exactly the identities of
 * the manifest on both sides: kwok's nodes run no containers (issue "First light").
 * @param kubectl path of kubectl
 * @returns true when the syncer was started now
 */
export async function ensureSyncer(run: Run, wec: Wec, kubectl: string): Promise<boolean> {
  const { state, log } = run;
  const path = state.syncerManifest(wec.name);
  await runCommand(run, {
    title: `kubectl --kubeconfig ${wec.kubeconfig} apply -f ${path}`,
    command: kubectl,
    args: ['--kubeconfig', wec.kubeconfig, 'apply', '-f', path],
    env: commandEnv(run),
    limitSeconds: 60,
  });
  const manifest = parseManifest(readIfThere(path) ?? '');
  const kubeconfigs = {
    from: join(state.wec(wec.name), 'syncer-mailbox.kubeconfig'),
    to: join(state.wec(wec.name), 'syncer-wec.kubeconfig'),
  };
  writePrivate(kubeconfigs.from, manifest.mailboxKubeconfig);
  writePrivate(kubeconfigs.to, await wecKubeconfig(run, wec, manifest));
  const { health } = await portsOf(run, wec.name);
  const address = `127.0.0.1:${health}`;
  const started = await ensureRunning(run, {
    name: syncerName(wec.name),
    ...programCommand('kubestellar-syncer', syncerArgs(manifest, kubeconfigs, address)),
    env: { ...process.env, ...PROGRAM_ENVIRONMENT, KUBECONFIG: '', NAMESPACE: manifest.namespace },
    settings: [
      buildOf('kubestellar-syncer'),
      ...Object.values(kubeconfigs).map((file) => readIfThere(file) ?? ''),
    ],
    limitSeconds: 60,
    ready: () => askReady(address),
  });
  log(`${wec.name}: the syncer ${started ? 'runs' : 'is still running'} as ${manifest.id}`);
  return started;
}

/** The pod's arguments with the paths, and the health port, of a process on this machine. */
export function syncerArgs(
  manifest: SyncerManifest,
  kubeconfigs: { from: string; to: string },
  healthAddress: string,
): string[] {
  const own = /^--(from-kubeconfig|to-kubeconfig|server-bind-address)=/;
  return [
    ...manifest.args.filter((arg) => !own.test(arg)),
    `--from-kubeconfig=${kubeconfigs.from}`,
    `--to-kubeconfig=${kubeconfigs.to}`,
    `--server-bind-address=${healthAddress}`,
  ];
}

interface WecToken {
  token: string;
  ca: string;
}

type TokenSecret = KubeObject & { data?: Record<string, string> };

/** In its pod the syncer would find this identity mounted; here it is read from its Secret. */
async function wecKubeconfig(run: Run, wec: Wec, manifest: SyncerManifest): Promise<string> {
  const client = await KubeClient.fromKubeconfig({ kubeconfig: wec.kubeconfig });
  const wait = {
    what: `${wec.name}'s controller-manager to fill the Secret ${manifest.namespace}/${manifest.tokenSecret}`,
    limitSeconds: 60,
    signal: run.signal,
    log: run.log,
  };
  try {
    const ref = { namespace: manifest.namespace, name: manifest.tokenSecret };
    const data = await waitForObject<WecToken>(wait, client, SECRETS, ref, (secret) => {
      const { token, 'ca.crt': ca } = (secret as TokenSecret | undefined)?.data ?? {};
      if (!token || !ca) return { reason: secret ? 'it is empty' : 'there is none' };
      return { value: { token: decode(token), ca: decode(ca) } };
    });
    return kubeconfigOf({
      name: wec.name,
      server: wec.server,
      certificateAuthority: data.ca,
      user: manifest.id,
      credentials: { token: data.token },
    });
  } finally {
    await client.connection.close();
  }
}

async function portsOf(run: Run, wec: string): Promise<Ports<'health'>> {
  const owner = syncerName(wec);
  const health = rememberedPorts(run.state.ports, owner).health;
  if (health !== undefined && isComponentRunning(run, owner)) return { health };
  return choosePorts(run.state.ports, owner, ['health'], run.log);
}

async function askReady(address: string): Promise<void> {
  const response = await fetch(`http://${address}/readyz`, { signal: AbortSignal.timeout(3_000) }).catch(
    () => {
      throw new LocalError(`no answer at ${address}`);
    },
  );
  const text = (await response.text()).trim();
  if (!response.ok) throw new LocalError(text.replaceAll('\n', '; '));
}

function decode(base64: string): string {
  return Buffer.from(base64, 'base64').toString('utf8');
}
