import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { assert, suite } from '@kubestellar/testing';
import { connect, KubeconfigError } from './connection.ts';

const test = suite('connection');
const folder = await mkdtemp(join(tmpdir(), 'kubestellar-connection-'));

test.after(() => rm(folder, { recursive: true }));

async function kubeconfig(cluster: object): Promise<string> {
  const path = join(folder, 'config');
  const config = {
    'current-context': 'c',
    clusters: [{ name: 'one', cluster: { server: 'https://127.0.0.1:1/clusters/root', ...cluster } }],
    users: [{ name: 'u', user: { token: 'secret' } }],
    contexts: [{ name: 'c', context: { cluster: 'one', user: 'u' } }],
  };
  await writeFile(path, JSON.stringify(config));
  return path;
}

test('takes server, path and token from a kubeconfig', async () => {
  const connection = await connect({ kubeconfig: await kubeconfig({}) });
  assert.is(connection.server, 'https://127.0.0.1:1');
  assert.is(connection.basePath, '/clusters/root');
  assert.match((await connection.headers()).Authorization ?? '', /^Bearer secret$/);
  await connection.close();
});

test('refuses a kubeconfig that asks for a proxy, and says where', async () => {
  const options = { kubeconfig: await kubeconfig({ 'proxy-url': 'http://proxy:3128' }) };
  const error = await connect(options).catch((error: unknown) => error);
  assert.instance(error, KubeconfigError);
  assert.match((error as Error).message, /proxy-url of cluster "one"/);
});

test.run();
