import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { mustRunChildSync } from '@kubestellar/process';
import { assert, suite } from '@kubestellar/testing';
import { knownCommands } from '../registry.ts';
import { answerTo } from './answer.ts';
import { complete, type LookUp, toProtocol } from './complete.ts';
import { completionScript, SHELLS } from './scripts.ts';

const test = suite('completion');

/** Replaces kcp: returns what is requested. */
const asked: LookUp = async (choice, begin, { words, flags }) => [
  { value: `${begin}<${choice}>`, about: `${words.join(' ')}|${flags.text('imw') ?? ''}` },
];
const values = async (executable: string, ...typed: string[]) => {
  const { candidates, directive } = await complete(executable, typed, asked);
  return [...candidates.map(({ value }) => value), `:${directive}`].join(' ');
};
const plugin = (...typed: string[]) => values('kubectl-kubestellar', ...typed);

test('the words of commands are completed one after the other', async () => {
  assert.match(await plugin(''), /^ensure remove prep-for-syncer prep-for-cluster deploy .*completion :4$/);
  assert.is(await plugin('ensure', ''), 'location wmw :4');
  assert.is(await plugin('prep'), 'prep-for-syncer prep-for-cluster :4');
  assert.is(await plugin('destroy', ''), ':4');
  assert.is(await plugin('--v'), '--version :4');
  assert.is(await values('kubestellar', 'st'), 'start stop :4');
  assert.is(await values('kubestellar-version', 'git'), 'gitCommit gitTreeState :4');
  assert.is(await values('nothing-of-ours', ''), ':4');
});

test('words of a command are looked up in the workspace of its flags', async () => {
  const { candidates } = await complete(
    'kubectl-kubestellar',
    ['ensure', 'location', '--imw=root:a', 'demo', 'a=b', 'x'],
    asked,
  );
  assert.equal(candidates, [{ value: 'x<label>', about: 'demo a=b|root:a' }]);
  assert.is(await plugin('ensure-location', 'd'), 'd<location> :4');
  assert.is(await plugin('prep-for-syncer', '-s', 'd'), 'd<syncTarget> :4');
  assert.is(await plugin('ensure', 'location', 'demo', ''), '<label> :6');
  assert.is(await plugin('remove', 'wmw', ''), '<wmw> :4');
  assert.is(await plugin('remove', 'wmw', 'a', ''), ':4');
});

test('flags and their values are completed in both forms', async () => {
  assert.is(await plugin('ensure', 'location', '--im'), '--imw :4');
  assert.is(await plugin('ensure', 'location', '--imw', 'root:'), 'root:<workspace> :4');
  assert.is(await plugin('ensure', 'location', '--imw=root:'), 'root:<workspace> :4');
  assert.is(await plugin('ensure', 'wmw', '--with-kube', ''), 'true false :4');
  assert.is(await plugin('prep-for-syncer', '-o', ''), ':0');
  assert.is(await plugin('status', '-o', ''), 'json :4');
  assert.is(await plugin('prep-for-cluster', '--output', ''), 'json :4');
  assert.is(await plugin('ensure', 'wmw', '--dry'), '--dry-run :4');
  assert.is(await values('kubestellar', '--log-folder', ''), ':16');
  assert.is(await values('kubestellar', '--ensure-imw', 'a,'), 'a,<workspaces> :6');
  assert.is(await plugin('status', '--kubeconfig', ''), ':0');
  assert.is(await plugin('status', '--user='), '<user> :4');
  assert.is(await plugin('status', '--token', ''), ':4');
  assert.is(await plugin('status', '--bogus='), ':4');
  assert.is(await values('kubestellar-list-syncing-objects', '--all-context', ''), '<context> :4');
  assert.is(await values('switch-domain', 'in', 'out', ''), '<context> :4');
  assert.is(await values('kubestellar-release', '-'), '--help -X :4');
});

test('every flag with an explanation is completed with it', async () => {
  const { candidates } = await complete('kubectl-kubestellar', ['ensure', 'wmw', '--'], asked);
  assert.match(candidates.find(({ value }) => value === '--with-kube')?.about ?? '', 'whether it has');
});

test('the response has the format of cobra, and an error offers no candidate', async () => {
  const candidates = [{ value: 'a', about: 'b' }, { value: 'c' }];
  assert.is(toProtocol({ candidates, directive: 4 }, true), 'a\tb\nc\n:4\n');
  assert.is(toProtocol({ candidates, directive: 4 }, false), 'a\nc\n:4\n');
  process.env.KUBECONFIG = '/none';
  assert.is(await answerTo('kubectl-kubestellar', '__complete', ['remove', 'wmw', '']), ':5\n');
});

