import type { KubeConfig } from '@kubernetes/client-node/dist/config.js';
import { Agent, type Dispatcher } from 'undici';
import { explain } from './errors.ts';
import { FileStamp } from './file-stamp.ts';
import { filesOf, KubeconfigError, type KubeconfigOptions, loadKubeconfig, serverOf } from './kubeconfig.ts';

/**
 * More do not make a server faster (a plain client is as fast with 16, docs/performance.md), and each costs both
 * ends a handshake, and us about 0.1 MB.
 */
const CONNECTIONS = 24;

/** Which server to connect to, and how. */
export interface ConnectionOptions extends KubeconfigOptions {
  /** How long an answer may take to begin, and then to go on, milliseconds; default a minute. */
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

/**
 * Reads the kubeconfig and creates a connection pool from it; contacts no server.
 * @throws KubeconfigError when a file, context, cluster or user is missing or malformed
 */
export async function connect(options: ConnectionOptions = {}): Promise<Connection> {
  const config = loadKubeconfig(options);
  const source = options.kubeconfig ?? process.env.KUBECONFIG ?? '~/.kube/config';
  const url = serverOf(config, source);
  try {
    return new KubeconfigConnection(url, config, await trustOf(config), options);
  } catch (error) {
    throw new KubeconfigError(`cannot use the credentials in the kubeconfig (${source}): ${explain(error)}`);
  }
}

/** A connection whose credentials follow the files that they come from. */
class KubeconfigConnection implements Connection {
  readonly server: string;
  readonly basePath: string;
  readonly namespace: string | undefined;
  readonly moreHeaders: Connection['moreHeaders'];
  readonly connections: number;
  readonly #options: ConnectionOptions & { connections: number };
  readonly #stamp: FileStamp;
  readonly #retired: Pools[] = [];
  #config: KubeConfig;
  #trust: Trust;
  #pools: Pools;
  #cached: { headers: Record<string, string>; until: number } | undefined;

  constructor(url: URL, config: KubeConfig, trust: Trust, options: ConnectionOptions) {
    this.server = url.origin;
    this.basePath = url.pathname.replace(/\/+$/, '');
    this.namespace = config.getContextObject(config.getCurrentContext())?.namespace;
    this.moreHeaders = options.headers;
    this.connections = options.connections ?? CONNECTIONS;
    this.#options = { ...options, connections: this.connections };
    this.#stamp = new FileStamp(filesOf(options));
    this.#config = config;
    this.#trust = trust;
    this.#pools = new Pools(trust, this.#options);
  }

  get dispatcher(): Dispatcher {
    return this.#pools.short;
  }

  get watchDispatcher(): Dispatcher {
    return this.#pools.watches;
  }

  async headers(): Promise<Record<string, string>> {
    // What is being written can be read a moment later; until then, what we have must do.
    if (this.#stamp.hasChanged()) await this.#read().catch(() => this.#stamp.forget());
    if (this.#cached && this.#cached.until > Date.now()) return this.#cached.headers;
    return this.#remember(this.#config, await authHeaders(this.#config));
  }

  async reload(refused: Record<string, string>): Promise<boolean> {
    if (this.#cached && this.#cached.headers !== refused) return true;
    const { headers, isOther } = await this.#read();
    return isOther || JSON.stringify(headers) !== JSON.stringify(refused);
  }

  async close(): Promise<void> {
    await Promise.all([this.#pools, ...this.#retired].map((each) => each.destroy()));
  }

  /** Reads the kubeconfig anew. Requests under way end on the connections that they have. */
  async #read(): Promise<{ headers: Record<string, string>; isOther: boolean }> {
    const config = loadKubeconfig(this.#options);
    const trust = await trustOf(config);
    const headers = this.#remember(config, await authHeaders(config));
    this.#config = config;
    if (JSON.stringify(trust) === JSON.stringify(this.#trust)) return { headers, isOther: false };
    this.#trust = trust;
    this.#retired.push(this.#pools);
    void this.#pools.retire();
    this.#pools = new Pools(trust, this.#options);
    return { headers, isOther: true };
  }

  #remember(config: KubeConfig, credentials: Record<string, string>): Record<string, string> {
    const headers = { ...credentials, 'user-agent': this.#options.userAgent ?? 'kubestellar' };
    this.#cached = { headers, until: Date.now() + credentialLife(config) };
    return headers;
  }
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
