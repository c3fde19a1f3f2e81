/** A command's connection to kcp and its idea of where the user is. */
import type { KubeClient } from '@kubestellar/kube';
import { connectTo, targetOf } from '../kubeconfig/connect.ts';
import { kubeconfigFiles } from '../kubeconfig/files.ts';
import { authorityOf, type Kubeconfig, readKubeconfig } from '../kubeconfig/kubeconfig.ts';
import type { FlagValues } from '../shell/flags.ts';
import { DryRunClient } from './dry-run.ts';
import { resolveWorkspace, workspaceOf } from './path.ts';
import { switchWorkspace } from './switch.ts';

/** Opened by each command that talks to kcp. */
export interface Session {
  /** Path of the workspace that the user is in; undefined when the kubeconfig leads to none. */
  readonly current: string | undefined;
  /** scheme://host:port of kcp. */
  readonly server: string;
  /** PEM certificates that kcp is trusted by; '' when the system's are used. */
  readonly authority: string;
  /** Nothing may be changed, neither on the server nor on the disk: see DryRunClient. */
  readonly dryRun: boolean;
  /** A client at a workspace. */
  workspace(path: string): KubeClient;
  /** The workspace path that a user's word means; see resolveWorkspace. */
  resolve(given: string): string;
  /**
   * Makes a workspace the current one. Commands do so at their end, so that one that fails or is interrupted leaves
   * the current workspace what it was; what they print tells earlier where they work, as the reference's sessions do.
   */
  enter(path: string): Promise<void>;
}

/**
 * Opens a session for the kubeconfig and kubectl flags of a command line; contacts no server.
 * @throws CommandFailure or KubeconfigError when the kubeconfig can't be used
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
    authority: authorityOf(target.cluster),
    dryRun,
    workspace: (path) => client.workspace(path),
    resolve: (given) => resolveWorkspace(given, current),
    enter: async (path) => {
      if (!dryRun) await switchWorkspace(config.files, path);
    },
  };
}

/** What the reference's sessions show on entering a workspace. */
export function currentLine(path: string, type?: string): string {
  return `Current workspace is "${path}"${type ? ` (type ${type})` : ''}.`;
}

/** Runs `work` with a session. The connections end with the process. */
export async function withSession<T>(flags: FlagValues, work: (session: Session) => Promise<T>): Promise<T> {
  return work(await openSession(flags));
}
