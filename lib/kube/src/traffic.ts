/** Requests of this process to servers, counted since its start. */

/** One line of the count: requests with the same verb, resource and code. */
export interface RequestCount {
  /** Kubernetes' verb, or apply: get, list, watch, create, update, patch, apply, delete. */
  verb: string;
  /** Plural of the resource, such as `leases`; '' for discovery and the like. */
  resource: string;
  /** HTTP status code; '0' without a response. */
  code: string;
  count: number;
}

const requests = new Map<string, RequestCount>();
const bytes = { sent: 0, received: 0 };
let watches = 0;

/** @returns the counts so far, one line per verb, resource and code */
export function requestCounts(): Iterable<Readonly<RequestCount>> {
  return requests.values();
}

/** @returns bytes of the bodies of requests and responses so far, without headers and TLS */
export function byteCounts(): Readonly<{ sent: number; received: number }> {
  return bytes;
}

/** Counts one request; `path` has no query. */
export function countRequest(method: string, path: string, watching: boolean, code: number): void {
  const { resource, named } = parse(path);
  const verb = verbOf(method, watching, named);
  const key = `${verb} ${resource} ${code}`;
  const known = requests.get(key);
  if (known) known.count++;
  else requests.set(key, { verb, resource, code: String(code), count: 1 });
}

/** @returns the number of open watches */
export function openWatches(): number {
  return watches;
}

/** Counts a watch while `events` flow. */
export async function* countedWatch<T>(events: AsyncIterable<T>): AsyncGenerator<T> {
  watches++;
  try {
    yield* events;
  } finally {
    watches--;
  }
}

export function countSent(length: number): void {
  bytes.sent += length;
}

export function countReceived(length: number): void {
  bytes.received += length;
}

function verbOf(method: string, watching: boolean, named: boolean): string {
  if (method !== 'GET')
    return { POST: 'create', PUT: 'update', PATCH: 'patch', DELETE: 'delete' }[method] ?? method;
  if (watching) return 'watch';
  return named ? 'get' : 'list';
}

/** Reads `/api/v1/…` and `/apis/<group>/<version>/…`, wherever in the path that begins. */
function parse(path: string): { resource: string; named: boolean } {
  const [, rest = ''] = /\/(?:api\/[^/]+|apis\/[^/]+\/[^/]+)\/(.+)$/.exec(path) ?? [];
  const parts = rest.split('/');
  const own = parts[0] === 'namespaces' && parts.length > 2 ? parts.slice(2) : parts;
  // kcp's resources may carry the identity of their export after a colon.
  return { resource: (own[0] ?? '').split(':')[0] ?? '', named: own.length !== 1 || own[0] === '' };
}
