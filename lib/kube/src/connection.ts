import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { KubeConfig } from '@kubernetes/client-node/dist/config.js';
import { Agent, type Dispatcher } from 'undici';
import { explain } from './errors.ts';
import { FileStamp } from './file-stamp.ts';

/**
 * More do not make a server faster (a plain client is as fast with 16, docs/performance.md), and each costs both
 * ends a handshake, and us about 0.1 MB.
 */
const CONNECTIONS = 24;

/** Which kubeconfig entry to use. Absent parts follow kubectl: $KUBECONFIG, ~/.kube/config, in-cluster. */
export interface ConnectionOptions {
  kubeconfig?: string | undefined;
  /** The text of a kubeconfig that is in no file. */
  contents?: string | undefined;
  context?: string | undefined;
  cluster?: string | undefined;
  user?: string | undefined;
  /** Uses the pod's ServiceAccount and nothing else; the other entries are ignored then. */
  inCluster?: boolean | undefined;
  /** How long a response may take to begin, and then to continue, milliseconds; default a minute. */
  requestTimeout?: number | undefined;
  /** Limit of pooled HTTP/1.1 connections to the server; default 24, of which writes use as many as the server can handle. */
  connections?: number | undefined;
  userAgent?: string | undefined;
  /** Headers of each request beside the credentials, such as those for impersonation. */
  headers?: Readonly<Record<string, string[]>> | undefined;
}

/** A server, its CA, and the credentials for it. The only place that knows secrets of a client. */
export interface Connection {
  /** scheme://host:port, without path or trailing slash. */
  readonly server: string;
  /** Path of the kubeconfig's server URL, such as `/clusters/root`, or empty. */
  readonly basePath: string;
  readonly namespace: string | undefined;
  /** Headers of each request beside those of `headers()`. */
  readonly moreHeaders?: Readonly<Record<string, string[]>> | undefined;
  /** Limit of simultaneous short requests. */
  readonly connections: number;
  /** Pool for short requests; another one after the kubeconfig's certificates have changed. */
  readonly dispatcher: Dispatcher;
  /** Unbounded pool for watches, so that they never starve the short requests. */
  readonly watchDispatcher: Dispatcher;
  /** Headers of one request, credentials included; called for each request so that tokens can rotate. */
  headers(): Promise<Record<string, string>>;
  /**
   * Reads the credentials again after the server has refused them: kcp writes a new token into its
   * kubeconfig at each start.
   * @param refused the headers of the refused request
   * @returns whether there are other credentials now, so that it is worth trying again
   */
  reload(refused: Record<string, string>): Promise<boolean>;
  close(): Promise<void>;
}

/** A kubeconfig that cannot be used, with the reason and the file. */
export class KubeconfigError extends Error {
  override readonly name = 'KubeconfigError';
}

/**
 * Reads the kubeconfig and creates a connection pool from it; contacts no server.
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
  let trust: Trust;
  try {
    trust = await trustOf(config);
  } catch (error) {
    throw new KubeconfigError(`cannot use the credentials in the kubeconfig (${source}): ${explain(error)}`);
  }
  const connections = options.connections ?? CONNECTIONS;
  let pools = new Pools(trust, { ...options, connections });
  const retired: Pools[] = [];
  const userAgent = options.userAgent ?? 'kubestellar';
  let cached: { headers: Record<string, string>; until: number } | undefined;
  const stamp = new FileStamp(filesOf(options));

  /** Reads the kubeconfig again. Requests in progress end on their connections. */
  const read = async () => {
    const fresh = load(options);
    const freshTrust = await trustOf(fresh);
    const headers = { ...(await authHeaders(fresh)), 'user-agent': userAgent };
    config = fresh;
    cached = { headers, until: Date.now() + credentialLife(fresh) };
    if (JSON.stringify(freshTrust) === JSON.stringify(trust)) return { headers, isOther: false };
    trust = freshTrust;
    retired.push(pools);
    void pools.retire();
    pools = new Pools(trust, { ...options, connections });
    return { headers, isOther: true };
  };

  return {
    server: url.origin,
    basePath: url.pathname.replace(/\/+$/, ''),
    namespace: config.getContextObject(config.getCurrentContext())?.namespace,
    moreHeaders: options.headers,
    connections,
    get dispatcher() {
      return pools.short;
    },
    get watchDispatcher() {
      return pools.watches;
    },
    async headers() {
      if (stamp.hasChanged()) {
        // A file that is being written can be read a moment later; until then, the former credentials are used.
        await read().catch(() => stamp.forget());
      }
      if (cached && cached.until > Date.now()) return cached.headers;
      const headers = { ...(await authHeaders(config)), 'user-agent': userAgent };
      cached = { headers, until: Date.now() + credentialLife(config) };
      return headers;
    },
    async reload(refused) {
      if (cached && cached.headers !== refused) return true;
      const { headers, isOther } = await read();
      return isOther || JSON.stringify(headers) !== JSON.stringify(refused);
    },
    async close() {
      await Promise.all([pools, ...retired].map((each) => each.destroy()));
    },
  };
}

