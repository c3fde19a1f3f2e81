/** Finds the command of a command line: by the executable's name, then by the words after it. */
import type { Command } from './shell/command.ts';

type Load = () => Promise<Command>;

/** The commands that are executables of their own. */
const EXECUTABLES: Readonly<Record<string, Load>> = {
  kubestellar: async () => (await import('./commands/kubestellar.ts')).kubestellar,
  'kubestellar-ensure-kcp-server-creds': async () =>
    (await import('./commands/ensure-kcp-server-creds.ts')).ensureKcpServerCreds,
  'switch-domain': async () => (await import('./commands/switch-domain.ts')).switchDomain,
  'wait-and-switch-domain': async () =>
    (await import('./commands/wait-and-switch-domain.ts')).waitAndSwitchDomain,
  'kubestellar-list-syncing-objects': async () =>
    (await import('./commands/list-syncing-objects.ts')).listSyncingObjects,
  'kubestellar-version': async () => (await import('./commands/version.ts')).kubestellarVersion,
  'kubestellar-release': async () => (await import('./commands/release.ts')).kubestellarRelease,
};

/** The commands of `kubectl kubestellar`, by their words joined with spaces. */
const PLUGIN: Readonly<Record<string, Load>> = {
  'ensure location': async () => (await import('./commands/ensure-location.ts')).ensureLocation,
  'ensure wmw': async () => (await import('./commands/ensure-wmw.ts')).ensureWmw,
  'remove location': async () => (await import('./commands/remove-location.ts')).removeLocation,
  'remove wmw': async () => (await import('./commands/remove-wmw.ts')).removeWmw,
  'prep-for-syncer': async () => (await import('./commands/prep-for-syncer.ts')).prepForSyncer,
  'prep-for-cluster': async () => (await import('./commands/prep-for-cluster.ts')).prepForCluster,
  deploy: async () => (await import('./commands/deploy.ts')).deploy,
  'get-internal-kubeconfig': async () => (await import('./commands/get-kubeconfig.ts')).getInternalKubeconfig,
  'get-external-kubeconfig': async () => (await import('./commands/get-kubeconfig.ts')).getExternalKubeconfig,
  approve: async () => (await import('./commands/approve.ts')).approve,
  'rotate-certs': async () => (await import('./commands/rotate-certs.ts')).rotateCerts,
  backup: async () => (await import('./commands/backup.ts')).backup,
  restore: async () => (await import('./commands/backup.ts')).restore,
  status: async () => (await import('./commands/status.ts')).status,
  doctor: async () => (await import('./commands/doctor.ts')).doctor,
  completion: async () => (await import('./commands/completion.ts')).completionOf(completedExecutables()),
};

/** The command of a command line with its arguments, or a word that no command has. */
export type Found =
  | { readonly command: Command; readonly args: readonly string[] }
  | { readonly unknown: string | undefined };

/** @returns the command behind an executable's name and its arguments */
export async function findCommand(executable: string, args: readonly string[]): Promise<Found> {
  const own = Object.hasOwn(EXECUTABLES, executable) ? EXECUTABLES[executable] : undefined;
  if (own) return { command: await own(), args };
  if (executable !== 'kubectl-kubestellar') return { unknown: executable };
  return findInPlugin(args);
}

/** The executables and plugin commands there are, for help. */
export function knownCommands(): { executables: string[]; plugin: string[] } {
  return { executables: Object.keys(EXECUTABLES), plugin: Object.keys(PLUGIN) };
}

function completedExecutables(): string[] {
  return ['kubectl-kubestellar', ...Object.keys(EXECUTABLES)];
}

/** Words may be joined by a dash too, as the reference itself does: `ensure-location`. */
async function findInPlugin(args: readonly string[]): Promise<Found> {
  for (const [name, load] of Object.entries(PLUGIN)) {
    const words = name.split(' ');
    if (words.every((word, index) => args[index] === word)) {
      return { command: await load(), args: args.slice(words.length) };
    }
    if (args[0] === words.join('-')) return { command: await load(), args: args.slice(1) };
  }
  const isGroup = (word: string | undefined) => word === 'ensure' || word === 'remove';
  const [first, second] = args;
  const unknown = isGroup(first) ? second : first;
  return {
    unknown: unknown === undefined || unknown.startsWith('-') ? undefined : args.slice(0, 2).join(' '),
  };
}
