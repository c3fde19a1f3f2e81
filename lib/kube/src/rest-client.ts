import type { Dispatcher } from 'undici';
import { limitOf, type Outcome } from './adaptive-limit.ts';
import type { Connection } from './connection.ts';
import { ApiError, ConnectionError, type StatusBody } from './errors.ts';
import { retryAfterSeconds, text } from './http.ts';
import { reachabilityOf } from './reachability.ts';
import { countRequest, countSent } from './traffic.ts';

/** Low-level request options. */
export interface RequestOptions {
  query?: Record<string, string | number | boolean | undefined> | undefined;
  body?: unknown;
  contentType?: string | undefined;
  accept?: string | undefined;
  signal?: AbortSignal | undefined;
}

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

const TRIES_WHEN_THROTTLED = 5;
/** Responses of an overloaded server. */
const OVERLOADED = new Set([429, 503, 504]);

/** Sends requests below one path of a server: with credentials, again when throttled, and as many writes as it can handle. */
export class RestClient {
  readonly connection: Connection;
  /** Path prefix of all requests: '' for a plain cluster, `/clusters/root:imw1` for a workspace. */
  readonly path: string;

  constructor(connection: Connection, path: string) {
    this.connection = connection;
    this.path = path;
  }

  /** Any request below this client's path. @returns the parsed JSON response */
  async request<T>(method: Method, path: string, options: RequestOptions = {}): Promise<T> {
    const response = await this.send(method, path, options);
    const body = await text(response.body);
    return (response.headers['content-type'] ?? '').includes('json') ? JSON.parse(body) : (body as T);
  }

  /** @returns the response with an unread body @throws ApiError, ConnectionError */
  protected async send(
    method: Method,
    path: string,
    options: RequestOptions,
  ): Promise<Dispatcher.ResponseData> {
    for (let attempt = 1; ; attempt++) {
      const credentials = await this.connection.headers();
      const response = await this.sendInTurn(method, path, options, credentials);
      if (response.statusCode < 400) {
        reachabilityOf(this.connection).succeeded();
        return response;
      }
      const wait = retryAfterSeconds(response);
      const error = await this.failure(method, path, response, wait);
      if (error.code === 401 && attempt === 1 && (await this.connection.reload(credentials))) continue;
      if (error.code === 401) reachabilityOf(this.connection).refused();
      if (error.code !== 429 || attempt >= TRIES_WHEN_THROTTLED) throw error;
      await pause(Math.min(wait ?? 1, 10) * 1000, options.signal);
    }
  }

  /** Limits simultaneous writes to what the server can handle, except for Leases, which cannot wait. */
  private async sendInTurn(...request: Parameters<RestClient['sendOnce']>): Promise<Dispatcher.ResponseData> {
    const [method, path, options] = request;
    if (method === 'GET' || path.includes('/leases/')) return this.sendOnce(...request);
    const leave = await limitOf(this.connection).enter();
    let outcome: Outcome = 'lost';
    try {
      options.signal?.throwIfAborted();
      const response = await this.sendOnce(...request);
      outcome = OVERLOADED.has(response.statusCode) ? 'overloaded' : 'answered';
      return response;
    } finally {
      leave(outcome);
    }
  }

  private async sendOnce(
    method: Method,
    path: string,
    options: RequestOptions,
    credentials: Record<string, string>,
  ) {
    const { connection } = this;
    const watching = options.query?.watch === true;
    const query = Object.entries(options.query ?? {}).filter(
      ([, value]) => value !== undefined && value !== '',
    );
    const search = new URLSearchParams(
      query.map(([key, value]): [string, string] => [key, String(value)]),
    ).toString();
    const body = options.body === undefined ? undefined : Buffer.from(JSON.stringify(options.body));
    countSent(body?.length ?? 0);
    try {
      const dispatcher = watching ? connection.watchDispatcher : connection.dispatcher;
      const response = await dispatcher.request({
        origin: connection.server,
        path: `${this.path}${path}${search ? `?${search}` : ''}`,
        method,
        headers: {
          ...connection.moreHeaders,
          ...credentials,
          accept: options.accept ?? 'application/json',
          ...(body ? { 'content-type': options.contentType ?? 'application/json' } : {}),
        },
        // A DELETE with preconditions has a body, after which undici would not reuse the connection.
        ...(body ? { body, reset: false } : {}),
        ...(options.signal ? { signal: options.signal } : {}),
      });
      countRequest(method, `${this.path}${path}`, watching, response.statusCode);
      return response;
    } catch (error) {
      countRequest(method, `${this.path}${path}`, watching, 0);
      if (options.signal?.aborted) throw error;
      reachabilityOf(connection).lost();
      throw new ConnectionError(`${method} ${this.path}${path}`, connection.server, error);
    }
  }

  private async failure(method: Method, path: string, response: Dispatcher.ResponseData, wait?: number) {
    const body = await text(response.body).catch(() => '');
    let status: StatusBody;
    try {
      status = JSON.parse(body) as StatusBody;
    } catch {
      status = { message: body.slice(0, 300).trim() || `HTTP ${response.statusCode}` };
    }
    return new ApiError(`${method} ${this.path}${path}`, response.statusCode, status, wait);
  }
}

function pause(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, milliseconds);
    const abort = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    signal?.addEventListener('abort', abort, { once: true });
  });
}
