import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Unstructured } from '@kubestellar/api';
import { KubeClient } from '@kubestellar/kube';
import { assert, suite } from '@kubestellar/testing';
import { parse, stringify } from 'yaml';
import { BadInput, type Cell, type Row } from './support/bad-input.ts';
import { LocalHome } from './support/local.ts';

/**
 * Every command with every class of bad input or circumstance that applies to it: the exit code, one line with the
 * cause, a hint, no stack trace, nothing on stdout, no file left, and the current workspace what it was.
 */
const test = suite('bad input', { timeout: 10 * 60_000 });

const home = await LocalHome.create();
const folder = await mkdtemp(join(tmpdir(), 'kubestellar-e2e-bad-'));
const AT_ONCE = 3;

/** Kubeconfigs, as text: the usual one, one that can't be used, and one of a user without any rights. */
const configs = { usual: '', root: '', lost: '', stranger: '', current: '', nonsense: '' };
let bad: BadInput;

test.before(async () => {
  const { code, stdout, stderr } = await home.npm('start', '--wecs', '1').done;
  if (code !== 0) throw new Error(`npm start failed:\n${stdout}${stderr}`);
  await home.must('cp $KUBESTELLAR_HOME/admin.kubeconfig $KUBECONFIG && kubectl config use-context root');
  await prepare(home.env.KUBECONFIG ?? '');
});

test.after(async () => {
  await home.dispose();
  await rm(folder, { recursive: true, force: true });
});

type Config = Record<'clusters' | 'contexts' | 'users', { name: string; [part: string]: unknown }[]>;

async function prepare(path: string): Promise<void> {
  const root = await readFile(path, 'utf8');
  await home.must('kubectl ws root:wmw1');
  const usual = await readFile(path, 'utf8');
  const token = await strangersToken(path);
  const changed = (change: (config: Config & Record<string, unknown>) => void) => {
    const config = parse(usual);
    change(config);
    return stringify(config);
  };
  Object.assign(configs, {
    root,
    usual,
    stranger: changed((config) => {
      for (const user of config.users) user.user = { token };
    }),
    current: changed((config) => Object.assign(config, { 'current-context': 'absent', contexts: [] })),
    nonsense: changed((config) => {
      for (const cluster of config.clusters) cluster.cluster = { server: 'nonsense' };
    }),
    lost: usual.replaceAll(/(server: .*\/clusters\/)\S+/g, '$1root:none'),
  });
  const authority = join(folder, 'ca.crt');
  const data = parse(usual).clusters[0].cluster['certificate-authority-data'];
  await writeFile(authority, Buffer.from(data, 'base64'));
  bad = new BadInput(folder, { ...home.env, CA_FILE: authority }, usual);
}

/** A ServiceAccount of the root workspace: kcp knows it, and it may do nothing. */
async function strangersToken(kubeconfig: string): Promise<string> {
  const root = (await KubeClient.fromKubeconfig({ kubeconfig })).workspace('root');
  const accounts = {
    group: '',
    version: 'v1',
    plural: 'serviceaccounts',
    kind: 'ServiceAccount',
    namespaced: true,
  };
  const metadata = { name: 'stranger', namespace: 'default' };
  await root.create(
    accounts,
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata },
    { fieldManager: 'e2e' },
  );
  const path = '/api/v1/namespaces/default/serviceaccounts/stranger/token';
  const body = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: {} };
  const answer = await root.request<Unstructured>('POST', path, { body });
  await root.connection.close();
  return (answer.status as { token: string }).token;
}

