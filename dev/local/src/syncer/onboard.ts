import { renameSync } from 'node:fs';
import {
  LOCATIONS,
  LOGICAL_CLUSTER,
  mailboxWorkspacePath,
  SERVICE_ACCOUNTS,
  SYNC_TARGETS,
  SYNCER_CONFIGS,
} from '@kubestellar/api';
import { isApiError, KubeClient } from '@kubestellar/kube';
import { privateKubeconfig } from '../core.ts';
import { LocalError } from '../errors.ts';
import type { Kcp } from '../kcp.ts';
import { IMW } from '../names.ts';
import { commandEnv, runCommand } from '../process/command.ts';
import { programCommand } from '../programs.ts';
import type { Run } from '../run.ts';
import { readIfThere, writePrivate } from '../state/files.ts';
import { parseManifest, withServer } from './manifest.ts';

/** Seconds that a command may take; prep-for-syncer waits up to 70 s for the mailbox workspace (docs/commands.md). */
const COMMAND_LIMIT = 150;

/** Path of a WEC's mailbox workspace, such as `root:espw:1abc-mb-<uid>`. */
export type MailboxPath = string;

/**
 * Registers a WEC in the core: SyncTarget and Location of its name with labels `env=demo` and `name=<name>`.
 * @returns the path of its mailbox workspace
 */
export async function ensureLocation(run: Run, kcp: Kcp, wec: string): Promise<MailboxPath> {
  const client = await KubeClient.fromKubeconfig({ kubeconfig: kcp.kubeconfig, context: 'base' });
  try {
    const imw = client.workspace(IMW);
    if (!(await isRegistered(imw, wec))) {
      await pluginCommand(run, wec, ['ensure', 'location', '--imw', IMW, wec, 'env=demo', `name=${wec}`]);
      run.log(`${wec}: SyncTarget and Location are in ${IMW}`);
    }
    const syncTarget = await imw.get(SYNC_TARGETS, { name: wec });
    const cluster = syncTarget?.metadata.annotations?.[LOGICAL_CLUSTER];
    const uid = syncTarget?.metadata.uid;
    if (!cluster || !uid)
      throw new LocalError(`The SyncTarget ${wec} in ${IMW} has vanished; run npm start again.`);
    return mailboxWorkspacePath(cluster, uid);
  } finally {
    await client.connection.close();
  }
}

/**
 * Makes sure that a syncer manifest for a WEC is there whose identity in the mailbox workspace works: each
 * `prep-for-syncer` makes a new identity, so a good one is kept.
 * @returns true when it was made or changed now
 */
export async function ensureManifest(
  run: Run,
  kcp: Kcp,
  wec: string,
  mailbox: MailboxPath,
): Promise<boolean> {
  const { state, log } = run;
  const path = state.syncerManifest(wec);
  const before = readIfThere(path);
  if (before !== undefined) {
    const moved = withServer(before, kcp.server);
    if (await works(run, kcp, moved, wec, mailbox)) return writePrivate(path, moved);
    log(`${wec}: its syncer manifest does not fit the core any more; making a new one`);
  }
  const fresh = `${path}.new-${process.pid}`;
  await pluginCommand(run, wec, ['prep-for-syncer', '--imw', IMW, '-s', '-o', fresh, wec]);
  writePrivate(fresh, readIfThere(fresh) ?? '');
  renameSync(fresh, path);
  log(`${wec}: the mailbox workspace is there, the syncer's manifest is in ${path}`);
  return true;
}

/** Whether the labels and objects of `ensure location` are there, so that the command need not run. */
async function isRegistered(imw: KubeClient, wec: string): Promise<boolean> {
  try {
    const syncTarget = await imw.get(SYNC_TARGETS, { name: wec });
    const location = await imw.get(LOCATIONS, { name: wec });
    return [syncTarget, location].every((object) => {
      const labels = object?.metadata.labels;
      return labels?.env === 'demo' && labels.name === wec;
    });
  } catch (error) {
    // The API is not bound in the workspace yet.
    if (isApiError(error, 403, 404)) return false;
    throw error;
  }
}

/** Whether the manifest's identity belongs to this mailbox workspace and is let in there. */
async function works(
  run: Run,
  kcp: Kcp,
  manifest: string,
  wec: string,
  mailbox: MailboxPath,
): Promise<boolean> {
  const { id, mailboxKubeconfig } = parseManifest(manifest);
  const admin = await KubeClient.fromKubeconfig({ kubeconfig: kcp.kubeconfig, context: 'base' });
  const kubeconfig = `${run.state.wec(wec)}/mailbox-check.kubeconfig`;
  writePrivate(kubeconfig, mailboxKubeconfig);
  const syncer = await KubeClient.fromKubeconfig({ kubeconfig });
  try {
    const account = await admin.workspace(mailbox).get(SERVICE_ACCOUNTS, { namespace: 'default', name: id });
    if (!account) return false;
    await syncer.listPage(SYNCER_CONFIGS, { limit: 1 });
    return true;
  } catch (error) {
    if (isApiError(error, 401, 403, 404)) return false;
    throw error;
  } finally {
    await Promise.all([admin.connection.close(), syncer.connection.close()]);
  }
}

async function pluginCommand(run: Run, wec: string, args: readonly string[]): Promise<void> {
  const kubeconfig = privateKubeconfig(run.state, run.state.wec(wec), 'core');
  await runCommand(run, {
    title: `kubectl kubestellar ${args.join(' ')}`,
    ...programCommand('cli', ['kubectl-kubestellar', ...args, '--kubeconfig', kubeconfig]),
    env: commandEnv(run, { KUBECONFIG: kubeconfig }),
    cwd: run.state.path,
    limitSeconds: COMMAND_LIMIT,
  });
}
