import { assert } from '@kubestellar/testing';
import type { Fate } from '../counting-proxy.ts';
import type { Place } from './place.ts';

/** What becomes of the Nth request: see Fate; `kill` ends the command when its request has been carried out. */
const INTERRUPTIONS = ['refuse', 'lose', 'kill'] as const;
export type Interruption = (typeof INTERRUPTIONS)[number];

/** A command of the plugin. Each try has a name of its own, so that nothing needs to be undone between two tries. */
export interface Row {
  readonly title: string;
  /** Requests that the command sends at the least. */
  readonly fewest: number;
  /** Many requests that are alike: each is interrupted in one way only, another one than the request before. */
  readonly alternates?: boolean;
  /** Its reads are those of another row, and are not interrupted here. */
  readonly onlyWrites?: boolean;
  args(place: Place, name: string): string[];
  /** Makes the state before the command. */
  before?(place: Place, name: string): Promise<void>;
  /** The state that counts, alike for each name. */
  state(place: Place, name: string): Promise<unknown>;
  /** Looks at what the interrupted command has left. @throws AssertionError when that may not be left */
  left?(place: Place, name: string, interruption: Interruption, code: number | undefined): Promise<void>;
}

let number = 0;
const newName = () => `i${++number}`;

/** A pass over the requests of a command, one after the other. */
interface Pass {
  /** How the Nth request is interrupted; undefined: not in this pass. */
  readonly interruption: (nth: number) => Interruption | undefined;
  next: number;
  /** The last request to try: the one after the last of a whole run, until a try gets there. */
  last: number;
  reached: number;
}

/**
 * Interrupts a command at its first request, and another time at its second, and so on, in each way, several places at
 * a time; each time runs it again, and compares the state with that after one run.
 * @returns how many requests were interrupted in each way
 * @throws AssertionError when the state differs or the second run fails
 */
export async function interruptEach(row: Row, places: readonly Place[]): Promise<number[]> {
  const { wanted, requests } = await oneRun(row, places[0]);
  const passes = passesOf(row, requests);
  const outcomes = await Promise.allSettled(
    places.map(async (place) => {
      try {
        for (let pass = nextOf(passes); pass; pass = nextOf(passes)) {
          const nth = pass.next++;
          const interruption = pass.interruption(nth);
          const isReached = interruption ? await tryOnce(row, interruption, place, nth, wanted) : true;
          if (!isReached) continue;
          pass.reached = Math.max(pass.reached, nth);
          pass.last = Math.max(pass.last, nth + 1);
        }
      } catch (error) {
        for (const pass of passes) pass.last = 0;
        throw error;
      }
    }),
  );
  for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
  return passes.map(({ reached }) => reached);
}

/** @param requests the methods of those of a whole run */
function passesOf({ alternates, onlyWrites }: Row, requests: readonly string[]): Pass[] {
  const begin = { next: 1, last: requests.length + 1, reached: 0 };
  const isRead = (nth: number) => requests[nth - 1] === 'GET';
  if (alternates) {
    const inTurn = (nth: number) => INTERRUPTIONS[nth % INTERRUPTIONS.length];
    return [{ ...begin, interruption: (nth) => (onlyWrites && isRead(nth) ? undefined : inTurn(nth)) }];
  }
  // Killed after a read it leaves what it does when it is killed after the write before.
  const kill = (nth: number) => (isRead(nth) ? undefined : 'kill');
  return INTERRUPTIONS.map((each) => ({ ...begin, interruption: each === 'kill' ? kill : () => each }));
}

function nextOf(passes: readonly Pass[]): Pass | undefined {
  return passes.find(({ next, last }) => next <= last);
}

/** @returns the state after a run that nothing interrupts, and the methods of the requests that it sends */
async function oneRun(row: Row, place: Place | undefined): Promise<{ wanted: unknown; requests: string[] }> {
  assert.ok(place);
  const name = newName();
  await prepare(row, place, name);
  const requests: string[] = [];
  place.proxy.fateOf = ({ method }) => {
    requests.push(method);
    return 'pass';
  };
  await place.must(row.args(place, name));
  place.proxy.fateOf = () => 'pass';
  return { wanted: await stateOf(row, place, name), requests };
}

/** @returns whether the command got to its Nth request */
async function tryOnce(
  row: Row,
  interruption: Interruption,
  place: Place,
  nth: number,
  wanted: unknown,
): Promise<boolean> {
  const name = newName();
  await prepare(row, place, name);
  const args = row.args(place, name);
  let count = 0;
  place.proxy.fateOf = (): Fate => {
    if (++count !== nth) return 'pass';
    return interruption === 'refuse' ? 'refuse' : 'lose';
  };
  const running = place.start(args);
  place.proxy.onLost = () => (interruption === 'kill' ? place.kill(running) : undefined);
  const { code, stderr } = await running.done;
  place.proxy.fateOf = () => 'pass';
  place.proxy.onLost = () => {};
  const what = `${interruption} at request ${nth}`;
  // It may have tried again by itself, and succeeded.
  if (interruption !== 'kill' && code !== 0)
    assert.match(stderr, /^kubectl kubestellar \S+( \S+)?: /m, `${what}: ${stderr}`);
  if (count < nth) return false;

  await row.left?.(place, name, interruption, code);
  const again = await place.start(args).done;
  assert.is(again.code, 0, `run again after ${what}: ${again.stderr}`);
  assert.equal(await stateOf(row, place, name), wanted, what);
  return true;
}

async function prepare(row: Row, place: Place, name: string): Promise<void> {
  await row.before?.(place, name);
  await place.reset();
}

async function stateOf(row: Row, place: Place, name: string): Promise<unknown> {
  const state = { current: await place.current(), objects: await row.state(place, name) };
  const own = new RegExp(`\\b(${name}|${place.name})\\b`, 'g');
  return JSON.parse(JSON.stringify(state).replaceAll(own, 'NAME'));
}
