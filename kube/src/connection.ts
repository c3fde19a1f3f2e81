import { KubeConfig } from '@kubernetes/client-node/dist/config.js';
import { Agent, type Dispatcher } from 'undici';
import { explain } from './errors.ts';

/** Which kubeconfig entry to use. Absent parts follow kubectl: $KUBECONFIG, ~/.kube/config, in-cluster. */
export interface ConnectionOptions {
  kubeconfig?: string | undefined;
  context?: string | undefined;
  cluster?: string | undefined;
  user?: string | undefined;
  /** Uses the pod's ServiceAccount and nothing else; the other entries don't count then. */
  inCluster?: boolean | undefined;
  /** Pooled HTTP/1.1 connections to the server at the most; default 32. */
  connections?: number | undefined;
  userAgent?: string | undefined;
}

/** A server, how to trust it, and how to authenticate. The only place that knows secrets of a client. */
export interface Connection {
  /** scheme://host:port, without path or trailing slash. */
  readonly server: string;
  /** Path of the kubeconfig's server URL, such as `/clusters/root`, or empty. */
  readonly basePath: string;
  readonly namespace: string | undefined;
  /** Pool for short requests. */
  readonly dispatcher: Dispatcher;
  /** Unbounded pool for watches, so that they never starve the short requests. */
  readonly watchDispatcher: Dispatcher;
  /** Headers of one request, credentials included; called for each request so that tokens can rotate. */
  headers(): Promise<Record<string, string>>;
  /**
   * Reads the credentials again, after the server has refused them: kcp writes a new token into its
   * kubeconfig at each start.
   * @param refused what `headers` gave for the refused request
   * @returns whether there are others now, so that it is worth trying again
   */
  reload(refused: Record<string, string>): Promise<boolean>;
  close(): Promise<void>;
}

/** A kubeconfig that can't be used, with the reason and the file. */
export class KubeconfigError extends Error {
  override readonly name = 'KubeconfigError';
}

/**
 * Reads the kubeconfig and makes a connection pool of it; contacts no server.
 * @throws KubeconfigError when a file, context, cluster or user is missing or malformed
 */
export async function connect(options: ConnectionOptions = {}): Promise<Connection> {
  let config = load(options);
  const cluster = config.getCurrentCluster();
  const source = options.kubeconfig ?? process.env.KUBECONFIG ?? '~/.kube/config';
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
  const url = parseServer(cluster.server, source);
  const tls: Tls = {};
  try {
    await config.applyToHTTPSOptions(tls);
  } catch (error) {
    throw new KubeconfigError(`cannot use the credentials in the kubeconfig (${source}): ${explain(error)}`);
  }
  const trust = {
    timeout: 10_000,
    ca: tls.ca,
    cert: tls.cert,
    key: tls.key,
    ...(tls.servername ? { servername: tls.servername } : {}),
    ...(tls.rejectUnauthorized === false ? { rejectUnauthorized: false } : {}),
  };
  const dispatcher = new Agent({
    connections: options.connections ?? 32,
    allowH2: false, // pooled HTTP/1.1 is several times faster here (design.md)
    keepAliveTimeout: 30_000,
    headersTimeout: 60_000,
    bodyTimeout: 60_000,
    connect: trust,
  });
  const watchDispatcher = new Agent({
    allowH2: false,
    headersTimeout: 60_000,
    bodyTimeout: WATCH_SILENCE,
    connect: trust,
  });
  const userAgent = options.userAgent ?? 'kubestellar';
  let cached: { headers: Record<string, string>; until: number } | undefined;
  return {
    server: url.origin,
    basePath: url.pathname.replace(/\/+$/, ''),
    namespace: config.getContextObject(config.getCurrentContext())?.namespace,
    dispatcher,
    watchDispatcher,
    async headers() {
      if (cached && cached.until > Date.now()) return cached.headers;
      const headers = { ...(await authHeaders(config)), 'user-agent': userAgent };
      cached = { headers, until: Date.now() + credentialLife(config) };
      return headers;
    },
    async reload(refused) {
      if (cached && cached.headers !== refused) return true;
      config = load(options);
      const headers = { ...(await authHeaders(config)), 'user-agent': userAgent };
      cached = { headers, until: Date.now() + credentialLife(config) };
      return JSON.stringify(headers) !== JSON.stringify(refused);
    },
    async close() {
      await Promise.all([dispatcher.destroy(), watchDispatcher.destroy()]);
    },
  };
}

/** A watch silent for longer is taken for dead; servers end ours after eight minutes at the latest. */
const WATCH_SILENCE = 9 * 60_000;

async function authHeaders(config: KubeConfig): Promise<Record<string, string>> {
  const fresh: Tls = {};
  await config.applyToHTTPSOptions(fresh);
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(fresh.headers ?? {})) headers[name] = String(value);
  if (fresh.auth) headers.Authorization = `Basic ${Buffer.from(fresh.auth).toString('base64')}`;
  return headers;
}

/** Tokens from files and plugins rotate: they are asked for again each half minute (milliseconds). */
function credentialLife(config: KubeConfig): number {
  const user = config.getCurrentUser();
  return user?.exec || user?.authProvider ? 30_000 : Number.POSITIVE_INFINITY;
}

interface Tls {
  ca?: string | Buffer;
  cert?: string | Buffer;
  key?: string | Buffer;
  servername?: string;
  rejectUnauthorized?: boolean;
  auth?: string;
  headers?: Record<string, unknown>;
}

function load(options: ConnectionOptions): KubeConfig {
  const config = new KubeConfig();
  try {
    if (options.inCluster) config.loadFromCluster();
    else if (options.kubeconfig) config.loadFromFile(options.kubeconfig);
    else config.loadFromDefault();
  } catch (error) {
    throw new KubeconfigError(`cannot read the kubeconfig ${options.kubeconfig ?? ''}: ${explain(error)}`);
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

/** kubectl's --cluster and --user: the current context with other parts. */
function overridden(config: KubeConfig, options: ConnectionOptions): KubeConfig {
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

function parseServer(server: string, source: string): URL {
  try {
    const url = new URL(server);
    if (url.protocol === 'https:' || url.protocol === 'http:') return url;
  } catch {}
  throw new KubeconfigError(`the kubeconfig (${source}) has a malformed server URL "${server}"`);
}
