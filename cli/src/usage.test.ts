import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { assert, suite } from '@kubestellar/testing';
import { findCommand } from './registry.ts';
import { flagTableOf } from './shell/command.ts';
import { UsageError } from './shell/failure.ts';
import { parseCommandLine, separateFlags } from './shell/flags.ts';
import { NO_OUTPUT } from './shell/output.ts';

/** Wrong usage is refused before a kubeconfig is looked for; e2e/cli/bad-input.test.ts tries the whole commands. */
const test = suite('wrong usage');

const SWITCH = 'in out context kcp.example.com 6443 ca';
const CASES: readonly [commandLine: string, message: string][] = [
  ['kubectl-kubestellar ensure location', 'missing the name of the location'],
  ['kubectl-kubestellar ensure location a', 'at least one label, as key=value, must be given'],
  ['kubectl-kubestellar ensure location a b=c -o yaml', '--output takes json, not "yaml"'],
  ['kubectl-kubestellar remove location a b', 'expected one name, got 2: a b'],
  ['kubectl-kubestellar ensure wmw', 'missing the name of the workload management workspace'],
  ['kubectl-kubestellar remove wmw a b', 'expected one name, got 2: a b'],
  ['kubectl-kubestellar approve', 'missing what to approve: edgeplacement/NAME'],
  ['kubectl-kubestellar approve demo', '"demo" does not name what can be approved: edgeplacement/NAME'],
  ['kubectl-kubestellar approve edgeplacement a b', 'expected one edgeplacement/NAME, got edgeplacement a b'],
  ['kubectl-kubestellar prep-for-syncer a b', 'expected one name, got 2: a b'],
  [
    'kubectl-kubestellar prep-for-syncer a -o - --output json',
    '-o - and --output json both print to stdout; give -o a file',
  ],
  [
    'kubectl-kubestellar prep-for-cluster a b=c -o - --output=json',
    '-o - and --output json both print to stdout; give -o a file',
  ],
  ['kubectl-kubestellar prep-for-cluster a', 'at least one label, as key=value, must be given'],
  ['kubectl-kubestellar deploy', '--external-endpoint HOST:PORT is required, unless --openshift is true'],
  ['kubectl-kubestellar get-internal-kubeconfig', '-o FILE must be given exactly once'],
  ['kubectl-kubestellar get-external-kubeconfig -o a -o b', '-o FILE must be given exactly once'],
  ['kubectl-kubestellar get-external-kubeconfig -o a b', 'unexpected argument "b"'],
  ['kubectl-kubestellar rotate-certs a', 'unexpected argument "a"'],
  ['kubectl-kubestellar backup', '-o FILE must be given exactly once'],
  ['kubectl-kubestellar restore -i a -i b', '-i FILE must be given exactly once'],
  ['kubectl-kubestellar restore -i a b', 'unexpected argument "b"'],
  ['kubectl-kubestellar status a', 'unexpected argument "a"'],
  ['kubectl-kubestellar status -o xml', '--output takes json, not "xml"'],
  ['kubectl-kubestellar doctor a', 'unexpected argument "a"'],
  ['kubectl-kubestellar completion', 'missing the name of the shell'],
  ['kubectl-kubestellar completion bash zsh', 'expected one shell, got 2 words: bash zsh'],
  ['kubectl-kubestellar completion tcsh', 'no completion for "tcsh"; available: bash, zsh, fish'],
  ['kubestellar', 'missing a subcommand: init, start or stop'],
  ['kubestellar begin', 'unknown subcommand "begin"'],
  ['kubestellar init --ensure-imw root:a:b', '--ensure-imw: "root:a:b" is no child of root such as root:ws1'],
  ['kubestellar stop -o json', '--output is for init and start'],
  ['kubestellar-list-syncing-objects', '--api-kind must be given, for example --api-kind ConfigMap'],
  ['kubestellar-list-syncing-objects --api-kind A b', 'unexpected argument "b"'],
  ['kubestellar-ensure-kcp-server-creds', 'expected one domain name, got 0 arguments'],
  ['kubestellar-ensure-kcp-server-creds a b', 'expected one domain name, got 2 arguments'],
  [
    'kubestellar-ensure-kcp-server-creds 10.0.0.1',
    '"10.0.0.1" is an IP address; a certificate needs a domain name',
  ],
  ['kubestellar-ensure-kcp-server-creds a.example -o yaml', '--output takes json, not "yaml"'],
  ['switch-domain a', 'expected 6 arguments, INPUT OUTPUT CONTEXT DOMAIN PORT CA_FILE; got 1'],
  [`switch-domain ${SWITCH.replace('context', '""')}`, 'CONTEXT is empty'],
  [`wait-and-switch-domain ${SWITCH.replace('6443', '0')}`, '"0" is no port number: 1 to 65535'],
  ['kubestellar-version a b', 'too many arguments'],
  ['kubestellar-version help', 'Invalid component requested: "help"'],
  ['kubestellar-release a', 'too many arguments'],
];

const before = { cwd: process.cwd(), path: process.env.PATH };
let folder = '';

/** A command that is not refused finds no cluster, and no programs to run, here. */
test.before(() => {
  folder = mkdtempSync(join(tmpdir(), 'kubestellar-usage-'));
  process.chdir(folder);
  process.env.KUBECONFIG = join(folder, 'none');
  process.env.PATH = folder;
});
test.after(() => {
  process.chdir(before.cwd);
  process.env.PATH = before.path;
  rmSync(folder, { recursive: true });
});

/** Runs a command as the shell would, with its words as they stand. */
async function run(commandLine: string): Promise<void> {
  const [executable = '', ...args] = commandLine.split(' ').map((word) => (word === '""' ? '' : word));
  const found = await findCommand(executable, args);
  if (!('command' in found)) throw new Error(`there is no ${commandLine}`);
  const parse = found.command.passesOnTo ? separateFlags : parseCommandLine;
  await found.command.run(parse(found.args, flagTableOf(found.command)), NO_OUTPUT);
}

for (const [commandLine, message] of CASES) {
  test(`${commandLine}: ${message}`, async () => {
    const error: unknown = await run(commandLine).then(
      () => 'it succeeds',
      (reason: unknown) => reason,
    );
    assert.instance(error, UsageError, String(error));
    assert.is((error as UsageError).message, message);
    assert.equal(readdirSync(folder), []);
  });
}

test.run();
