import { assert, suite } from '@kubestellar/testing';
import { FakeApi } from '@kubestellar/testing/fake-api';
import { pino } from 'pino';
import { waitForVirtualWorkspace } from './virtual-workspace.ts';

const test = suite("kube: an export's virtual workspace");
const logger = pino({ level: 'silent' });
const NAME = 'edge.kubestellar.io';
const URL = 'https://kcp.test/services/apiexport/abc/edge.kubestellar.io';

test('a controller waits until the export has a virtual workspace', async () => {
  const api = new FakeApi();
  const provider = await api.start();
  api.put('another', {}, '', { endpoints: [{ url: 'https://kcp.test/another' }] });
  const waiting = waitForVirtualWorkspace(provider, NAME, logger, new AbortController().signal);
  let ended = false;
  void waiting.then(() => {
    ended = true;
  });
  while (api.requested('watch').length === 0) await new Promise(setImmediate);
  api.put(NAME, {}, '', { endpoints: [] });
  for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate);
  assert.not(ended, 'a virtual workspace without a URL is none');
  api.put(NAME, {}, '', { endpoints: [{ url: URL }] });
  assert.is((await waiting).workspaceName, '*');
  await api.stop();
});

test('a controller that is stopped no longer waits', async () => {
  const api = new FakeApi();
  const provider = await api.start();
  const control = new AbortController();
  const waiting = waitForVirtualWorkspace(provider, NAME, logger, control.signal);
  control.abort(new Error('enough'));
  const error = await waiting.catch((reason: unknown) => reason);
  assert.is((error as Error).message, 'enough');
  await api.stop();
});

test.run();
