import { copyFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { EDGE_GROUP } from '@kubestellar/api';
import { IMW } from '@kubestellar/local';
import { mustRunChild } from '@kubestellar/process';
import { atMost, type Result } from '../result.ts';
import type { Bench } from '../setup.ts';
import { median, round } from '../statistics.ts';

/** Rounds that are not counted: the first calls read programs from the disk. */
const WARM_UP = 2;
/** How many times as long as the plain calls `ensure location` may take. */
const LOCATION_RATIO = 1.5;
/** `--help` may take so many times as long as an empty Node program, and so many milliseconds more. */
const HELP_RATIO = 1.5;
const HELP_MORE_MS = 100;

const BIN = join(import.meta.dirname, '..', '..', '..', '..', 'bin');
const LABELS = { foo: 'bar', 'the-word': 'the-bird' };

/** A command line and what it reads from standard input. */
type Call = readonly [args: readonly string[], input?: string];

/** What commands take beside what does the same without us, in turn, each on warm caches. */
export async function commands(bench: Bench, rounds: number): Promise<Result> {
  const { setup, log, signal } = bench;
  const kubeconfig = join(setup.state.path, 'bench.kubeconfig');
  copyFileSync(setup.kcp.kubeconfig, kubeconfig);
  const env = {
    ...process.env,
    KUBECONFIG: kubeconfig,
    PATH: [BIN, setup.state.bin, process.env.PATH].join(delimiter),
  };
  const call = ([args, input]: Call) => timed(args, input, env, signal);
  const times = new Map<string, number[]>();
  const measure = async (name: string, calls: readonly Call[], counted: boolean) => {
    let sum = 0;
    for (const one of calls) sum += await call(one);
    if (counted) times.set(name, [...(times.get(name) ?? []), sum]);
  };

  for (let number = 0; number < rounds + WARM_UP; number++) {
    const counted = number >= WARM_UP;
    const beside: [string, readonly Call[]][] = [
      ['ensure location', [ensureLocation(`ours-${number}`)]],
      ['three kubectl calls', plainCalls(`plain-${number}`)],
    ];
    // Who comes second may find more in the server's caches.
    if (number % 2 === 1) beside.reverse();
    const alone: [string, readonly Call[]][] = [
      ['ensure location, nothing to do', [ensureLocation(`ours-${number}`)]],
      ['help', [[[join(BIN, 'kubectl-kubestellar'), 'ensure', 'location', '--help']]]],
      ['empty node', [[[process.execPath, '-e', '0']]]],
    ];
    for (const [name, calls] of [...beside, ...alone]) await measure(name, calls, counted);
  }
  log(`${rounds} rounds are done; removing what they made`);
  for (let number = 0; number < rounds + WARM_UP; number++) {
    for (const name of [`ours-${number}`, `plain-${number}`])
      await call([['kubectl', 'kubestellar', 'remove', 'location', '--imw', IMW, name]]);
  }

  const medians = new Map([...times].map(([name, all]) => [name, median(all)]));
  const of = (name: string) => medians.get(name) ?? Number.NaN;
  const ratio = round(of('ensure location') / of('three kubectl calls'));
  const limit = Math.round(of('empty node') * HELP_RATIO + HELP_MORE_MS);
  return {
    scenario: 'commands',
    rounds,
    medianMs: Object.fromEntries([...medians].map(([name, value]) => [name, Math.round(value)])),
    aims: [
      atMost('ensure location, ratio to the three kubectl calls', ratio, LOCATION_RATIO),
      atMost('--help (ms)', Math.round(of('help')), limit),
    ],
    invalid: [],
  };
}

function ensureLocation(name: string): Call {
  const labels = Object.entries(LABELS).map(([key, value]) => `${key}=${value}`);
  return [['kubectl', 'kubestellar', 'ensure', 'location', '--imw', IMW, name, ...labels]];
}

/** As the reference tells what `ensure location` is equivalent to; the APIBinding is there, so it is looked at. */
function plainCalls(name: string): Call[] {
  const apiVersion = `${EDGE_GROUP}/v2alpha1`;
  const target = {
    apiVersion,
    kind: 'SyncTarget',
    metadata: { name, labels: { id: name, ...LABELS } },
    spec: {},
  };
  const location = {
    apiVersion,
    kind: 'Location',
    metadata: { name, labels: LABELS },
    spec: {
      resource: { group: EDGE_GROUP, version: 'v2alpha1', resource: 'synctargets' },
      instanceSelector: { matchLabels: { id: name } },
    },
  };
  const list = { apiVersion: 'v1', kind: 'List', items: [target, location] };
  return [
    [['kubectl', 'ws', IMW]],
    [['kubectl', 'get', 'apibindings', EDGE_GROUP, '-o', 'name']],
    [['kubectl', 'create', '-f', '-'], JSON.stringify(list)],
  ];
}

/** Milliseconds from the start of a command to its end; no shell is in between. @throws Error with its output when it fails */
async function timed(
  [command = '', ...args]: readonly string[],
  input: string | undefined,
  env: NodeJS.ProcessEnv,
  signal: AbortSignal,
): Promise<number> {
  const begin = performance.now();
  await mustRunChild(command, args, { env, signal, input });
  return performance.now() - begin;
}
