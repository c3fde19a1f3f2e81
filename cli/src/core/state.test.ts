import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { assert, suite } from '@kubestellar/testing';
import { kubeconfigFiles } from '../kubeconfig/files.ts';
import { readKubeconfig } from '../kubeconfig/kubeconfig.ts';
import { stateFolder } from './state.ts';

const test = suite('state folder of a core');
let folder = '';
test.before(() => {
  folder = mkdtempSync(join(tmpdir(), 'kubestellar-state-'));
});
test.after(() => rmSync(folder, { recursive: true }));

function folderFor(cluster: object, env: NodeJS.ProcessEnv): string {
  const path = join(folder, 'config');
  const contexts = [{ name: 'root', context: { cluster: 'root', user: 'admin' } }];
  writeFileSync(
    path,
    JSON.stringify({ clusters: [{ name: 'root', cluster }], contexts, 'current-context': 'root' }),
  );
  return stateFolder(readKubeconfig(kubeconfigFiles(path)), env);
}

const data = (pem: string) => ({ 'certificate-authority-data': Buffer.from(pem).toString('base64') });
const server = 'https://127.0.0.1:6443/clusters/root';
const env = { HOME: '/home/u' };

test('a core has one state folder, from any workspace and with any form of its CA', () => {
  const one = folderFor({ server, ...data('CA 1') }, env);
  writeFileSync(join(folder, 'ca.crt'), 'CA 1');
  const elsewhere = 'https://localhost:6443/clusters/root:wmw1';
  assert.is(folderFor({ server: elsewhere, 'certificate-authority': 'ca.crt' }, env), one);
  assert.is(dirname(one), '/home/u/.local/state/kubestellar');
});

test('cores with different CAs have different state folders, even at the same address', () => {
  const cores = [data('CA 1'), data('CA 2'), {}].map((trust) => folderFor({ server, ...trust }, env));
  assert.is(new Set(cores).size, 3);
});

test('$XDG_STATE_HOME and, before it, $KUBESTELLAR_STATE_DIR choose the state folder', () => {
  const xdg = { ...env, XDG_STATE_HOME: '/x' };
  assert.is(dirname(folderFor({ server }, xdg)), '/x/kubestellar');
  assert.is(dirname(folderFor({ server }, { ...xdg, KUBESTELLAR_STATE_DIR: '/y' })), '/y');
});

test.run();
