import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { KubeClient } from '@kubestellar/kube';
import { assert, suite } from '@kubestellar/testing';
import { missingPods, ownNamespace } from './pods.ts';

const test = suite('pods of a syncer');

const LONG = `${'a'.repeat(62)}-`;

/** Whether holders are taken for missing, where the Namespace has these pods. */
function missing(pods: readonly string[] | Error, host = 'syncer-1') {
  const list = async () => {
    if (pods instanceof Error) throw pods;
    return pods.map((name) => ({ metadata: { name } }));
  };
  const wec = { list } as unknown as Pick<KubeClient, 'list'>;
  return missingPods({ wec, namespace: 'ns', own: `uid/${host}/1`, host });
}

test('a holder that says that it is of our installation, and is no pod beside us, is missing', async () => {
  const isMissing = missing(['syncer-1', 'syncer-2', `${LONG}bcdef`]);
  for (const holder of ['uid/x/1', 'uid/syncer-1/7', 'uid/syncer-1/x', 'uid//', 'uid'])
    assert.ok(await isMissing(holder), holder);
  for (const holder of ['uid/syncer-2/1', 'uid/syncer-1/1', `uid/${'a'.repeat(62)}/1`])
    assert.not(await isMissing(holder), holder);
});

test('nothing is said of a holder of another installation', async () => {
  assert.not(await missing(['syncer-1'])('other/x/1'));
});

test('nothing is said where we are not among the pods ourselves, or the cluster does not answer', async () => {
  assert.not(await missing([])('uid/x/1'));
  assert.not(await missing(['syncer-1'], 'node')('uid/x/1'));
  assert.not(await missing(new Error('no'))('uid/x/1'));
});

test('the Namespace of a pod is read from its file; without one there is none', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'kubestellar-pods-'));
  const path = join(folder, 'namespace');
  assert.is(await ownNamespace(path), undefined);
  await writeFile(path, 'ns\n');
  assert.is(await ownNamespace(path), 'ns');
  await rm(folder, { recursive: true });
});

test.run();
