import { createHash } from 'node:crypto';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { targetOf } from '../kubeconfig/connect.ts';
import { caOf, type Kubeconfig } from '../kubeconfig/kubeconfig.ts';

/** The core's controllers: their names, which are those of their records and logs, and their bundles. */
export const CONTROLLERS = [
  { name: 'mailbox-controller', bundle: 'mailbox-controller.js' },
  { name: 'kubestellar-where-resolver', bundle: 'where-resolver.js' },
  { name: 'placement-translator', bundle: 'placement-translator.js' },
] as const;

/**
 * The folder of the process records of one core. Cores are identified by their kcp's CA, so that two on
 * one machine do not end each other's processes.
 */
export function stateFolder(config: Kubeconfig, env: NodeJS.ProcessEnv = process.env): string {
  const { cluster, server } = targetOf(config);
  const identity = caOf(cluster).trim() || new URL(server).origin;
  return join(stateBase(env), createHash('sha256').update(identity).digest('hex'));
}

/** The folder for all state that the commands keep on this machine. */
export function stateBase(env: NodeJS.ProcessEnv = process.env): string {
  const home = env.XDG_STATE_HOME || join(env.HOME || homedir(), '.local', 'state');
  return env.KUBESTELLAR_STATE_DIR || join(home, 'kubestellar');
}
