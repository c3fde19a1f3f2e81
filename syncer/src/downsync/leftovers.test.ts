import {
  CONFIG_MAPS,
  DOWNSYNCED,
  PROJECTED,
  PROJECTED_VALUE,
  type Resource,
  SECRETS,
  type Unstructured,
} from '@kubestellar/api';
import { ApiError } from '@kubestellar/kube';
import type { Logger } from '@kubestellar/program';
import { assert, suite } from '@kubestellar/testing';
import { FakeServer, until } from '@kubestellar/testing/fake-server';
import type { SyncedResources } from '../types/synced-resources.ts';
import { LeftoverSearch } from './leftover-search.ts';
import { findLeftovers } from './leftovers.ts';

const test = suite('copies of resources that no config names any more');

const warnings: unknown[] = [];
const logger = { warn: (...line: unknown[]) => void warnings.push(line) } as unknown as Logger;

function objectOf(
  { kind }: Resource,
  name: string,
  identity = `${kind}/n/${name}`,
  isLabelled = true,
): Unstructured {
  const labels: { [key: string]: string } = isLabelled ? { [PROJECTED]: PROJECTED_VALUE } : {};
  return {
    apiVersion: 'v1',
    kind,
    metadata: { name, namespace: 'n', labels, annotations: { [DOWNSYNCED]: identity } },
  };
}

/** A cluster that serves ConfigMaps and Secrets, of which one ConfigMap is a copy. */
function world() {
  warnings.length = 0;
  const server = new FakeServer();
  server.served.push(CONFIG_MAPS, SECRETS);
  server.put('', CONFIG_MAPS, objectOf(CONFIG_MAPS, 'copy'));
  const find = async (isKnown = (_: string) => false) => {
    const { found, complete } = await findLeftovers(server.client, isKnown, logger);
    return { found: found.map(({ plural }) => plural), complete };
  };
  return { server, find };
}

test('a resource with a copy is found, others are not', async () => {
  const { find } = world();
  assert.equal(await find(), { found: ['configmaps'], complete: true });
});

test('what is watched anyway is not looked at', async () => {
  const { find, server } = world();
  server.fails = { line: /^list .* configmaps/, error: new ApiError('GET', 500, {}) };
  assert.equal(await find((resource) => resource === 'configmaps'), { found: [], complete: true });
});

test('what only has inherited the label, or carries the mark without it, is no copy', async () => {
  const { find, server } = world();
  server.put('', SECRETS, objectOf(SECRETS, 'owned', 'Service/n/other'));
  server.put('', SECRETS, objectOf(SECRETS, 'unlabelled', 'Secret/n/unlabelled', false));
  assert.equal((await find()).found, ['configmaps']);
});

test('a resource that cannot be listed leaves the search incomplete, and the others are found', async () => {
  const { find, server } = world();
  server.fails = { line: /^list .* secrets/, error: new ApiError('GET', 403, { reason: 'Forbidden' }) };
  assert.equal(await find(), { found: ['configmaps'], complete: false });
  assert.is(warnings.length, 1);
});

test('a search begins once, and adds what it finds to what is watched', async () => {
  const { server } = world();
  const added: string[] = [];
  const resources = {
    get: () => undefined,
    addLeftover: ({ plural }: Resource) => void added.push(plural),
  } as unknown as SyncedResources;
  const search = new LeftoverSearch(server.client, resources, logger);
  search.start();
  search.start();
  await until(() => added.length > 0);
  await search.stop();
  assert.equal(added, ['configmaps']);
});

test('a search that failed is tried again until it could look everywhere; not after the end', async () => {
  const { server } = world();
  const added: string[] = [];
  const resources = {
    get: () => undefined,
    addLeftover: ({ plural }: Resource) => void added.push(plural),
  } as unknown as SyncedResources;
  server.fails = { line: /^GET/, error: new ApiError('GET', 503, {}) };
  const search = new LeftoverSearch(server.client, resources, logger, { first: 1, most: 1 });
  search.start();
  await until(() => warnings.length > 1);
  server.fails = undefined;
  await until(() => added.length > 0);
  const ended = new LeftoverSearch(server.client, resources, logger);
  ended.start();
  await ended.stop();
  await findLeftovers(server.client, () => false, logger);
  assert.equal(added, ['configmaps']);
  await search.stop();
});

test.run();
