import { CONFIG_MAPS, type KubeObject, NAMESPACES, type Resource, type Unstructured } from '@kubestellar/api';
import { ApiError, type KubeClient } from '@kubestellar/kube';
import type { Logger } from '@kubestellar/program';
import { assert, suite } from '@kubestellar/testing';
import { WecWriter } from './wec-writer.ts';

const test = suite('writes to a WEC');

const logger = { debug() {} } as unknown as Logger;

/** A WEC that may lose its Namespaces; `requests` tells what it was asked, `!` what it has refused. */
function emptyWec() {
  const namespaces = new Set<string>();
  const requests: string[] = [];
  const answer = () => new Promise((resolve) => setImmediate(resolve));
  const client = {
    path: '',
    async create(_: Resource, { metadata: { name } }: KubeObject) {
      requests.push(`namespace ${name}`);
      await answer();
      if (namespaces.has(name)) throw new ApiError('POST', 409, { reason: 'AlreadyExists' });
      namespaces.add(name);
    },
    async createForMetadata(_: Resource, { metadata }: KubeObject) {
      const { name, namespace = '' } = metadata;
      await answer();
      const details = { kind: 'namespaces', causes: [] };
      const isMissing = !namespaces.has(namespace);
      requests.push(`${isMissing ? '!' : ''}${namespace}/${name}`);
      if (isMissing) throw new ApiError('POST', 404, { reason: 'NotFound', details });
      return { ...metadata, resourceVersion: '7' };
    },
    async delete(_: Resource, { name }: { name: string }) {
      requests.push(`delete ${name}`);
      return namespaces.delete(name);
    },
  };
  const writer = new WecWriter(client as unknown as KubeClient, () => {}, logger);
  return { writer, namespaces, requests };
}

const named = (namespace: string, name: string): Unstructured => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace },
});

test('of many objects for a Namespace that is missing one is refused', async () => {
  const { writer, requests } = emptyWec();
  const all = ['a', 'b', 'c', 'd'].map((name) => writer.create(CONFIG_MAPS, named('n', name)));
  assert.equal(await Promise.all(all), [true, true, true, true]);
  assert.equal(requests, ['!n/a', 'namespace n', 'n/a', 'n/b', 'n/c', 'n/d']);
});

test('a Namespace that goes later is made once for all', async () => {
  const { writer, namespaces, requests } = emptyWec();
  await writer.create(CONFIG_MAPS, named('n', 'a'));
  namespaces.clear();
  requests.length = 0;
  await Promise.all(['b', 'c'].map((name) => writer.create(CONFIG_MAPS, named('n', name))));
  assert.equal(requests.toSorted(), ['!n/b', '!n/c', 'n/b', 'n/c', 'namespace n']);
});

test('after a Namespace was deleted, one of many objects for it goes ahead again', async () => {
  const { writer, requests } = emptyWec();
  await writer.create(CONFIG_MAPS, named('n', 'a'));
  await writer.delete(NAMESPACES, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'n', uid: 'u' } });
  requests.length = 0;
  await Promise.all(['b', 'c', 'd'].map((name) => writer.create(CONFIG_MAPS, named('n', name))));
  assert.equal(requests, ['!n/b', 'namespace n', 'n/b', 'n/c', 'n/d']);
});

test('a copy that is create-only no more loses the mark that says so, whichever way it got it, before it is applied', async () => {
  const patches: unknown[] = [];
  const client = {
    path: '',
    mergePatch: async (_: Resource, __: unknown, patch: unknown) => {
      patches.push(patch);
      return { ...named('n', 'a'), metadata: { ...named('n', 'a').metadata, uid: 'u' } };
    },
    apply: async (_: Resource, object: KubeObject) => {
      patches.push('apply');
      return object.metadata;
    },
  } as unknown as KubeClient;
  const writer = new WecWriter(client, () => {}, logger);
  const live = { ...named('n', 'a'), metadata: { ...named('n', 'a').metadata, uid: 'u' } };
  await writer.apply(CONFIG_MAPS, named('n', 'a'), live, true);
  assert.equal(patches, [
    { metadata: { uid: 'u', annotations: { 'edge.kubestellar.io/downsync-overwrite': null } } },
    'apply',
  ]);
});

test('what is marked as create-only says whose it is', async () => {
  const patches: unknown[] = [];
  const mergePatch = async (...[, , patch]: unknown[]) => void patches.push(patch);
  const client = { path: '', mergePatch } as unknown as KubeClient;
  const mark = { core: 'c', syncTarget: 't', resource: 'configmaps', namespace: 'n', name: 'a', sources: [] };
  await new WecWriter(client, () => {}, logger).protect(CONFIG_MAPS, named('n', 'a'), mark);
  const annotations = {
    'edge.kubestellar.io/downsync-overwrite': 'false',
    'edge.kubestellar.io/origin': 'c/t/configmaps/n/a/',
  };
  assert.equal(patches, [{ metadata: { annotations } }]);
});

test.run();
