import { twinGroupOf } from '@kubestellar/api';
import { LRUCache } from 'lru-cache';
import { type Call, wholeText } from './call.ts';
import { readable } from './headers.ts';
import type { Usage } from './limits.ts';
import { denaturedGroupOf, parsePath, withoutTwinGroups } from './rewrite.ts';
import { passToTwin } from './twins.ts';
import type { Answer, Kcp } from './upstream.ts';

/** How long a workspace is known to have, or to lack, the twins of a group (ms): binding them takes seconds. */
const KNOWN_FOR = { served: 60_000, missing: 2_000 };
/** Headers that say who the caller is, and with which program. */
const CREDENTIALS = /^(authorization|user-agent|impersonate-.*)$/;
/** Workspaces, groups and callers for which that is remembered. */
const REMEMBERED = 10_000;

/**
 * Passes requests on to kcp as they are, with the credentials of the caller, except for kinds that would act in a
 * workspace: where the workspace has twins of them these are written and read instead, under the natural names.
 */
export class View {
  readonly #usage: Usage;
  readonly #known = new LRUCache<string, 'served' | 'missing'>({ max: REMEMBERED });

  /** @param usage what counts the bodies that are held in memory */
  constructor(usage: Usage) {
    this.#usage = usage;
  }

  /** Answers one call. @param kcp for its caller @throws Refusal, and when kcp or the client has gone */
  async handle(kcp: Kcp, call: Call): Promise<void> {
    const { method, target, headers, body } = call;
    const url = target.path + target.query;
    const path = parsePath(target);
    const group = path && denaturedGroupOf(path.rest);
    if (path && group) {
      // It is kcp that says who the caller is, and it does so before anything of a body is held in memory.
      const found = await this.#look(kcp, path.base, group, call);
      if (found === 'served') return passToTwin(kcp, call, this.#usage, path, group);
      if (found !== 'missing') return call.answer(found);
    }
    if (path && method === 'GET' && /^\/apis\/?$/.test(path.rest)) return passGroups(kcp, call, url);
    return call.answer(await kcp.ask({ method, url, headers: withLength(headers, call), body }));
  }

  /**
   * Whether a workspace has the twins of a group, asked with the credentials of the caller.
   * @returns kcp's answer where kcp does not say: then nothing is known, and nothing native may be reached instead
   */
  async #look(kcp: Kcp, base: string, group: string, call: Call): Promise<'served' | 'missing' | Answer> {
    const key = `${kcp.caller} ${base} ${group}`;
    const known = this.#known.get(key);
    if (known) return known;
    // Nothing but credentials: conditions and ranges of the call are not those of this question.
    const credentials = Object.fromEntries(
      Object.entries(call.headers).filter(([name]) => CREDENTIALS.test(name)),
    );
    const url = `${base}/apis/${twinGroupOf(group)}`;
    const headers = { ...credentials, accept: 'application/json' };
    const answer = await kcp.ask({ method: 'GET', url, headers });
    if (answer.status !== 200 && answer.status !== 404) return answer;
    answer.body.resume();
    const found = answer.status === 200 ? 'served' : 'missing';
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
  const answer = await kcp.ask({ method: 'GET', url, headers: readable(call.headers) });
  const isList =
    answer.status === 200 && [answer.headers['content-type']].flat()[0]?.includes('json') === true;
  if (!isList) return call.answer(answer);
  return call.answerWhole(answer, withoutTwinGroups(await wholeText(answer)));
}
