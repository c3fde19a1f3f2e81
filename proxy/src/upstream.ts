import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import { createSecureContext, type SecureContext } from 'node:tls';
import { LRUCache } from 'lru-cache';
import { Pool } from 'undici';
import type { Call } from './call.ts';
import type { Identity } from './clients.ts';
import type { Credentials } from './credentials.ts';
import { type Headers, headerOf, withIdentity } from './headers.ts';
import type { Client } from './limits.ts';

/** One request to kcp. */
export interface Outgoing {
  readonly method: string;
  /** Path with its query. */
  readonly url: string;
  readonly headers: Headers;
  readonly body?: Buffer | Readable | undefined;
}

/** A response of kcp; its body is still being received, and must be read or destroyed. */
export interface KcpResponse {
  readonly status: number;
  readonly headers: NodeJS.Dict<string | string[]>;
  readonly body: Readable;
}

/** kcp for one caller, whose name identifies it and holds no secret. */
export interface Kcp extends Client {
  /** Sends a request. @returns the response @throws when kcp is unreachable, and errors of the request's body */
  send(outgoing: Outgoing): Promise<KcpResponse>;
}

/** Callers whose connections are kept; those of the least recently seen one are closed. */
const CALLERS = 1_000;
/** Callers that are remembered as having valid credentials. */
const ACCEPTED = 10_000;
const ANONYMOUS = 'anonymous';
/** Milliseconds: kcp itself ends a request after a minute, and a watch may be quiet as long as it likes. */
const LIMITS = { connect: 10_000, headers: 120_000, body: 0, idle: 4_000 };
/** Headers with which a user acts as another one, beside `impersonate-extra-*`. */
const IMPERSONATION = /^impersonate-/;

/**
 * The kcp server behind the proxy. Each caller has its own connections: bytes that one of them sends can never become
 * a part of another one's request. A caller with a certificate has connections on which kcp accepts the identity that
 * the proxy sends. All other callers send their own credentials, on connections without a certificate.
 *
 * undici frames requests, and closes a connection when a response arrived before its request was sent completely.
 */
export class Upstream {
  readonly #server: string;
  readonly #pools = new LRUCache<string, Pool>({
    max: CALLERS,
    dispose: (pool) => void pool.close().catch(() => undefined),
  });
  /** How kcp is known, and who we are to it, as ourselves or without a name: read once, not for each connection. */
  readonly #contexts = new Map<boolean, SecureContext>();
  /** Callers with a token that kcp has accepted. */
  readonly #accepted = new LRUCache<string, true>({ max: ACCEPTED });
  #credentials: Credentials;

  /** @param server https://HOST:PORT */
  constructor(server: string, credentials: Credentials) {
    this.#server = server;
    this.#credentials = credentials;
  }

  /** Uses other credentials for further requests; those in progress end on their connections. */
  use(credentials: Credentials): void {
    this.#credentials = credentials;
    this.#contexts.clear();
    this.#pools.clear();
  }

  /**
   * @param identity identity of the caller's certificate; undefined without one
   * @param call its request, whose credentials identify the caller
   */
  connectAs(identity: Identity | undefined, { headers, signal }: Pick<Call, 'headers' | 'signal'>): Kcp {
    const caller = callerOf(identity, headers);
    if (!identity) {
      const isAccepted = this.#accepted.has(caller);
      return { caller, isAccepted, send: (outgoing) => this.#send(caller, outgoing, signal, false) };
    }
    return {
      caller,
      isAccepted: true,
      send: async (outgoing) => {
        const headers = withIdentity(outgoing.headers, identity);
        const response = await this.#send(caller, { ...outgoing, headers }, signal, true);
        if (response.status !== 401) return response;
        response.body.resume();
        throw new Error(
          "it does not accept the caller's identity from the workspace proxy; kcp's --requestheader-client-ca-file " +
            "must have the CA of the proxy's --proxy-client-cert-file, and --requestheader-allowed-names its common name",
        );
      },
    };
  }

  /** Closes the connections. */
  close(): void {
    const pools = [...this.#pools.values()];
    this.#pools.clear();
    for (const pool of pools) void pool.destroy();
  }

  async #send(
    caller: string,
    { method, url, headers, body }: Outgoing,
    signal: AbortSignal,
    asProxy: boolean,
  ): Promise<KcpResponse> {
    signal.throwIfAborted();
    const pool = this.#poolOf(caller, asProxy);
    const sent = headers as Record<string, string | string[]>;
    const response = await pool.request({ method, path: url, headers: sent, body: body ?? null, signal });
    const isAccepted = response.statusCode !== 401;
    if (isAccepted && caller !== ANONYMOUS) this.#accepted.set(caller, true);
    else this.#accepted.delete(caller);
    // A caller without valid credentials keeps no connection open.
    if (!isAccepted && this.#pools.peek(caller) === pool) this.#pools.delete(caller);
    return { status: response.statusCode, headers: response.headers, body: response.body };
  }

  #poolOf(caller: string, asProxy: boolean): Pool {
    const known = this.#pools.get(caller);
    if (known) return known;
    const pool = new Pool(this.#server, {
      connect: { secureContext: this.#contextFor(asProxy), timeout: LIMITS.connect },
      allowH2: false,
      pipelining: 1,
      headersTimeout: LIMITS.headers,
      bodyTimeout: LIMITS.body,
      keepAliveTimeout: LIMITS.idle,
    });
    this.#pools.set(caller, pool);
    return pool;
  }

  #contextFor(asProxy: boolean): SecureContext {
    const known = this.#contexts.get(asProxy);
    if (known) return known;
    const { coreCA: ca, proxying } = this.#credentials;
    const proxy = proxying?.proxy;
    if (asProxy && !proxy) throw new Error('the workspace proxy has no certificate of its own for kcp');
    const own = asProxy && proxy ? { cert: proxy.certificate, key: proxy.key } : {};
    const context = createSecureContext({ ca, ...own });
    this.#contexts.set(asProxy, context);
    return context;
  }
}

/** Names the caller: its identity or token, or nobody in particular, and whom it impersonates. */
function callerOf(identity: Identity | undefined, headers: Headers): string {
  const authorization = headerOf(headers, 'authorization');
  const credentials = identity ?? { authorization };
  const others = Object.entries(headers).filter(([name]) => IMPERSONATION.test(name));
  if (!identity && authorization === undefined && others.length === 0) return ANONYMOUS;
  const seed = JSON.stringify([identity ? 'certificate' : 'headers', credentials, others.toSorted()]);
  return createHash('sha256').update(seed).digest('base64url');
}
