import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { KubeConfig } from '@kubernetes/client-node/dist/config.js';
import { explain } from './errors.ts';

/** Which kubeconfig entry to use. Absent parts follow kubectl: $KUBECONFIG, ~/.kube/config, in-cluster. */
export interface KubeconfigOptions {
  kubeconfig?: string | undefined;
  /** What a kubeconfig says, for who has it in no file. */
  contents?: string | undefined;
  context?: string | undefined;
  cluster?: string | undefined;
  user?: string | undefined;
  /** Uses the pod's ServiceAccount and nothing else; the other entries don't count then. */
  inCluster?: boolean | undefined;
}

/** A kubeconfig that can't be used, with the reason and the file. */
export class KubeconfigError extends Error {
  override readonly name = 'KubeconfigError';
}

/** @returns the files that a connection is made from */
export function filesOf({ contents, inCluster, kubeconfig }: KubeconfigOptions): string[] {
  if (inCluster || contents !== undefined) return [];
  if (kubeconfig) return [kubeconfig];
  return (process.env.KUBECONFIG ?? join(homedir(), '.kube', 'config')).split(delimiter);
}

/**
 * Reads the entry of a kubeconfig that the options name.
 * @throws KubeconfigError when a file or context is missing or malformed
 */
export function loadKubeconfig(options: KubeconfigOptions): KubeConfig {
  const config = new KubeConfig();
  try {
    if (options.contents !== undefined) config.loadFromString(options.contents);
    else if (options.inCluster) config.loadFromCluster();
    else if (options.kubeconfig) config.loadFromFile(options.kubeconfig);
    else config.loadFromDefault();
  } catch (error) {
    throw new KubeconfigError(
      `cannot read the kubeconfig ${options.kubeconfig ?? ''}: ${explainUnreadable(error)}`,
    );
  }
  if (options.context) {
    if (!config.getContextObject(options.context)) {
      throw new KubeconfigError(
        `the kubeconfig ${options.kubeconfig ?? ''} has no context "${options.context}"; it has ${
          config.contexts.map((context) => context.name).join(', ') || 'none'
        }`,
      );
    }
    config.setCurrentContext(options.context);
  }
  return options.cluster || options.user ? overridden(config, options) : config;
}

/** A parser's own message shows the lines around the error, which may be a token's or a key's. */
function explainUnreadable(error: unknown): string {
  const { mark } = error as { mark?: { line?: number } };
  return mark === undefined ? explain(error) : `it is no YAML, see its line ${(mark.line ?? 0) + 1}`;
}

/** kubectl's --cluster and --user: the current context with other parts. */
function overridden(config: KubeConfig, options: KubeconfigOptions): KubeConfig {
  const current = config.getContextObject(config.getCurrentContext());
  const name = 'kubestellar-override';
  config.contexts = [
    ...config.contexts,
    {
      name,
      cluster: options.cluster ?? current?.cluster ?? '',
      user: options.user ?? current?.user ?? '',
      ...(current?.namespace ? { namespace: current.namespace } : {}),
    },
  ];
  config.setCurrentContext(name);
  return config;
}

/**
 * @param source names the kubeconfig in messages
 * @returns the URL of the current context's server
 * @throws KubeconfigError when there is none, or we can't reach it
 */
export function serverOf(config: KubeConfig, source: string): URL {
  const cluster = config.getCurrentCluster();
  if (!cluster) {
    const context = config.getCurrentContext();
    throw new KubeconfigError(
      context
        ? `the kubeconfig (${source}) has no context "${context}" with a known cluster`
        : `the kubeconfig (${source}) has no current context; set one with "kubectl config use-context"`,
    );
  }
  if (cluster.proxyUrl) {
    throw new KubeconfigError(
      `the kubeconfig (${source}) asks for a proxy (proxy-url of cluster "${cluster.name}"), which is not supported; ` +
        'remove proxy-url and make the server reachable directly',
    );
  }
  return parseServer(cluster.server, source);
}

function parseServer(server: string, source: string): URL {
  try {
    const url = new URL(server);
    if (url.protocol === 'https:' || url.protocol === 'http:') return url;
  } catch {}
  throw new KubeconfigError(`the kubeconfig (${source}) has a malformed server URL "${server}"`);
}
