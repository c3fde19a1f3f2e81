/** Connects with the kubeconfig and kubectl's flags. */
import { resolve } from 'node:path';
import { KubeClient } from '@kubestellar/kube';
import { durationOf } from '../shell/duration.ts';
import { CommandFailure, UsageError } from '../shell/failure.ts';
import type { FlagValues } from '../shell/flags.ts';
import { impersonationHeaders } from './impersonation.ts';
import { type Entry, type Fields, type Kubeconfig, selectContext, withAbsolutePaths } from './kubeconfig.ts';

/** Which context, and which of its parts to replace; absent means the current one's. */
export interface Choice {
  readonly context?: string | undefined;
  readonly cluster?: string | undefined;
  readonly user?: string | undefined;
}

/** Flags that replace a field of the chosen cluster or user; the field has the flag's name. */
const CLUSTER_FLAGS = ['server', 'tls-server-name', 'certificate-authority'];
const USER_FLAGS = ['token', 'username', 'password', 'as', 'client-certificate', 'client-key'];
const PATH_FLAGS = new Set(['certificate-authority', 'client-certificate', 'client-key']);

/** A cluster and a user, ready to be connected with. */
export interface Target {
  readonly cluster: Entry;
  readonly server: string;
  readonly user: Entry | undefined;
}

/**
 * Finds the cluster and the user that the kubeconfig and kubectl's flags choose.
 * @throws UsageError or CommandFailure when they do not exist
 */
export function targetOf(config: Kubeconfig, choice: Choice = {}, flags?: FlagValues): Target {
  const { context, cluster: contextCluster } = selectContext(config, choice.context);
  const clusterName = choice.cluster ?? flags?.text('cluster');
  const userName = choice.user ?? flags?.text('user');
  const cluster = clusterName === undefined ? contextCluster : config.clusters.get(clusterName);
  if (!cluster) throw notThere('cluster', clusterName, config.clusters);
  const user = config.users.get(userName ?? String(context.fields.user ?? ''));
  if (!user && userName !== undefined) throw notThere('user', userName, config.users);
  const server = flags?.text('server') ?? String(cluster.fields.server ?? '');
  if (!/^https?:$/.test(URL.parse(server)?.protocol ?? '')) {
    const message = `"${server}" is no server URL such as https://host:6443`;
    if (flags?.has('server')) throw new UsageError(message);
    throw new CommandFailure(`${message}; it stands in the kubeconfig ${cluster.file}`);
  }
  return { cluster, server, user };
}

/** The command line is valid, but the kubeconfig lacks the entry: exit code 1, as for contexts. */
function notThere(what: string, name: string | undefined, known: ReadonlyMap<string, Entry>): CommandFailure {
  const names = [...known.keys()].join(', ') || 'none';
  return new CommandFailure(`the kubeconfig has no ${what} "${name}"; it has: ${names}`);
}

/**
 * Creates a client for a target, at the path of its server URL. Contacts no server.
 * @throws KubeconfigError when the credentials cannot be used
 */
export async function connectTo(target: Target, flags?: FlagValues): Promise<KubeClient> {
  const requestTimeout = durationOf('--request-timeout', flags?.text('request-timeout'));
  const { contents, user } = chosen(target, flags);
  const headers = impersonationHeaders(user, flags);
  return KubeClient.fromKubeconfig({ contents, userAgent: 'kubestellar-cli', requestTimeout, headers });
}

/** @returns a kubeconfig with nothing but the target, as the flags change it; holds its secrets */
export function kubeconfigOf(target: Target, flags: FlagValues): string {
  return chosen(target, flags).contents;
}

function chosen(target: Target, flags: FlagValues | undefined): { contents: string; user: Fields } {
  const cluster = overridden(withAbsolutePaths(target.cluster), flags, CLUSTER_FLAGS);
  if (flags?.has('certificate-authority')) delete cluster['certificate-authority-data'];
  if (flags?.flag('insecure-skip-tls-verify')) {
    for (const field of ['certificate-authority', 'certificate-authority-data']) delete cluster[field];
    cluster['insecure-skip-tls-verify'] = true;
  }
  const user = overridden(target.user ? withAbsolutePaths(target.user) : {}, flags, USER_FLAGS);
  if (flags?.has('token')) delete user.tokenFile;
  const contents = JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'chosen', cluster }],
    users: [{ name: 'chosen', user }],
    contexts: [{ name: 'chosen', context: { cluster: 'chosen', user: 'chosen' } }],
    'current-context': 'chosen',
  });
  return { contents, user };
}

function overridden(
  fields: Fields,
  flags: FlagValues | undefined,
  names: readonly string[],
): Record<string, unknown> {
  const given = names.filter((name) => flags?.has(name));
  const values = given.map((name): [string, unknown] => {
    const value = flags?.text(name) ?? '';
    return [name, PATH_FLAGS.has(name) ? resolve(value) : value];
  });
  return { ...fields, ...Object.fromEntries(values) };
}
