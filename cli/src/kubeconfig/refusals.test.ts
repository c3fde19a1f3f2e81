import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { assert, suite } from '@kubestellar/testing';
import { FlagValues } from '../shell/flags.ts';
import { connectTo, targetOf } from './connect.ts';
import { editKubeconfig } from './edit.ts';
import { kubeconfigFiles } from './files.ts';
import { caOf, readKubeconfig, selectContext } from './kubeconfig.ts';

const test = suite('unusable kubeconfigs');
let folder = '';

test.before.each(() => {
  folder = mkdtempSync(join(tmpdir(), 'kubestellar-kubeconfig-'));
});
test.after.each(() => rmSync(folder, { recursive: true }));

const KUBECONFIG = `apiVersion: v1
clusters:
- {name: good, cluster: {server: 'https://h:6443/clusters/root'}}
- {name: odd, cluster: {server: 'ftp://h/'}}
- {name: trusting, cluster: {server: 'https://h', certificate-authority: none.crt}}
contexts:
- {name: good, context: {cluster: good}}
- {name: odd, context: {cluster: odd}}
current-context: good
`;

/** @returns the kubeconfig, read from a file */
function kubeconfig(text = KUBECONFIG) {
  const path = join(folder, 'config');
  writeFileSync(path, text);
  return readKubeconfig(kubeconfigFiles(path));
}

function flagsOf(values: Record<string, string>): FlagValues {
  const flags = new FlagValues();
  for (const [name, value] of Object.entries(values)) flags.add(name, value);
  return flags;
}

const refusal = async (work: () => unknown) => {
  try {
    await work();
    return 'accepted';
  } catch (error) {
    return (error as Error).message;
  }
};

test('an unreadable kubeconfig is reported by its path', async () => {
  assert.match(
    await refusal(() => readKubeconfig(kubeconfigFiles(folder))),
    `cannot read the kubeconfig ${folder}: `,
  );
  const edit = () => editKubeconfig(() => [{ file: join(folder, 'config', 'x'), currentContext: 'a' }]);
  mkdirSync(join(folder, 'config', 'x'), { recursive: true });
  assert.match(await refusal(edit), /^cannot read the kubeconfig .*\/config\/x: EISDIR/);
  assert.equal(readdirSync(join(folder, 'config')), ['x']);
});

test('a missing context, URL or CA file is reported with what exists', async () => {
  const config = kubeconfig();
  assert.match(
    await refusal(() => selectContext(config, 'absent')),
    /no context "absent"; it has: good, odd$/,
  );
  assert.match(
    await refusal(() => targetOf(config, { context: 'odd' })),
    /^"ftp:\/\/h\/" is no server URL such as https:\/\/host:6443; it stands in the kubeconfig .*\/config$/,
  );
  assert.is(
    await refusal(() => targetOf(config, {}, flagsOf({ server: 'h:6443' }))),
    '"h:6443" is no server URL such as https://host:6443',
  );
  const trusting = config.clusters.get('trusting');
  assert.ok(trusting);
  assert.match(await refusal(() => caOf(trusting)), /names the CA file .*\/none\.crt, which does not exist$/);
});

test('the message about a file that is no YAML names the line and shows nothing of the file, nor does a warning', async () => {
  const secret = 'ZmlyZWJpcmQK0815';
  const text = `apiVersion: v1\nusers:\n- name: a\n  user:\n    token: ${secret}\n`;
  const warnings: string[] = [];
  const note = ({ message }: Error) => void warnings.push(message);
  process.on('warning', note);
  const messages = new Set<string>();
  for (const odd of ['"', '[', '*', '|', '{a: b}: ']) {
    for (let at = 0; at <= text.length; at++) {
      messages.add(await refusal(() => kubeconfig(text.slice(0, at) + odd + text.slice(at))));
    }
  }
  await new Promise((resolve) => setImmediate(resolve));
  process.off('warning', note);
  const all = [...messages, ...warnings].join('\n');
  for (let part = 0; part + 6 <= secret.length; part++) assert.not.match(all, secret.slice(part, part + 6));
  assert.match(all, `the kubeconfig ${join(folder, 'config')} is malformed: it is no YAML, see its line 5; `);
});

test('a malformed duration is refused', async () => {
  const target = targetOf(kubeconfig());
  assert.is(
    await refusal(() => connectTo(target, flagsOf({ 'request-timeout': 'soon' }))),
    '--request-timeout takes a duration such as 30s or 1m, not "soon"',
  );
});

test('a lock that stays, or cannot be created, is reported, and nothing is changed', {
  timeout: 15_000,
}, async () => {
  const file = join(folder, 'config');
  writeFileSync(file, KUBECONFIG);
  const edit = (path: string) => editKubeconfig(() => [{ file: path, currentContext: 'odd' }]);
  writeFileSync(`${file}.lock`, '');
  assert.match(
    await refusal(() => edit(file)),
    /config\.lock exists: another program is changing .*remove that lock file/,
  );
  assert.ok(existsSync(`${file}.lock`));
  assert.match(
    await refusal(() => edit(join(folder, 'x'.repeat(252)))),
    /^cannot lock the kubeconfig .*ENAMETOOLONG/,
  );
});

test('an edit of a kubeconfig that keeps changing fails', async () => {
  let number = 0;
  const edit = () =>
    editKubeconfig(() => [{ file: join(folder, `config-${number++}`), currentContext: 'odd' }]);
  assert.is(await refusal(edit), 'the kubeconfig keeps changing; try again');
  assert.equal(readdirSync(folder), []);
});

test.run();
