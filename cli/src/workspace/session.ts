/** A command's connection to kcp and the user's current workspace. */
import type { KubeClient } from '@kubestellar/kube';
import { connectTo, targetOf } from '../kubeconfig/connect.ts';
import { kubeconfigFiles } from '../kubeconfig/files.ts';
import { caOf, type Kubeconfig, readKubeconfig } from '../kubeconfig/kubeconfig.ts';
import type { FlagValues } from '../shell/flags.ts';
import { DryRunClient } from './dry-run.ts';
import { resolveWorkspace, workspaceOf } from './path.ts';
import { switchWorkspace } from './switch.ts';

/** Opened by each command that talks to kcp. */
export interface Session {
  /** Path of the user's current workspace; undefined when the kubeconfig has none. */
  readonly current: string | undefined;
  /** scheme://host:port of kcp. */
  readonly server: string;
  /** CA certificates of kcp, PEM; '' when the system's are used. */
  readonly ca: string;
  /** Nothing may be changed, neither on the server nor on the disk: see DryRunClient. */
  readonly dryRun: boolean;
  /** A client at a workspace. */
  workspace(path: string): KubeClient;
  /** The workspace path that a user's word means; see resolveWorkspace. */
  resolve(given: string): string;
  /**
   * Makes a workspace the current one. Commands do so at their end, so that one that fails or is interrupted leaves
   * the current workspace unchanged; their output shows earlier where they work, as in the reference.
   */
  enter(path: string): Promise<void>;
}

/**
 * Opens a session for the kubeconfig and kubectl flags of a command line; contacts no server.
 * @throws CommandFailure or KubeconfigError when the kubeconfig cannot be used
 */
export async function openSession(flags: FlagValues): Promise<Session> {
  const config: Kubeconfig = readKubeconfig(kubeconfigFiles(flags.text('kubeconfig')));
  const target = targetOf(config, {}, flags);
  const connected = await connectTo(target, flags);
  const dryRun = flags.flag('dry-run');
  const client = dryRun ? new DryRunClient(connected.connection, connected.path) : connected;
  const current = workspaceOf(target.server);
  return {
    current,
    server: client.connection.server,
    ca: caOf(target.cluster),
    dryRun,
    workspace: (path) => client.workspace(path),
    resolve: (given) => resolveWorkspace(given, current),
    enter: async (path) => {
      if (!dryRun) await switchWorkspace(config.files, path);
    },
  };
}

/** The line that is printed on entering a workspace, as in the reference. */
export function currentLine(path: string, type?: string): string {
  return `Current workspace is "${path}"${type ? ` (type ${type})` : ''}.`;
}

/** Runs `work` with a session. The connections end with the process. */
export async function withSession<T>(flags: FlagValues, work: (session: Session) => Promise<T>): Promise<T> {
  return work(await openSession(flags));
}