/** How the server, and this client, authenticate on the level of connections. */
type Trust = Pick<Tls, 'ca' | 'cert' | 'key' | 'servername' | 'rejectUnauthorized'>;

async function trustOf(config: KubeConfig): Promise<Trust> {
  const tls: Tls = {};
  await config.applyToHTTPSOptions(tls);
  const { ca, cert, key, servername, rejectUnauthorized } = tls;
  const text = (value: string | Buffer | undefined) => value?.toString();
  return {
    ...(ca ? { ca: text(ca) ?? '' } : {}),
    ...(cert ? { cert: text(cert) ?? '' } : {}),
    ...(key ? { key: text(key) ?? '' } : {}),
    ...(servername ? { servername } : {}),
    ...(rejectUnauthorized === false ? { rejectUnauthorized } : {}),
  };
}

/** The connections of one identity. */
class Pools {
  readonly short: Agent;
  readonly watches: Agent;

  constructor(
    trust: Trust,
    { connections, requestTimeout = 60_000 }: ConnectionOptions & { connections: number },
  ) {
    const connectTimeout = Math.min(requestTimeout, 10_000);
    // HTTP/1.1: pooled connections were several times faster than one HTTP/2 connection (docs/performance.md).
    const common = {
      allowH2: false,
      headersTimeout: requestTimeout,
      connect: { timeout: connectTimeout, ...trust },
    };
    this.short = new Agent({ ...common, connections, keepAliveTimeout: 30_000, bodyTimeout: requestTimeout });
    this.watches = new Agent({ ...common, bodyTimeout: WATCH_TIMEOUT });
  }

  /** Accepts no new requests and closes after the last one in progress. */
  async retire(): Promise<void> {
    await Promise.all([this.short.close(), this.watches.close()]);
  }

  async destroy(): Promise<void> {
    await Promise.all([this.short.destroy(), this.watches.destroy()]);
  }
}

/** The files that a connection is made from. */
function filesOf({ contents, inCluster, kubeconfig }: ConnectionOptions): string[] {
  if (inCluster || contents !== undefined) return [];
  if (kubeconfig) return [kubeconfig];
  return (process.env.KUBECONFIG ?? join(homedir(), '.kube', 'config')).split(delimiter);
}

/** A watch without data for longer is considered dead; servers end ours after at most eight minutes. */
const WATCH_TIMEOUT = 9 * 60_000;

async function authHeaders(config: KubeConfig): Promise<Record<string, string>> {
  const fresh: Tls = {};
  await config.applyToHTTPSOptions(fresh);
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(fresh.headers ?? {})) headers[name] = String(value);
  if (fresh.auth) headers.Authorization = `Basic ${Buffer.from(fresh.auth).toString('base64')}`;
  return headers;
}

/** Tokens from files and plugins rotate: they are read again every half minute (milliseconds). */
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

/** A parser's own message shows the lines around the error, which may contain a token or a key. */
function explainUnreadable(error: unknown): string {
  const { mark } = error as { mark?: { line?: number } };
  return mark === undefined ? explain(error) : `it is no YAML, see its line ${(mark.line ?? 0) + 1}`;
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