const EXECUTABLES = ['kubectl-kubestellar', ...knownCommands().executables];

/** Runs the real bash with the script, and a command that records its arguments. @returns COMPREPLY */
function inBash(line: string, answer: string): string[] {
  const folder = mkdtempSync(join(tmpdir(), 'kubestellar-completion-'));
  try {
    writeFileSync(join(folder, 'script'), completionScript('bash', EXECUTABLES));
    const stub = join(folder, 'kubectl-kubestellar');
    writeFileSync(stub, `#!/bin/sh\nprintf '%s\\n' "$@" >"${folder}/asked"\nprintf '${answer}'\n`);
    chmodSync(stub, 0o755);
    const run = `
      cd "$1"; source ./script; COMP_LINE=$2 COMP_POINT=\${#2}
      __kubestellar_complete; printf '%s\\n' "\${COMPREPLY[@]}"; echo "--"; cat asked`;
    const env = { ...process.env, PATH: [folder, process.env.PATH].join(delimiter) };
    return mustRunChildSync('bash', ['-c', run, 'bash', folder, line], { env }).split('\n').slice(0, -1);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test('bash: whole words are requested, and candidates fit the parts into which bash splits them', () => {
  assert.equal(inBash('kubectl-kubestellar ensure ', 'location\\nwmw\\n:4\\n'), [
    'location',
    'wmw',
    '--',
    '__completeNoDesc',
    'ensure',
    '',
  ]);
  assert.equal(inBash('kubectl-kubestellar ensure location --imw root:im', 'root:imw1\\nroot:imw2\\n:4\\n'), [
    'imw1',
    'imw2',
    '--',
    '__completeNoDesc',
    'ensure',
    'location',
    '--imw',
    'root:im',
  ]);
  assert.is(inBash('kubectl-kubestellar ensure location --imw=root:im', 'root:imw1\\n:4\\n')[0], 'imw1');
  assert.is(inBash('kubectl-kubestellar ensure location demo e', 'env=\\n:6\\n')[0], 'env=');
});

test('bash: "kubectl kubestellar" is completed where kubectl itself is not, and files where files are expected', () => {
  assert.equal(inBash('kubectl kubestellar st', 'status\\n:4\\n').slice(0, 2), ['status', '--']);
  assert.is(inBash('kubectl-kubestellar prep-for-syncer -o s', ':0\\n')[0], 'script');
  assert.is(inBash('kubectl-kubestellar prep-for-syncer -o s', ':4\\n')[0], '');
});

const isHere = (shell: string) =>
  (process.env.PATH ?? '').split(delimiter).some((folder) => existsSync(join(folder, shell)));

/** Runs the real fish with the script, and a command with that output. @returns the candidates */
function inFish(line: string, answer: string): string[] {
  const folder = mkdtempSync(join(tmpdir(), 'kubestellar-completion-'));
  try {
    writeFileSync(join(folder, 'script'), completionScript('fish', EXECUTABLES));
    const stub = join(folder, 'kubectl-kubestellar');
    writeFileSync(stub, `#!/bin/sh\nprintf '${answer}'\n`);
    chmodSync(stub, 0o755);
    const env = { ...process.env, HOME: folder, PATH: [folder, process.env.PATH].join(delimiter) };
    const run = 'source $argv[1]; complete -C $argv[2]';
    const args = ['--no-config', '-c', run, join(folder, 'script'), line];
    return mustRunChildSync('fish', args, { env }).split('\n').slice(0, -1);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const FISH = 'fish: candidates have their explanation, even after "="';
if (isHere('fish'))
  test(FISH, () => {
    const answer = 'location\\tmakes it\\nwmw\\n:4\\n';
    assert.equal(inFish('kubectl-kubestellar ensure ', answer), ['location\tmakes it', 'wmw']);
    const behind = inFish('kubectl-kubestellar ensure location --imw=root:im', 'root:imw1\\n:4\\n');
    assert.equal(behind, ['--imw=root:imw1']);
  });
else test.skip(FISH, 'fish is not here');

test('the script of every shell exists, and is valid where the shell is installed', () => {
  for (const shell of SHELLS) {
    const script = completionScript(shell, EXECUTABLES);
    for (const name of EXECUTABLES) assert.match(script, name);
    if (!isHere(shell)) continue;
    const folder = mkdtempSync(join(tmpdir(), 'kubestellar-completion-'));
    writeFileSync(join(folder, 'script'), script);
    mustRunChildSync(shell, ['-n', join(folder, 'script')]);
    rmSync(folder, { recursive: true });
  }
});

test.run();
