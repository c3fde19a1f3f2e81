import { EDGE_SYNC_CONFIGS, type KubeObject, SYNCER_CONFIGS, type SyncerConfig } from '@kubestellar/api';
import { ApiError } from '@kubestellar/kube';
import type { Logger } from '@kubestellar/program';
import { assert, suite } from '@kubestellar/testing';
import { FakeServer, until } from '@kubestellar/testing/fake-server';
import { ServedTypes } from '../types/served-types.ts';
import { Configs } from './configs.ts';
import type { Wanted } from './wanted.ts';

const test = suite('the configs of a mailbox workspace');

const warnings: unknown[] = [];
const logger = {
  debug: () => undefined,
  warn: (...line: unknown[]) => void warnings.push(line),
} as unknown as Logger;
const WIDGETS = { group: 'own.test', version: 'v1', plural: 'widgets', kind: 'Widget', namespaced: true };
let version = 1;

function configOf(
  name: string,
  {
    names = [],
    parts = 0,
    generation = version,
  }: { names?: string[]; parts?: number; generation?: number } = {},
) {
  const objects = [
    { group: '', resource: 'configmaps', apiVersion: 'v1', objectsByNamespace: [{ namespace: 'ns', names }] },
  ];
  return {
    apiVersion: 'edge.kubestellar.io/v2alpha1',
    kind: 'SyncerConfig',
    metadata: { name, uid: `uid-${name}`, generation, resourceVersion: `${version++}` },
    spec: { namespacedObjects: names.length > 0 ? objects : [], ...(parts > 0 ? { parts } : {}) },
  } as SyncerConfig;
}

/** What a person's own config names by its kind: that has to be looked up. */
const edgeSyncConfig = (kind: string): KubeObject => ({
  apiVersion: 'edge.kubestellar.io/v2alpha1',
  kind: 'EdgeSyncConfig',
  metadata: { name: 'own', generation: version, resourceVersion: `${version++}` },
  spec: { downSyncedResources: [{ group: 'own.test', version: 'v1', kind, name: 'x', namespace: 'ns' }] },
});

const running: Configs[] = [];
test.after.each(async () => {
  for (const each of running.splice(0)) await each.stop();
});

async function world(...configs: SyncerConfig[]) {
  warnings.length = 0;
  const server = new FakeServer();
  server.served.push(WIDGETS);
  for (const each of configs) server.put('', SYNCER_CONFIGS, each);
  const changes: Wanted[] = [];
  const all = new Configs({
    client: server.client,
    served: new ServedTypes(server.client),
    onChange: (wanted) => void changes.push(wanted),
    logger,
  });
  running.push(all);
  const start = async () => {
    all.start();
    await until(() => all.wanted !== undefined);
  };
  return { server, all, changes, start };
}

test('what all configs ask for is one, known once all have been read', async () => {
  const { all, start } = await world(
    configOf('the-one', { names: ['a'] }),
    configOf('own', { names: ['b'] }),
  );
  assert.is(all.wanted, undefined);
  assert.not(all.proveAbsence);
  await start();
  for (const name of ['a', 'b']) assert.ok(all.wanted?.includes('configmaps', 'ns', name), name);
  assert.not(all.wanted?.includes('configmaps', 'ns', 'c'));
  assert.ok(all.proveAbsence);
  const { syncerConfigs, edgeSyncConfigs } = all.list();
  assert.equal([syncerConfigs.length, edgeSyncConfigs.length], [2, 0]);
});

test('without the SyncerConfig of the translator, or a part of it, nothing is known to be wanted no more', async () => {
  const { all, start, server, changes } = await world(configOf('own'));
  await start();
  assert.not(all.proveAbsence);
  const next = async (act: () => unknown) => {
    const before = changes.length;
    act();
    await until(() => changes.length > before);
  };
  await next(() => server.put('', SYNCER_CONFIGS, configOf('the-one', { parts: 1 })));
  assert.equal([all.proveAbsence, all.parts], [false, [undefined]]);
  await next(() => server.put('', SYNCER_CONFIGS, configOf('the-one-1', { names: ['p'] })));
  assert.ok(all.proveAbsence);
  assert.ok(all.wanted?.includes('configmaps', 'ns', 'p'));
  await next(() => server.drop('', SYNCER_CONFIGS, configOf('the-one-1')));
  assert.not(all.proveAbsence);
});

test('a change of a status alone is none', async () => {
  const { server, start, changes, all } = await world(configOf('the-one', { names: ['a'], generation: 7 }));
  await start();
  const before = changes.length;
  server.put('', SYNCER_CONFIGS, { ...configOf('the-one', { names: ['b'], generation: 7 }), status: {} });
  await until(() => all.theOne?.status !== undefined);
  assert.is(changes.length, before);
  server.put('', SYNCER_CONFIGS, configOf('the-one', { names: ['b'], generation: 8 }));
  await until(() => changes.length > before);
  assert.ok(all.wanted?.includes('configmaps', 'ns', 'b'));
});

test('what a config names by its kind is looked up, and proves nothing before', async () => {
  const { server, start, all } = await world(configOf('the-one'));
  server.put('', EDGE_SYNC_CONFIGS, edgeSyncConfig('Widget'));
  server.fails = { line: /^GET/, error: new ApiError('GET', 503, { message: 'not now' }) };
  await start();
  await until(() => warnings.length > 0);
  assert.not(all.proveAbsence);
  server.fails = undefined;
  await until(() => all.wanted?.includes('widgets.own.test', 'ns', 'x') === true);
  assert.ok(all.proveAbsence);
});

test('after the end nobody is told of anything', async () => {
  const { server, start, all, changes } = await world(configOf('the-one'));
  await start();
  await all.stop();
  const before = changes.length;
  server.put('', SYNCER_CONFIGS, configOf('the-one', { names: ['late'] }));
  await new Promise((resolve) => setImmediate(resolve));
  assert.is(changes.length, before);
});

test.run();
