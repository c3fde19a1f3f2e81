import { parseCommandLine, UsageError, wholeNumber } from '@kubestellar/process';

const SCENARIOS = [
  'fanout',
  'one-change',
  'scale',
  'idle',
  'memory',
  'refusals',
  'commands',
  'deploy',
] as const;
type ScenarioName = (typeof SCENARIOS)[number];

/** What the person asked for. */
export interface BenchArguments {
  scenario: ScenarioName;
  /** Objects in the workload workspace. */
  objects: number;
  wecs: number;
  rounds: number;
  json: boolean;
  keep: boolean;
  strict: boolean;
  help: boolean;
}

export const USAGE = `Usage: npm run bench -- [--scenario fanout|one-change|scale|idle|memory|refusals|commands|deploy] [flags]

Measures this clone on a core and clusters of its own, which it starts and ends, and compares with what the
same servers do for a plain client in the same run.

  --scenario NAME  fanout      from the creation of an EdgePlacement to a verified copy of each object on each cluster
                   one-change  from a change of one object among settled copies to its arrival
                   scale       one-change among the copies of N objects, and among those of ten times as many
                   refusals    from a change that a cluster refuses to the cluster's message in the WMW
                   commands    kubectl kubestellar ensure location beside the plain kubectl calls, --help
                   idle        CPU and requests of our programs while nothing happens
                   memory      whether our programs do with the memory that they may use (root on Linux only)
                   deploy      a core in a kind cluster, from deploy to root:espw being of use, beside kcp and
                               kubestellar start as processes; what its containers use under a load
  --objects N      objects of 4 kB in the workload workspace (default: fanout and scale 500, else 1000)
  --wecs N         clusters (default 2; commands 1)
  --rounds N       measured rounds of fanout (default 5), commands (20) or deploy (3), or changes of one-change,
                   scale and refusals (40)
  --json           the result as JSON on stdout; progress is on stderr in any case
  --strict         exit with 1 when an aim is missed, too
  --keep           leave the servers running, for a next run in the same $KUBESTELLAR_HOME

The state is in $KUBESTELLAR_HOME, or else in a folder of its own that is removed at the end. Exit codes: 0 measured,
1 failed or not valid (the servers were too slow, or too unsteady, to compare with), 2 wrong usage.
`;

/** Reads the command line. @throws UsageError */
export function parseArguments(args: readonly string[]): BenchArguments {
  const { values } = parse(args);
  const scenario = SCENARIOS.find((name) => name === values.scenario);
  if (!scenario) throw new UsageError(`--scenario takes ${SCENARIOS.join(', ')}; not "${values.scenario}"`);
  const defaults = {
    fanout: [500, 5, 2],
    'one-change': [1000, 40, 2],
    scale: [500, 40, 2],
    idle: [1000, 1, 2],
    memory: [1000, 1, 2],
    refusals: [1000, 40, 2],
    commands: [1, 20, 1],
    deploy: [1000, 3, 1],
  } as const;
  const [objects, rounds, wecs] = defaults[scenario];
  return {
    scenario,
    objects: wholeNumber('objects', values.objects, objects),
    wecs: wholeNumber('wecs', values.wecs, wecs),
    rounds: wholeNumber('rounds', values.rounds, rounds),
    json: values.json,
    keep: values.keep,
    strict: values.strict,
    help: values.help,
  };
}

function parse(args: readonly string[]) {
  return parseCommandLine({
    args: [...args],
    options: {
      scenario: { type: 'string', default: 'fanout' },
      objects: { type: 'string' },
      wecs: { type: 'string' },
      rounds: { type: 'string' },
      json: { type: 'boolean', default: false },
      keep: { type: 'boolean', default: false },
      strict: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
}
