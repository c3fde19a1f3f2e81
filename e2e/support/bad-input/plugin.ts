/** The commands of the kubectl plugin. */
import {
  after,
  badFiles,
  badLabels,
  badNames,
  badPaths,
  badValues,
  doctorCells,
  failed,
  full,
  locked,
  lost,
  NO_FILE,
  NO_LABELS,
  NO_NAME,
  NO_PATH,
  NO_PORT,
  NO_WORKSPACE_FLAG,
  NO_WORKSPACES,
  NOWHERE,
  noWorkspace,
  onServer,
  READS_ONLY,
  SILENT,
  usage,
  withoutServer,
} from './cells.ts';
import type { Cell, Row } from './check.ts';
import { configs } from './kubeconfigs.ts';

const ONE = '--imw root:imw1 edge1';
const NONE = 'edgeplacement/none';
const DEPLOY = '--external-endpoint a.example:443';
const onHost = onServer(DEPLOY);
/** What is missing is not a workspace here, but the core. */
const noCore = (args: string) =>
  failed(
    args,
    /^the cluster at \S+ serves no KubeStellars: nothing was deployed to it/,
    /kubestellar deploy/,
  );
/** A backup without data. */
const BACKUP = `printf '{"format":"kubestellar-backup/1","release":"0.1.0","time":"2026-01-01T00:00:00Z","keys":{}}' >backup.json
  tar czf core.backup backup.json && rm backup.json`;

export const PLUGIN_ROWS: readonly Row[] = [
  {
    command: 'kubectl kubestellar ensure location',
    cells: {
      ...onServer(`${ONE} env=demo`),
      'missing value': badValues(`${ONE} env=demo`),
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
      'missing value': badValues('--imw root:imw1 none-such'),
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
      'missing value': badValues(ONE),
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
      'missing value': badValues(`${ONE} env=demo`),
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
        ...badValues('wmw1'),
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
      'missing value': badValues('wmw1'),
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
    command: 'kubectl kubestellar approve',
    cells: {
      ...onServer(NONE),
      'missing value': badValues(NONE),
      'number of words': [
        usage('', /^missing what to approve/),
        usage('edgeplacement a b', /^expected one edgeplacement\/NAME/),
      ],
      'invalid name': [
        usage('edgeplacement/Demo', /^"Demo" is no name of an EdgePlacement/),
        usage('location/demo', /^"location\/demo" does not name what can be approved/),
      ],
      'invalid label': NO_LABELS,
      'invalid path': NO_PATH,
      'invalid port': NO_PORT,
      'missing workspace': failed(NONE, /does not exist|^there is no EdgePlacement "none"/, /kubectl ws/, {
        kubeconfig: () => configs.lost,
      }),
      'output not writable': NO_FILE,
      'stdout full': 'prints only what it has approved',
      'kubeconfig locked': READS_ONLY,
    },
  },
  {
    command: 'kubectl kubestellar status',
    cells: {
      ...onServer(''),
      'missing value': [
        usage('-o', /^missing value of the flag -o$/),
        usage('-o xml', /^--output takes json, not "xml"$/),
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
  {
    command: 'kubectl kubestellar completion',
    cells: {
      ...withoutServer('bash'),
      'number of words': [
        usage('', /^missing the name of the shell$/),
        usage('bash zsh', /^expected one shell/),
      ],
      'invalid name': usage('tcsh', /^no completion for "tcsh"; available: bash, zsh, fish$/),
      'output not writable': NO_FILE,
      'stdout full': full('bash'),
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
        'missing workspace': NO_WORKSPACES,
        'server down': waits({ args: `${args} ${NOWHERE}` }),
        'server slow': waits({ args: `${args} --request-timeout 1s`, silence: 'until SIGINT' }),
        'output not writable': badFiles((file) => `-o ${file}`),
        'stdout full': SILENT,
        'kubeconfig locked': READS_ONLY,
      },
    };
  }),
  ...['rotate-certs', 'backup -o core.backup'].map((words): Row => {
    const [subcommand = '', ...flags] = words.split(' ');
    const args = flags.join(' ');
    const cells = onServer(args);
    return {
      command: `kubectl kubestellar ${subcommand}`,
      cells: {
        ...cells,
        'missing value': [
          usage(`${args} --kubeconfig`, /^missing value of the flag --kubeconfig$/),
          usage(`${args} -n`, /^missing value of the flag -n$/),
          ...(args ? [usage('-o', /^missing value of the flag -o$/), usage('', /exactly once/)] : []),
        ],
        'number of words': usage(`${args} x`, /^unexpected argument "x"$/),
        'invalid name': NO_NAME,
        'invalid label': NO_LABELS,
        'invalid path': NO_PATH,
        'invalid port': NO_PORT,
        'missing workspace': noCore(args),
        'output not writable': args ? badFiles((file) => `-o ${file}`) : NO_FILE,
        'stdout full': SILENT,
        'kubeconfig locked': READS_ONLY,
      },
    };
  }),
  {
    command: 'kubectl kubestellar restore',
    cells: {
      ...after(BACKUP, { ...onServer('-i core.backup'), 'missing workspace': noCore('-i core.backup') }),
      'missing value': usage('-i', /^missing value of the flag -i$/),
      'number of words': [
        usage('', /^-i FILE must be given exactly once$/),
        usage('-i a b', /^unexpected argument "b"$/),
      ],
      'invalid name': [
        failed('-i none', /^cannot read the backup none: .*ENOENT/, /kubectl kubestellar backup/),
        failed('-i text', /^cannot read the backup text: .*header/, /kubectl kubestellar backup/, {
          before: 'echo no backup >text',
        }),
        failed('-i archive', /^archive is no backup/, /kubectl kubestellar backup/, {
          before: 'touch x && tar czf archive x',
        }),
      ],
      'invalid label': NO_LABELS,
      'invalid path': NO_PATH,
      'invalid port': NO_PORT,
      'output not writable': NO_FILE,
      'stdout full': SILENT,
      'kubeconfig locked': READS_ONLY,
    },
  },
  {
    command: 'kubectl kubestellar deploy',
    cells: {
      ...onHost,
      'no permission': failed(
        DEPLOY,
        /^the user of the kubeconfig may not create secrets, /,
        /cluster administrator/,
        {
          kubeconfig: () => configs.hostsStranger,
        },
      ),
      'server down': failed(
        `${DEPLOY} --kube-apiserver https://127.0.0.1:1`,
        /^cannot reach the cluster at https:\/\/127\.0\.0\.1:1: .*ECONNREFUSED/,
        /is the kubeconfig the right one/,
      ),
      'server slow': failed(DEPLOY, /: no response within 8 s/, /is it running/, {
        silence: 'until it gives up',
      }),
      'invalid label': NO_LABELS,
      'invalid path': NO_PATH,
      'missing workspace': NO_WORKSPACES,
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
      'invalid URL': [
        usage('--external-endpoint https://a.example:443', /with one colon and no scheme/),
        failed(DEPLOY, /"?nonsense|no usable server URL/, /kubeconfig/, {
          kubeconfig: () => configs.nonsense,
        }),
      ],
      'stdout full': 'what it prints is helm’s',
    },
  },
];