/** In the order of the columns. */
const CLASSES = [
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
type Class = (typeof CLASSES)[number];
type Cells = Partial<Record<Class, Cell | Cell[] | string>>;

const usage = (args: string, cause: RegExp): Cell => ({ args, code: 2, cause });
const failed = (args: string, cause: RegExp, hint: RegExp, more: Partial<Cell> = {}): Cell => ({
  args,
  code: 1,
  cause,
  hint,
  ...more,
});
const NOWHERE = '--server https://127.0.0.1:1/clusters/root';

/** What all commands have in common that find their server by kubectl's rules. */
function onServer(args: string, code = 1): Cells {
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
      /no answer of http:\S+ in time/,
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

const locked = (args: string): Cell =>
  failed(args, /kubeconfig\.lock exists: another program/, /remove that lock file/, {
    before: 'touch $KUBECONFIG.lock',
    doesWork: true,
  });
const full = (args: string): Cell =>
  failed(args, /^cannot write to stdout: ENOSPC/, /run it again/, { stdout: '/dev/full', doesWork: true });
const badNames = (args: (name: string) => string, what: string): Cell[] =>
  ['Demo', '-a'.replace('-', '_'), "''", 'a..b', `${'x'.repeat(254)}`].map((name) =>
    usage(args(name), new RegExp(`^"[^"]*" is no ${what}|^missing the name`)),
  );
const badPaths = (args: (path: string) => string): Cell[] =>
  ['Root:x', 'root::x', "''", 'root:a/b', 'root:x:'].map((path) =>
    usage(args(path), /is no workspace path such as root:imw1$/),
  );
const badLabels = (args: string): Cell[] => [
  usage(args, /^at least one label/),
  usage(`${args} a=b=c`, /^label "a=b=c" is not of the form key=value/),
  usage(`${args} a`, /^label "a" is not of the form/),
  usage(`${args} /x=y`, /^label key "\/x" is not valid/),
  usage(`${args} a=-b`, /^label value "-b" is not valid/),
  usage(`${args} id=x`, /^label key "id" is reserved/),
  usage(`${args} a=1 a=2`, /^label key "a" is given twice/),
];
const noWorkspace = (args: string): Cell =>
  failed(args, /^workspace "root:none" does not exist/, /kubectl ws tree/);
const lost = (args: string): Cell => ({ ...noWorkspace(args), kubeconfig: () => configs.lost });
const badFiles = (args: (file: string) => string): Cell[] => [
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

const NO_WORKSPACE_FLAG = 'works at root, which is always there';
const NO_FILE = 'writes no file but the kubeconfig';
const SILENT = 'prints nothing';
const READS_ONLY = 'never changes the kubeconfig';
const NO_PORT = 'takes no port';
const NO_LABELS = 'takes no labels';
const NO_NAME = 'takes no name';
const NO_PATH = 'takes no workspace path';
const LOCAL = 'contacts no server';
const BRIEF = 'ends within moments';
const NO_FLAGS = 'has no flag with a value';
const BY_DESIGN = 'waits up to five minutes for it, by design: the server may be about to start';

const ONE = '--imw root:imw1 edge1';
const rows: Row[] = [
  {
    command: 'kubectl kubestellar ensure location',
    cells: {
      ...onServer(`${ONE} env=demo`),
      'number of words': usage('', /^missing the name of the location$/),
      'invalid name': [
        ...badNames((name) => `--imw root:imw1 ${name} a=b`, 'location name'),
        usage('default a=b', /may not be named "default"/),
      ],
      'invalid label': badLabels(ONE),
      'invalid path': badPaths((path) => `--imw ${path} edge1 a=b`),
      'invalid port': NO_PORT,
      'missing workspace': [noWorkspace('--imw root:none edge1 a=b'), lost('edge1 a=b')],
      'output not writable': NO_FILE,
      'stdout full': full(`${ONE} env=demo`),
      'kubeconfig locked': locked(`${ONE} env=demo`),
    },
  },
  {
    command: 'kubectl kubestellar remove location',
    cells: {
      ...onServer('--imw root:imw1 none-such'),
      'number of words': [usage('', /^missing the name/), usage('a b', /^expected one name, got 2/)],
      'invalid name': badNames((name) => `--imw root:imw1 ${name}`, 'location name'),
      'invalid label': NO_LABELS,
      'invalid path': badPaths((path) => `--imw ${path} edge1`),
      'invalid port': NO_PORT,
      'missing workspace': [noWorkspace('--imw root:none edge1'), lost('edge1')],
      'output not writable': NO_FILE,
      'stdout full': full('--imw root:imw1 none-such'),
      'kubeconfig locked': locked('--imw root:imw1 none-such'),
    },
  },
  {
    command: 'kubectl kubestellar prep-for-syncer',
    cells: {
      ...onServer(ONE),
      'number of words': [usage('', /^missing the name/), usage('a b', /^expected one name, got 2/)],
      'invalid name': [
        ...badNames((name) => `--imw root:imw1 ${name}`, 'location name'),
        failed('--imw root:imw1 none-such', /^there is no SyncTarget "none-such"/, /ensure location/),
      ],
      'invalid label': NO_LABELS,
      'invalid path': [
        ...badPaths((path) => `--imw ${path} edge1`),
        ...badPaths((path) => `--espw ${path} edge1`),
        failed(`--espw root:imw1 ${ONE}`, /^"root:imw1" is no edge service provider workspace/, /root:espw/, {
          code: 2,
        }),
      ],
      'invalid port': NO_PORT,
      'missing workspace': [noWorkspace('--imw root:none edge1'), lost('edge1')],
      'output not writable': badFiles((file) => `${ONE} -o ${file}`),
      'stdout full': full(`-s ${ONE} -o -`),
      'kubeconfig locked': READS_ONLY,
    },
  },
  {
    command: 'kubectl kubestellar prep-for-cluster',
    cells: {
      ...onServer(`${ONE} env=demo`),
      'number of words': usage('', /^missing the name/),
      'invalid name': badNames((name) => `--imw root:imw1 ${name} a=b`, 'location name'),
      'invalid label': badLabels(ONE),
      'invalid path': [
        ...badPaths((path) => `--imw ${path} edge1 a=b`),
        ...badPaths((path) => `--espw ${path} edge1 a=b`),
      ],
      'invalid port': NO_PORT,
      'missing workspace': [noWorkspace('--imw root:none edge1 a=b'), lost('edge1 a=b')],
      'output not writable': badFiles((file) => `${ONE} env=demo -o ${file}`),
      'stdout full': full(`-s ${ONE} env=demo -o -`),
      'kubeconfig locked': READS_ONLY,
    },
  },
  {
    command: 'kubectl kubestellar ensure wmw',
    cells: {
      ...onServer('wmw1'),
      'missing value': [
        usage('wmw1 --with-kube', /^missing value of the flag --with-kube$/),
        usage('wmw1 --with-kube maybe', /^--with-kube takes true or false, not "maybe"$/),
      ],
      'number of words': [usage('', /^missing the name/), usage('a b', /^expected one name, got 2/)],
      'invalid name': [...badNames((name) => name, 'workspace name'), usage('a.b', /no workspace name/)],
      'invalid label': NO_LABELS,
      'invalid path': usage('root:x', /^"root:x" is no workspace name/),
      'invalid port': NO_PORT,
      'missing workspace': NO_WORKSPACE_FLAG,
      'output not writable': NO_FILE,
      'stdout full': full('wmw1'),
      'kubeconfig locked': { ...locked('other-wmw --with-kube false') },
    },
  },
  {
    command: 'kubectl kubestellar remove wmw',
    cells: {
      ...onServer('wmw1'),
      'number of words': [usage('', /^missing the name/), usage('a b', /^expected one name, got 2/)],
      'invalid name': badNames((name) => name, 'workspace name'),
      'invalid label': NO_LABELS,
      'invalid path': usage('root:x', /^"root:x" is no workspace name/),
      'invalid port': NO_PORT,
      'missing workspace': NO_WORKSPACE_FLAG,
      'output not writable': NO_FILE,
      'stdout full': full('none-such'),
      'kubeconfig locked': locked('none-such'),
    },
  },
  {
    command: 'kubectl kubestellar status',
    cells: {
      ...onServer(''),
      'missing value': [
        usage('-o', /^missing value of the flag -o$/),
        usage('-o xml', /^-o takes json, not "xml"$/),
      ],
      'number of words': usage('a', /^unexpected argument "a"$/),
      'invalid name': NO_NAME,
      'invalid label': NO_LABELS,
      'invalid path': NO_PATH,
      'invalid port': NO_PORT,
      'missing workspace': NO_WORKSPACE_FLAG,
      'output not writable': NO_FILE,
      'stdout full': full(''),
      'kubeconfig locked': READS_ONLY,
    },
  },
  {
    command: 'kubectl kubestellar doctor',
    reports: true,
    cells: {
      ...doctorCells(),
      'number of words': usage('a', /^unexpected argument "a"$/),
      'invalid name': NO_NAME,
      'invalid label': NO_LABELS,
      'invalid path': NO_PATH,
      'invalid port': NO_PORT,
      'output not writable': NO_FILE,
      'stdout full': full(''),
      'kubeconfig locked': READS_ONLY,
    },
  },
  ...['init', 'start'].map((subcommand): Row => {
    const args = `${subcommand} --ensure-imw '' --ensure-wmw '' --local-kcp false`;
    const waiting = (more: Partial<Cell> & { args: string; cause: RegExp }): Cell => ({
      code: 130,
      hint: /run it again/,
      waits: true,
      ...more,
    });
    return {
      command: 'kubestellar',
      cells: {
        ...onServer(args),
        'missing value': [
          usage(`${args} --log-folder`, /^missing value of the flag --log-folder$/),
          usage(`${subcommand} --local-kcp maybe`, /^--local-kcp takes true or false/),
        ],
        'number of words': [
          usage('', /^missing a subcommand/),
          usage('begin', /^unknown subcommand "begin"/),
        ],
        'invalid name': NO_NAME,
        'invalid label': NO_LABELS,
        'invalid path': [
          usage(`${subcommand} --ensure-imw root:a:b`, /^--ensure-imw: "root:a:b" is no child of root/),
          usage(`${subcommand} --ensure-wmw A`, /^--ensure-wmw: "A" is no child of root/),
        ],
        'invalid port': NO_PORT,
        'missing workspace': 'makes the workspaces that are missing',
        'server down': waiting({ args: `${args} ${NOWHERE}`, cause: /Waiting for kcp at .*ECONNREFUSED/ }),
        'server slow': waiting({
          args: `${args} --request-timeout 1s`,
          cause: /Waiting for kcp at .*no answer/,
          silence: 'until SIGINT',
        }),
        'output not writable':
          subcommand === 'init'
            ? NO_FILE
            : failed(
                `${args} --log-folder a-file`,
                /^cannot use the folder for logs .*a-file is a file/,
                /--log-folder/,
                {
                  before: 'touch a-file',
                },
              ),
        'stdout full':
          subcommand === 'init'
            ? { ...full(args), kubeconfig: () => configs.root }
            : 'as init, which it begins with',
        'kubeconfig locked': locked(args),
      },
    };
  }),
  {
    command: 'kubestellar',
    cells: {
      ...onlyKubeconfig('stop'),
      'number of words': usage('stop now', /^unknown subcommand "now"/),
      'stdout full': full('stop'),
    },
  },
  {
    command: 'kubestellar-list-syncing-objects',
    cells: {
      ...onServer('--api-kind ConfigMap'),
      'missing value': [
        usage('--api-kind', /^missing value of the flag --api-kind$/),
        usage('--json', /^--api-kind must be given/),
      ],
      'number of words': usage('--api-kind ConfigMap x', /^unexpected argument "x"$/),
      'invalid name': ['all', 'parent'].flatMap((side) =>
        ['context', 'cluster', 'user'].map((part) =>
          failed(
            `--api-kind X --${side}-${part} none-such`,
            new RegExp(`has no ${part} "none-such"`),
            /it has: \S/,
          ),
        ),
      ),
      'invalid label': NO_LABELS,
      'invalid path': NO_PATH,
      'invalid port': NO_PORT,
      'invalid URL': failed('--api-kind X', /"nonsense"|no usable server URL/, /kubeconfig/, {
        kubeconfig: () => configs.nonsense,
      }),
      'missing workspace': failed('--api-kind X', /root:none/, /administrator|workspace/, {
        kubeconfig: () => configs.lost,
      }),
      'server down': failed(
        '--api-kind X',
        /cannot reach https:\/\/127\.0\.0\.1:1:/,
        /Is the server running/,
        {
          kubeconfig: () => configs.usual.replaceAll(/https:\/\/[^/\s]+/g, 'https://127.0.0.1:1'),
        },
      ),
      'output not writable': NO_FILE,
      'stdout full': full('--api-kind ConfigMap'),
      'kubeconfig locked': READS_ONLY,
    },
  },
  {
    command: 'kubestellar-ensure-kcp-server-creds',
    cells: {
      ...withoutServer('kcp.example.com'),
      'number of words': [
        usage('', /^expected one domain name, got 0/),
        usage('a b', /^expected one domain name, got 2/),
      ],
      'invalid name': ['127.0.0.1', '-- -a.example', 'a..b', "''", "'a b'"].map((name) =>
        usage(name, /is no domain name|is an IP address/),
      ),
      'output not writable': failed('kcp.example.com', /pki/, /file|folder|director/i, {
        before: 'touch pki',
      }),
      'stdout full': failed('kcp.example.com', /^cannot write to stdout: ENOSPC/, /run it again/, {
        before: 'kubestellar-ensure-kcp-server-creds kcp.example.com >/dev/null 2>&1',
        stdout: '/dev/full',
      }),
    },
  },
  {
    command: 'switch-domain',
    cells: {
      ...withoutServer('$KUBECONFIG out.yaml root kcp.example.com 6443 $CA_FILE'),
      'number of words': usage(
        'a b c',
        /^expected 6 arguments, INPUT OUTPUT CONTEXT DOMAIN PORT CA_FILE; got 3/,
      ),
      'invalid name': ["'a b'", '-x', '*.example.com'].map((name) =>
        usage(
          `-- $KUBECONFIG out.yaml root '${name.replaceAll("'", '')}' 6443 $CA_FILE`,
          /is no domain name/,
        ),
      ),
      'invalid port': ['0', '65536', 'https', "''", '6443x'].map((port) =>
        usage(
          `$KUBECONFIG out.yaml root kcp.example.com ${port} $CA_FILE`,
          /is no port number|PORT is empty/,
        ),
      ),
      'invalid URL': failed(
        '$KUBECONFIG out.yaml root kcp.example.com 6443 $CA_FILE',
        /has no usable server URL/,
        /names the cluster/,
        {
          kubeconfig: () => configs.nonsense,
        },
      ),
      'no kubeconfig': failed(
        'none out.yaml root kcp.example.com 6443 $CA_FILE',
        /^there is no kubeconfig at .*none/,
        /set/,
      ),
      'malformed kubeconfig': failed(
        '$KUBECONFIG out.yaml root kcp.example.com 6443 $CA_FILE',
        /is malformed: .*line 1/,
        /mend it/,
        {
          kubeconfig: () => 'clusters: [',
        },
      ),
      'no such context': failed(
        '$KUBECONFIG out.yaml absent kcp.example.com 6443 $CA_FILE',
        /^there is no context named 'absent'/,
        /there are: /,
        {
          code: 10,
        },
      ),
      'output not writable': [
        failed(
          '$KUBECONFIG no/where root kcp.example.com 6443 $CA_FILE',
          /^cannot write .*no\/where: its folder does not exist/,
          /name another file/,
          {},
        ),
        failed(
          '$KUBECONFIG $KUBECONFIG root kcp.example.com 6443 $CA_FILE',
          /is the input/,
          /give it another name/,
        ),
        failed(
          '$KUBECONFIG out.yaml root kcp.example.com 6443 none.crt',
          /^cannot read the CA certificate .*none\.crt/,
          /no such file/,
        ),
      ],
    },
  },
  {
    command: 'wait-and-switch-domain',
    cells: {
      ...withoutServer('$KUBECONFIG out.yaml root kcp.example.com 6443 $CA_FILE'),
      'number of words': usage('a b c', /^expected 6 arguments/),
      'invalid name': usage("$KUBECONFIG out.yaml root 'a b' 6443 $CA_FILE", /is no domain name/),
      'invalid port': usage('$KUBECONFIG out.yaml root kcp.example.com 0 $CA_FILE', /is no port number/),
      'invalid URL': BY_DESIGN,
      'no kubeconfig': failed(
        'none out.yaml root kcp.example.com 6443 $CA_FILE',
        /Waiting for the server of .*there is no kubeconfig/,
        /run it again/,
        {
          code: 130,
          waits: true,
        },
      ),
      'malformed kubeconfig': BY_DESIGN,
      'no such context': failed(
        '$KUBECONFIG out.yaml absent kcp.example.com 6443 $CA_FILE',
        /^there is no context named 'absent'/,
        /there are: /,
        {
          code: 10,
        },
      ),
      'server down': BY_DESIGN,
      'server slow': BY_DESIGN,
      'output not writable': failed(
        '$KUBECONFIG no/where root kcp.example.com 6443 $CA_FILE',
        /^cannot write .*no\/where/,
        /name another file/,
        {},
      ),
      interrupted: failed(
        '$KUBECONFIG out.yaml root kcp.example.com 6443 $CA_FILE',
        /^interrupted by SIGINT/,
        /run it again/,
        {
          code: 130,
          silence: 'until SIGINT',
        },
      ),
    },
  },
  {
    command: 'kubectl kubestellar completion',
    cells: {
      ...withoutServer('bash'),
      'number of words': [
        usage('', /^missing the name of the shell$/),
        usage('bash zsh', /^expected one shell/),
      ],
      'invalid name': usage('tcsh', /^no completion for "tcsh"; there is for bash, zsh, fish$/),
      'output not writable': NO_FILE,
      'stdout full': full('bash'),
    },
  },
  {
    command: 'kubestellar-version',
    cells: {
      ...withoutServer(''),
      'number of words': usage('a b', /^too many arguments$/),
      'invalid name': failed(
        'help',
        /^Invalid component requested: "help"$/,
        /Usage: kubestellar-version \[buildDate\|/,
        { code: 2 },
      ),
      'output not writable': NO_FILE,
      'stdout full': full(''),
    },
  },
  {
    command: 'kubestellar-release',
    cells: {
      ...withoutServer(''),
      'number of words': usage('a', /^too many arguments$/),
      'output not writable': NO_FILE,
      'stdout full': full(''),
    },
  },
  ...['internal', 'external'].map((which): Row => {
    const command = `kubectl kubestellar get-${which}-kubeconfig`;
    const args = '-o core.kubeconfig';
    const waits = (more: Partial<Cell>): Cell =>
      failed(args, /Waiting for the KubeStellar core/, /run it again/, { code: 130, waits: true, ...more });
    return {
      command,
      cells: {
        ...onServer(args),
        'missing value': usage('-o', /^missing value of the flag -o$/),
        'number of words': [
          usage(`${args} x`, /^unexpected argument "x"$/),
          usage('', /must be given exactly once/),
        ],
        'invalid name': NO_NAME,
        'invalid label': NO_LABELS,
        'invalid path': NO_PATH,
        'invalid port': NO_PORT,
        'missing workspace': 'is about a cluster, which has no workspaces',
        'server down': waits({ args: `${args} ${NOWHERE}` }),
        'server slow': waits({ args: `${args} --request-timeout 1s`, silence: 'until SIGINT' }),
        'output not writable': badFiles((file) => `-o ${file}`),
        'stdout full': SILENT,
        'kubeconfig locked': READS_ONLY,
      },
    };
  }),
  {
    command: 'kubectl kubestellar deploy',
    cells: {
      ...Object.fromEntries(CLASSES.map((name) => [name, 'needs helm: e2e/chart.test.ts shows it'])),
      'invalid label': NO_LABELS,
      'invalid path': NO_PATH,
      'missing workspace': 'is about a cluster, which has no workspaces',
      'output not writable': NO_FILE,
      'kubeconfig locked': READS_ONLY,
      'unknown flag': 'hands flags that are not its own to helm',
      'missing value': [
        usage('--external-endpoint', /^missing value of the flag --external-endpoint$/),
        usage('--openshift maybe', /^--openshift takes true or false/),
      ],
      'number of words': usage('', /^--external-endpoint HOST:PORT is required/),
      'invalid name': usage('--external-endpoint UPPER:443', /is no DNS name or address/),
      'invalid port': ['0', '65536', 'x', ''].map((port) =>
        usage(`--external-endpoint a.example:${port}`, /is no port/),
      ),
      'invalid URL': usage('--external-endpoint https://a.example:443', /with one colon and no scheme/),
      'stdout full': 'what it prints is helm’s',
    },
  },
];

function withoutServer(args: string): Cells {
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

function onlyKubeconfig(args: string): Cells {
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

/** The doctor tells on stdout what is wrong, and how many checks failed on stderr. */
function doctorCells(): Cells {
  const cells: Cells = {};
  for (const [name, value] of Object.entries(onServer(''))) {
    const some = [value].flat().map((cell) => {
      if (typeof cell === 'string' || !(cell.code === 1 || name === 'invalid URL')) return cell;
      return { ...cell, code: 1, cause: /^[1-9]\d* of 10 checks failed$/, hint: /to mend it: / };
    });
    cells[name as Class] = some as Cell[];
  }
  return {
    ...cells,
    'missing workspace': {
      ...failed('', /^[1-9]\d* of 10 checks failed$/, /to mend it: /),
      kubeconfig: () => configs.lost,
    },
  };
}

/** @returns the cell as it stands in the table, after all that is behind it was checked */
async function tried(row: Row, name: Class): Promise<string> {
  const cells = row.cells[name];
  if (cells === undefined) throw new Error(`${row.command}: nothing is said about "${name}"`);
  if (typeof cells === 'string') return '–';
  const all = [cells].flat();
  for (const cell of all) await bad.check(row, cell);
  return [...new Set(all.map(({ code }) => code))].join(' ');
}

/** Commands that need a hosted core, and the tests of their failures. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  'kubectl kubestellar rotate-certs': 'e2e/hosted',
  'kubectl kubestellar backup': 'e2e/hosted',
  'kubectl kubestellar restore': 'e2e/hosted',
};

const titles = rows.map((row, index) => {
  const { args } = [row.cells['unknown flag'] ?? ''].flat()[0] as Cell;
  const subcommand = row.command === 'kubestellar' ? ` ${args.split(' ', 1)[0]}` : '';
  return { row, title: `${row.command}${subcommand}`, index };
});
const table = new Map<string, string[]>();

for (const { row, title } of titles) {
  test(`${title}: its row of the matrix`, async () => {
    const failures: string[] = [];
    const line: string[] = [];
    const queue = [...CLASSES.entries()];
    const worker = async () => {
      for (let next = queue.shift(); next; next = queue.shift()) {
        const [column, name] = next;
        try {
          line[column] = await tried(row, name);
        } catch (error) {
          line[column] = 'X';
          failures.push(`${name}: ${error instanceof Error ? error.message : error}`);
        }
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
    table.set(title, line);
    assert.equal(failures, []);
  });
}

test('the matrix is whole', async () => {
  const known = (await home.must('kubectl-kubestellar --help')).match(/^ {2}kubectl kubestellar .+$/gm) ?? [];
  const missing = known
    .map((line) => line.trim())
    .filter((name) => !rows.some(({ command }) => command === name));
  assert.equal(
    missing.filter((name) => !(name in ELSEWHERE)),
    [],
  );
  const width = Math.max(...titles.map(({ title }) => title.length));
  const reasons: string[] = [];
  console.log(`\n${CLASSES.map((name, index) => `${String.fromCharCode(97 + index)}: ${name}`).join(', ')}`);
  console.log(
    `${''.padEnd(width)}  ${CLASSES.map((_, index) => String.fromCharCode(97 + index).padEnd(4)).join('')}`,
  );
  for (const { row, title } of titles) {
    console.log(`${title.padEnd(width)}  ${(table.get(title) ?? []).map((cell) => cell.padEnd(4)).join('')}`);
    for (const name of CLASSES) {
      const reason = row.cells[name];
      assert.ok(reason !== undefined, `${title}, ${name}`);
      if (typeof reason === 'string') reasons.push(`${title}, ${name}: ${reason}`);
    }
  }
  console.log(`The cells with –:\n  ${reasons.join('\n  ')}`);
  assert.is(table.size, rows.length);
});

test.run();
