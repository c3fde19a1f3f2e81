/** The commands that are programs of their own. */
import {
  BY_DESIGN,
  failed,
  full,
  locked,
  NO_FILE,
  NO_LABELS,
  NO_NAME,
  NO_PATH,
  NO_PORT,
  NOWHERE,
  onlyKubeconfig,
  onServer,
  READS_ONLY,
  usage,
  withoutServer,
} from './cells.ts';
import type { Cell, Row } from './check.ts';
import { configs } from './kubeconfigs.ts';

/** What both commands that switch a kubeconfig to a domain name are called with. */
const SWITCH = '$KUBECONFIG out.yaml root kcp.example.com 6443 $CA_FILE';
const NO_CONTEXT = failed(
  SWITCH.replace('root', 'absent'),
  /^there is no context named 'absent'/,
  /there are: /,
  { code: 10 },
);
const NOWHERE_TO_WRITE = failed(
  SWITCH.replace('out.yaml', 'no/where'),
  /^cannot write .*no\/where: its folder does not exist/,
  /name another file/,
);

export const PROGRAM_ROWS: readonly Row[] = [
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
          cause: /Waiting for kcp at .*no response/,
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
      ...withoutServer(SWITCH),
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
      'invalid URL': failed(SWITCH, /has no usable server URL/, /names the cluster/, {
        kubeconfig: () => configs.nonsense,
      }),
      'no kubeconfig': failed(
        'none out.yaml root kcp.example.com 6443 $CA_FILE',
        /^there is no kubeconfig at .*none/,
        /set/,
      ),
      'malformed kubeconfig': failed(SWITCH, /is malformed: .*line 1/, /fix it/, {
        kubeconfig: () => 'clusters: [',
      }),
      'no such context': NO_CONTEXT,
      'output not writable': [
        NOWHERE_TO_WRITE,
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
      ...withoutServer(SWITCH),
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
      'no such context': NO_CONTEXT,
      'server down': BY_DESIGN,
      'server slow': BY_DESIGN,
      'output not writable': NOWHERE_TO_WRITE,
      interrupted: failed(SWITCH, /^interrupted by SIGINT/, /run it again/, {
        code: 130,
        silence: 'until SIGINT',
      }),
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
];
