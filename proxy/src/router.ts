import { denaturedGroup } from '@kubestellar/api';
import { LRUCache } from 'lru-cache';
import { type Call, wholeText } from './call.ts';
import { passDenatured } from './denatured.ts';
import { readable } from './headers.ts';
import type { Usage } from './limits.ts';
import { denaturedGroupOf, parsePath, withoutDenaturedGroups } from './rewrite.ts';
import type { Kcp, KcpResponse } from './upstream.ts';

/** How long a workspace is known to have, or to lack, a denatured group (ms): binding it takes seconds. */
const KNOWN_FOR = { served: 60_000, missing: 2_000 };
/** Headers that identify the caller and its program. */
const CREDENTIALS = /^(authorization|user-agent|impersonate-.*)$/;
/** Workspaces, groups and callers for which that is remembered. */
const REMEMBERED = 10_000;

/**
 * Passes requests on to kcp unchanged, with the credentials of the caller, except for kinds that would act in a
 * workspace. Where the workspace serves their denatured resources, these are read and written under the native names.
 */
export class DenaturingRouter {
  readonly #usage: Usage;
  readonly #known = new LRUCache<string, 'served' | 'missing'>({ max: REMEMBERED });

  /** @param usage counts the bodies that are held in memory */
  constructor(usage: Usage) {
    this.#usage = usage;
  }

  /** Answers one call. @param kcp for its caller @throws Refusal, and when kcp or the client has disconnected */
  async handle(kcp: Kcp, call: Call): Promise<void> {
    const { method, target, headers, body } = call;
    const url = target.path + target.query;
    const path = parsePath(target);
    const group = path && denaturedGroupOf(path.rest);
    if (path && group) {
      // kcp authenticates the caller before any part of a body is kept in memory.
      const found = await this.#look(kcp, path.base, group, call);
      if (found === 'served') return passDenatured(kcp, call, this.#usage, path, group);
      if (found !== 'missing') return call.respond(found);
    }
    if (path && method === 'GET' && /^\/apis\/?$/.test(path.rest)) return passGroups(kcp, call, url);
    return call.respond(await kcp.send({ method, url, headers: withLength(headers, call), body }));
  }

  /**
   * Whether a workspace serves a denatured group, requested with the credentials of the caller.
   * @returns kcp's response where kcp does not say so: then native objects must not be reached instead
   */
  async #look(
    kcp: Kcp,
    base: string,
    group: string,
    call: Call,
  ): Promise<'served' | 'missing' | KcpResponse> {
    const key = `${kcp.caller} ${base} ${group}`;
    const known = this.#known.get(key);
    if (known) return known;
    // Only credentials: conditions and ranges of the call do not belong to this request.
    const credentials = Object.fromEntries(
      Object.entries(call.headers).filter(([name]) => CREDENTIALS.test(name)),
    );
    const url = `${base}/apis/${denaturedGroup(group)}`;
    const headers = { ...credentials, accept: 'application/json' };
    const response = await kcp.send({ method: 'GET', url, headers });
    if (response.status !== 200 && response.status !== 404) return response;
    response.body.resume();
    const found = response.status === 200 ? 'served' : 'missing';
    this.#known.set(key, found, { ttl: KNOWN_FOR[found] });
    return found;
  }
}

/** With the length that the client announces; without one undici sends chunks. */
function withLength(headers: Call['headers'], { body }: Call): Call['headers'] {
  const length = body?.announced;
  return length === undefined ? headers : { ...headers, 'content-length': length };
}

async function passGroups(kcp: Kcp, call: Call, url: string): Promise<void> {
  const response = await kcp.send({ method: 'GET', url, headers: readable(call.headers) });
  const isList =
    response.status === 200 && [response.headers['content-type']].flat()[0]?.includes('json') === true;
  if (!isList) return call.respond(response);
  return call.respondWhole(response, withoutDenaturedGroups(await wholeText(response)));
}
