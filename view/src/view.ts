import type { IncomingMessage, ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { twinGroupOf } from '@kubestellar/api';
import { explain } from '@kubestellar/kube';
import type { Logger } from '@kubestellar/kube/program';
import { fail } from './fail.ts';
import { headersOf, readable } from './headers.ts';
import { denaturedGroupOf, parsePath, withoutTwinGroups } from './rewrite.ts';
import { passToTwin } from './twins.ts';
import type { Kcp } from './upstream.ts';

/** How long it counts that a workspace has, or lacks, the twins of a group (ms): binding them takes seconds. */
const KNOWN_FOR = { served: 60_000, missing: 2_000 };

/**
 * Passes requests on to kcp as they are, with the credentials of who asks, except for kinds that would act in a
 * workspace: where the workspace has twins of them these are written and read instead, under the natural names.
 */
export class View {
  readonly #logger: Logger;
  readonly #known = new Map<string, { served: boolean; until: number }>();

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /** Answers one request; never throws. @param kcp for the one who asks */
  async handle(kcp: Kcp, incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    try {
      await this.#pass(kcp, incoming, outgoing);
    } catch (error) {
      // Most often the client has gone away in the midst of a watch.
      this.#logger.debug({ method: incoming.method, reason: explain(error) }, 'a request ended early');
      if (outgoing.headersSent) outgoing.destroy();
      else fail(outgoing, 502, `the core did not answer the view: ${explain(error)}`);
    }
  }

  async #pass(kcp: Kcp, incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const { url = '/', method = 'GET' } = incoming;
    const path = parsePath(url);
    const group = path && denaturedGroupOf(path.rest);
    if (path && group && (await this.#serves(kcp, path.base, group, incoming)))
      return passToTwin(kcp, incoming, outgoing, path, group);
    if (path && method === 'GET' && /^\/apis\/?(\?|$)/.test(path.rest))
      return this.#passGroups(kcp, incoming, outgoing, url);
    const answer = await kcp.ask({ method, url, headers: headersOf(incoming), body: incoming });
    outgoing.writeHead(answer.statusCode ?? 502, headersOf(answer));
    await pipeline(answer, outgoing);
  }

  async #passGroups(
    kcp: Kcp,
    incoming: IncomingMessage,
    outgoing: ServerResponse,
    url: string,
  ): Promise<void> {
    const answer = await kcp.ask({ method: 'GET', url, headers: readable(incoming) });
    const { 'content-length': _, etag: __, ...kept } = headersOf(answer);
    const content = await text(answer);
    const isList = answer.statusCode === 200 && (answer.headers['content-type'] ?? '').includes('json');
    outgoing.writeHead(answer.statusCode ?? 502, kept);
    outgoing.end(isList ? withoutTwinGroups(content) : content);
  }

  /** Whether a workspace has the twins of a group, asked with the credentials of who wants to know. */
  async #serves(kcp: Kcp, base: string, group: string, incoming: IncomingMessage): Promise<boolean> {
    const key = `${base} ${group}`;
    const known = this.#known.get(key);
    if (known && known.until > Date.now()) return known.served;
    const { authorization } = incoming.headers;
    const headers = { accept: 'application/json', ...(authorization ? { authorization } : {}) };
    const url = `${base}/apis/${twinGroupOf(group)}`;
    const answer = await kcp.ask({ method: 'GET', url, headers });
    answer.resume();
    const served = answer.statusCode === 200;
    // Who may not ask gets the same answer to the request itself.
    if (served || answer.statusCode === 404)
      this.#known.set(key, { served, until: Date.now() + (served ? KNOWN_FOR.served : KNOWN_FOR.missing) });
    return served;
  }
}
