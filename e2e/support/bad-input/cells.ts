/** Cells that many commands share. */
import type { Cell } from './check.ts';
import { configs } from './kubeconfigs.ts';

/** In the order of the columns. */
export const CLASSES = [
  'unknown flag',
  'missing value',
  'number of words',
  'invalid name',
  'invalid label',
  'invalid path',
  'invalid port',
  'invalid URL',
  'no kubeconfig',
  'malformed kubeconfig',
  'no such context',
  'missing workspace',
  'no permission',
  'server down',
  'server slow',
  'output not writable',
  'stdout full',
  'kubeconfig locked',
  'interrupted',
] as const;
export type Class = (typeof CLASSES)[number];
export type Cells = Partial<Record<Class, Cell | Cell[] | string>>;

export const usage = (args: string, cause: RegExp): Cell => ({ args, code: 2, cause });
export const failed = (args: string, cause: RegExp, hint: RegExp, more: Partial<Cell> = {}): Cell => ({
  args,
  code: 1,
  cause,
  hint,
  ...more,
});
export const NOWHERE = '--server https://127.0.0.1:1/clusters/root';

/** What all commands have in common that find their server by kubectl's rules. */
export function onServer(args: string, code = 1): Cells {
  return {
    'unknown flag': [
      usage(`${args} --bogus`, /^unknown flag --bogus$/),
      usage(`${args} --context root`, /^--context flag not supported$/),
    ],
    'missing value': usage(`${args} --kubeconfig`, /^missing value of the flag --kubeconfig$/),
    'invalid URL': [
      usage(`${args} --server nonsense`, /^"nonsense" is no server URL such as https:/),
      failed(args, /"?nonsense|no usable server URL/, /kubeconfig/, { kubeconfig: () => configs.nonsense }),
    ],
    'no kubeconfig': failed(
      `${args} --kubeconfig none`,
      /^there is no kubeconfig at .*none;/,
      /set \$KUBECONFIG/,
    ),
    'malformed kubeconfig': [
      failed(args, /is malformed: .*line 1/, /use another/, { kubeconfig: () => 'clusters: [' }),
      failed(args, /is malformed: it holds no fields/, /use another/, { kubeconfig: () => '- a\n' }),
      failed(args, /is malformed: users is no list/, /use another/, { kubeconfig: () => 'users: nobody\n' }),
    ],
    'no such context': failed(args, /has no context "(absent|root|system:admin)"/, /it has: none/, {
      kubeconfig: () => configs.current,
    }),
    'no permission': failed(
      args,
      /forbidden|not let|may not|no permission|not accept|Unauthorized|unauthorized/i,
      /administrator|may not use it|kubeconfig/,
      {
        code,
        kubeconfig: () => configs.stranger,
      },
    ),
    'server down': failed(
      `${args} ${NOWHERE}`,
      /cannot reach https:\/\/127\.0\.0\.1:1: .*ECONNREFUSED/,
      /Is the server running/,
    ),
    'server slow': failed(
      `${args} --request-timeout 1s`,
      /no response from http:\S+ in time/,
      /--request-timeout/,
      {
        silence: 'until it gives up',
      },
    ),
    interrupted: failed(args, /^interrupted by SIGINT/, /run it again/, {
      code: 130,
      silence: 'until SIGINT',
    }),
  };
}

/** Of commands that change objects. */
export const badValues = (args: string): Cell[] => [
  usage(`${args} --kubeconfig`, /^missing value of the flag --kubeconfig$/),
  usage(`${args} --output yaml`, /^--output takes json, not "yaml"$/),
  usage(`${args} --dry-run=server`, /^--dry-run takes true or false, or none, or client, not "server"$/),
];
export const locked = (args: string): Cell =>
  failed(args, /kubeconfig\.lock exists: another program/, /remove that lock file/, {
    before: 'touch $KUBECONFIG.lock',
    doesWork: true,
  });
export const full = (args: string): Cell =>
  failed(args, /^cannot write to stdout: ENOSPC/, /run it again/, { stdout: '/dev/full', doesWork: true });
export const badNames = (args: (name: string) => string, what: string): Cell[] =>
  ['Demo', '_a', "''", 'a..b', `${'x'.repeat(254)}`].map((name) =>
    usage(args(name), new RegExp(`^"[^"]*" is no ${what}|^missing the name`)),
  );
export const badPaths = (args: (path: string) => string): Cell[] =>
  ['Root:x', 'root::x', "''", 'root:a/b', 'root:x:'].map((path) =>
    usage(args(path), /is no workspace path such as root:imw1$/),
  );
export const badLabels = (args: string): Cell[] => [
  usage(args, /^at least one label/),
  usage(`${args} a=b=c`, /^label "a=b=c" is not of the form key=value/),
  usage(`${args} a`, /^label "a" is not of the form/),
  usage(`${args} /x=y`, /^label key "\/x" is not valid/),
  usage(`${args} a=-b`, /^label value "-b" is not valid/),
  usage(`${args} id=x`, /^label key "id" is reserved/),
  usage(`${args} a=1 a=2`, /^label key "a" is given twice/),
];
export const noWorkspace = (args: string): Cell =>
  failed(args, /^workspace "root:none" does not exist/, /kubectl ws tree/);
export const lost = (args: string): Cell => ({ ...noWorkspace(args), kubeconfig: () => configs.lost });
export const badFiles = (args: (file: string) => string): Cell[] => [
  failed(
    args('no/where.yaml'),
    /^cannot write no\/where\.yaml: its folder does not exist/,
    /name another file/,
  ),
  failed(
    args('a-file/x'),
    /^cannot write a-file\/x: what should be its folder is a file/,
    /name another file/,
    {
      before: 'touch a-file',
    },
  ),
  failed(args('a-folder'), /^cannot write a-folder: it is a folder/, /name a file/, {
    before: 'mkdir a-folder',
  }),
];

export const NO_WORKSPACE_FLAG = 'works at root, which is always there';
export const NO_WORKSPACES = 'is about a cluster, which has no workspaces';
export const NO_FILE = 'writes no file but the kubeconfig';
export const SILENT = 'prints nothing to stdout';
export const READS_ONLY = 'never changes the kubeconfig';
export const NO_PORT = 'takes no port';
export const NO_LABELS = 'takes no labels';
export const NO_NAME = 'takes no name';
export const NO_PATH = 'takes no workspace path';
const LOCAL = 'contacts no server';
const BRIEF = 'ends within moments';
const NO_FLAGS = 'has no flag with a value';
export const BY_DESIGN = 'waits up to five minutes for it, by design: the server may be about to start';

export function withoutServer(args: string): Cells {
  const all = Object.fromEntries(CLASSES.map((name) => [name, LOCAL]));
  return {
    ...all,
    'unknown flag': usage(`${args} --bogus`, /^unknown flag --bogus$/),
    'missing value': NO_FLAGS,
    'invalid name': NO_NAME,
    'invalid label': NO_LABELS,
    'invalid path': NO_PATH,
    'invalid port': NO_PORT,
    'stdout full': SILENT,
    'kubeconfig locked': READS_ONLY,
    interrupted: BRIEF,
  };
}

export function onlyKubeconfig(args: string): Cells {
  const {
    'unknown flag': unknownFlag,
    'missing value': missingValue,
    'no kubeconfig': none,
    'malformed kubeconfig': malformed,
    'no such context': context,
  } = onServer(args);
  const taken = {
    'unknown flag': unknownFlag,
    'missing value': missingValue,
    'no kubeconfig': none,
    'malformed kubeconfig': malformed,
    'no such context': context,
  };
  return { ...withoutServer(args), ...(taken as Cells), 'output not writable': NO_FILE };
}

/** The same cells after something was made. @param before lines of shell */
export function after(before: string, cells: Cells): Cells {
  const changed = (cell: Cell): Cell => ({
    ...cell,
    before: [before, ...(cell.before ? [cell.before] : [])].join('\n'),
  });
  const entries = Object.entries(cells).map(([name, value]) => [
    name,
    typeof value === 'string' ? value : [value].flat().map(changed),
  ]);
  return Object.fromEntries(entries);
}

/** The doctor tells on stdout what is wrong, and how many checks failed on stderr. */
export function doctorCells(): Cells {
  const cells: Cells = {};
  for (const [name, value] of Object.entries(onServer(''))) {
    const some = [value].flat().map((cell) => {
      if (typeof cell === 'string' || !(cell.code === 1 || name === 'invalid URL')) return cell;
      return { ...cell, code: 1, cause: /^[1-9]\d* of 11 checks failed$/, hint: /to fix it: / };
    });
    cells[name as Class] = some as Cell[];
  }
  return {
    ...cells,
    'missing workspace': {
      ...failed('', /^[1-9]\d* of 11 checks failed$/, /to fix it: /),
      kubeconfig: () => configs.lost,
    },
  };
}
