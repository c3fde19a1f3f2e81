import type { KubeObject, Resource } from '@kubestellar/api';
import { ApiError, Informer, isNotFound, type KubeClient } from '@kubestellar/kube';
import type { Logger } from '@kubestellar/program';
import { assert, suite } from '@kubestellar/testing';
import { ObjectWatches } from './object-informers.ts';

const test = suite('watches of workload objects');

const RESOURCE: Resource = {
  group: 'example.com',
  version: 'v1',
  plural: 'widgets',
  kind: 'Widget',
  namespaced: true,
};
const TYPE = { resource: RESOURCE, identity: 'crd' };
const logger = { debug() {} } as unknown as Logger;
const object: KubeObject = {
  apiVersion: 'example.com/v1',
  kind: 'Widget',
  metadata: { name: 'w', namespace: 'n', annotations: { 'kcp.io/cluster': 'abc' } },
};

/** Watches whose server, a mock, answers each GET by the function. */
function watchesOf(get: () => Promise<KubeObject | undefined>) {
  const client = { get, workspace: () => client } as unknown as KubeClient;
  const none = () => undefined;
  const watches = new ObjectWatches(client, logger, none, none, none);
  watches.adopt(TYPE, new Informer({ client, resource: RESOURCE, logger }), true);
  const watch = watches.of(TYPE);
  if (!watch) throw new Error('no watch');
  return { watches, watch };
}

test('an object is read in full from its workspace', async () => {
  const full = { ...object, spec: { size: 1 } };
  const { watches, watch } = watchesOf(async () => full);
  assert.equal(await watches.full(watch, object), full);
});

test('an object that is gone is undefined', async () => {
  const { watches, watch } = watchesOf(async () => undefined);
  assert.is(await watches.full(watch, object), undefined);
});

// "Not found" means to callers that the place they write to is gone: they would look for it at once, and for ever.
test('a kind that its workspace serves no longer is no "not found"', async () => {
  const { watches, watch } = watchesOf(async () => {
    throw new ApiError('GET', 404, { message: '404 page not found' });
  });
  const error = await watches.full(watch, object).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  assert.not(isNotFound(error));
  assert.match(String(error), /workspace abc does not serve widgets\.example\.com/);
});

test.run();
