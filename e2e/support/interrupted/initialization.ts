import {
  API_BINDINGS,
  API_EXPORTS,
  API_RESOURCE_SCHEMAS,
  CLUSTER_ROLE_BINDINGS,
  CLUSTER_ROLES,
  type KubeObject,
  WORKSPACES,
} from '@kubestellar/api';
import { assert } from '@kubestellar/testing';
import type { Fate, ProxiedRequest } from '../counting-proxy.ts';
import { type Essentials, essentialsOf, objectsIn } from './objects.ts';
import type { Place } from './place.ts';

/** How often requests that are alike, such as for each of forty schemas, are interrupted. */
const ALIKE = process.env.KUBESTELLAR_EVERY_REQUEST === 'yes' ? Number.POSITIVE_INFINITY : 6;
/** Far more runs than there are requests: then it does not get on. */
const MOST_RUNS = 1000;
const MADE = [API_RESOURCE_SCHEMAS, API_EXPORTS, CLUSTER_ROLES, CLUSTER_ROLE_BINDINGS, API_BINDINGS];
const WORKSPACE_PATHS = ['root', 'root:compute', 'root:espw', 'root:imw1', 'root:wmw1'];

/** Runs `kubestellar init`. */
const initialize = (place: Place) => place.start(['init', '--local-kcp', 'false'], 'kubestellar');

/** What a core has after its initialization, without what differs between two of them. */
export async function initialized(place: Place): Promise<Record<string, Essentials[]>> {
  const found: Record<string, Essentials[]> = {};
  for (const path of WORKSPACE_PATHS) {
    const workspace = place.root.workspace(path);
    const objects = await objectsIn(workspace, MADE);
    found[path] = [...essentialsOf(objects), ...objects.flatMap(phaseOf)];
  }
  const children = await place.root.list<KubeObject>(WORKSPACES);
  found.children = children.map(({ metadata: { name }, ...rest }) => ({ name, ...phaseOf(rest)[0] }));
  return JSON.parse(JSON.stringify(found).replaceAll(/"identityHash":"[^"]*"/g, '"identityHash":"HASH"'));
}

function phaseOf(object: object): { phase: string }[] {
  const { phase } = (object as { status?: { phase?: string } }).status ?? {};
  return phase === undefined ? [] : [{ phase }];
}

/**
 * Interrupts the initialization of one core at one request after the other: each run goes on from where the one before
 * was interrupted, until one gets through. A read is refused or its answer lost; a write is refused, and the next time
 * its answer lost or the command killed.
 * @returns how many requests were interrupted in each way
 */
export async function interruptInitialization(place: Place): Promise<Plan['counts']> {
  const plan = new Plan();
  for (let runs = 0; runs < MOST_RUNS; runs++) {
    plan.begin();
    place.proxy.fateOf = (request) => plan.fateOf(request);
    const running = initialize(place);
    place.proxy.onLost = () => (plan.kills ? place.kill(running) : undefined);
    const { code, stderr } = await running.done;
    const what = `run ${runs}, ${plan.told}: ${stderr}`;
    if (plan.told === '') {
      assert.is(code, 0, what);
      return plan.counts;
    }
    if (code !== 0 && !plan.kills) assert.match(stderr, /^kubestellar: \S/m, what);
    assert.not.match(stderr, /\n\s+at |undefined|\[object/, what);
  }
  throw new Error(`no run of ${MOST_RUNS} got through`);
}

/** Which requests have been interrupted, and what is to become of the next. */
class Plan {
  readonly counts = { refuse: 0, lose: 0, kill: 0 };
  /** What was interrupted in this run; empty: nothing. */
  told = '';
  kills = false;
  readonly #interrupted = new Map<string, number>();
  #seen = new Map<string, number>();
  /** The request whose interruption the run has yet to survive. */
  #last: string | undefined;
  #turns = 0;

  /** A run begins. */
  begin(): void {
    this.told = '';
    this.kills = false;
    this.#seen = new Map();
    this.#last = undefined;
  }

  fateOf({ method, path }: ProxiedRequest): Fate {
    // Until the signal ends it, a command goes on: what it asks for then is no request that it has to survive.
    if (this.kills) return 'pass';
    const kind = `${method} ${path.replace(/\?.*/, '').replace(/(\/(?:apis\/[^/]+|api)\/[^/]+\/[a-z]+)\/.*/, '$1')}`;
    const nth = (this.#seen.get(kind) ?? 0) + 1;
    this.#seen.set(kind, nth);
    if (this.#last !== undefined) {
      // Asked once more, so it goes on: then it can be interrupted once more, too.
      if (this.#last === kind) this.#last = undefined;
      return 'pass';
    }
    const isRead = method === 'GET';
    const request = isRead ? `${kind} #${nth}` : kind;
    const count = this.#interrupted.get(request) ?? 0;
    if ((isRead ? count * ALIKE : count) >= ALIKE || nth > ALIKE) return 'pass';
    this.#interrupted.set(request, count + 1);
    this.#last = kind;
    return this.#interrupt(isRead, count, request);
  }

  #interrupt(isRead: boolean, count: number, request: string): Fate {
    const turn = this.#turns++;
    const how = isRead
      ? (['refuse', 'lose'] as const)[turn % 2]
      : count % 2 === 0
        ? 'refuse'
        : (['lose', 'kill'] as const)[turn % 2];
    this.told += ` ${how} at ${request}`;
    this.counts[how ?? 'lose']++;
    this.kills = how === 'kill';
    return how === 'refuse' ? 'refuse' : 'lose';
  }
}
