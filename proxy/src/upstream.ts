import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
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

/** What kcp answers; the body is still to come, and must be read or destroyed. */
export interface Answer {
  readonly status: number;
  readonly headers: NodeJS.Dict<string | string[]>;
  readonly body: Readable;
}

/** kcp for one caller, whose name tells it from all others and holds no secret. */
export interface Kcp extends Client {
  /** Sends a request. @returns the answer @throws when kcp can't be reached, and what the body of the request throws */
  ask(outgoing: Outgoing): Promise<Answer>;
}

/** Callers whose connections are kept; those of the one who was not seen longest are closed. */
const CALLERS = 1_000;
/** Callers that are remembered as such whose credentials are good. */
const ACCEPTED = 10_000;
const ANONYMOUS = 'anonymous';
/** Milliseconds: kcp itself gives up a request after a minute, and a watch may be quiet for as long as it likes. */
const LIMITS = { connect: 10_000, headers: 120_000, body: 0, idle: 4_000 };
/** Headers by which one acts as somebody else, beside `impersonate-extra-*`. */
const IMPERSONATION = /^impersonate-/;

/**
 * The kcp server behind the proxy. Each caller has connections of its own: bytes that one of them sends can never
 * become a part of another one's request. A caller with a certificate has connections by which kcp accepts the
 * identity that the proxy sends; all others bring their credentials themselves, on connections that have none.
 *
 * undici frames what is sent, and gives a connection up when its request was answered before it was sent to its end.
 */
export class Upstream {
  readonly #server: string;
  readonly #pools = new LRUCache<string, Pool>({
    max: CALLERS,
    dispose: (pool) => void pool.close().catch(() => undefined),
  });
  /** Callers with a token that kcp has accepted. */
  readonly #accepted = new LRUCache<string, true>({ max: ACCEPTED });
  #credentials: Credentials;

  /** @param server https://HOST:PORT */
  constructor(server: string, credentials: Credentials) {
    this.#server = server;
    this.#credentials = credentials;
  }

  /** Makes further requests with other credentials; those under way end on the connections that they have. */
  use(credentials: Credentials): void {
    this.#credentials = credentials;
    this.#pools.clear();
  }

  /**
   * @param identity that of the caller's certificate; undefined without one
   * @param call its request, whose credentials tell it from others
   */
  as(identity: Identity | undefined, { headers, signal }: Pick<Call, 'headers' | 'signal'>): Kcp {
    const caller = callerOf(identity, headers);
    if (!identity) {
      const isAccepted = this.#accepted.has(caller);
      return { caller, isAccepted, ask: (outgoing) => this.#ask(caller, outgoing, signal, false) };
    }
    return {
      caller,
      isAccepted: true,
      ask: async (outgoing) => {
        const headers = withIdentity(outgoing.headers, identity);
        const answer = await this.#ask(caller, { ...outgoing, headers }, signal, true);
        if (answer.status !== 401) return answer;
        answer.body.resume();
        throw new Error(
          "it does not accept the caller's identity from the workspace proxy; kcp's --requestheader-client-ca-file " +
            "must have the CA of the proxy's --proxy-client-cert-file, and --requestheader-allowed-names its common name",
        );
      },
    };
  }

  /** Ends the connections. */
  close(): void {
    const pools = [...this.#pools.values()];
    this.#pools.clear();
    for (const pool of pools) void pool.destroy();
  }

  async #ask(
    caller: string,
    { method, url, headers, body }: Outgoing,
    signal: AbortSignal,
    asProxy: boolean,
  ): Promise<Answer> {
    signal.throwIfAborted();
    const pool = this.#poolOf(caller, asProxy);
    const sent = headers as Record<string, string | string[]>;
    const answer = await pool.request({ method, path: url, headers: sent, body: body ?? null, signal });
    const isAccepted = answer.statusCode !== 401;
    if (isAccepted && caller !== ANONYMOUS) this.#accepted.set(caller, true);
    else this.#accepted.delete(caller);
    // Who has no valid credentials keeps nothing of ours open.
    if (!isAccepted && this.#pools.peek(caller) === pool) this.#pools.delete(caller);
    return { status: answer.statusCode, headers: answer.headers, body: answer.body };
  }

  #poolOf(caller: string, asProxy: boolean): Pool {
    const known = this.#pools.get(caller);
    if (known) return known;
    const { coreAuthority: ca, proxying } = this.#credentials;
    const proxy = proxying?.proxy;
    if (asProxy && !proxy) throw new Error('the workspace proxy has no certificate of its own for kcp');
    const own = asProxy && proxy ? { cert: proxy.certificate, key: proxy.key } : {};
    const pool = new Pool(this.#server, {
      connect: { ca, ...own, timeout: LIMITS.connect },
      allowH2: false,
      pipelining: 1,
      headersTimeout: LIMITS.headers,
      bodyTimeout: LIMITS.body,
      keepAliveTimeout: LIMITS.idle,
    });
    this.#pools.set(caller, pool);
    return pool;
  }
}

/** Who gets connections of its own: an identity, a token, or nobody in particular, and whom it impersonates. */
function callerOf(identity: Identity | undefined, headers: Headers): string {
  const authorization = headerOf(headers, 'authorization');
  const credentials = identity ?? { authorization };
  const others = Object.entries(headers).filter(([name]) => IMPERSONATION.test(name));
  if (!identity && authorization === undefined && others.length === 0) return ANONYMOUS;
  const seed = JSON.stringify([identity ? 'certificate' : 'headers', credentials, others.toSorted()]);
  return createHash('sha256').update(seed).digest('base64url');
}
