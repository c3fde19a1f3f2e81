import {
  CONFIG_MAPS,
  DOWNSYNCED,
  FIELD_MANAGERS,
  ORIGIN,
  PROJECTED,
  PROJECTED_VALUE,
  type Resource,
  SECRETS,
  type Unstructured,
} from '@kubestellar/api';
import { ApiError } from '@kubestellar/kube';
import type { Logger } from '@kubestellar/program';
import { formatMark } from '@kubestellar/rules';
import { assert, suite } from '@kubestellar/testing';
import { FakeServer, until } from '@kubestellar/testing/fake-server';
import type { SyncedResources } from '../types/synced-resources.ts';
import { LeftoverSearch } from './leftover-search.ts';
import { findLeftovers } from './leftovers.ts';

const test = suite('copies of resources that no config names any more');

const warnings: unknown[] = [];
const logger = { warn: (...line: unknown[]) => void warnings.push(line) } as unknown as Logger;

const ORIGIN_HERE = { core: 'core', syncTarget: 'one' };

function objectOf(
  { kind, plural }: Resource,
  name: string,
  { markedAs = name, isLabelled = true, origin = ORIGIN_HERE, isOlder = false } = {},
): Unstructured {
  const labels: { [key: string]: string } = isLabelled ? { [PROJECTED]: PROJECTED_VALUE } : {};
  const mark = { ...origin, resource: plural, namespace: 'n', name: markedAs, sources: [] };
  const annotations = {
    [DOWNSYNCED]: `${kind}/n/${markedAs}`,
    ...(isOlder ? {} : { [ORIGIN]: formatMark(mark) }),
  };
  const managedFields = isOlder ? [{ manager: FIELD_MANAGERS.syncer, operation: 'Apply' }] : [];
  return {
    apiVersion: 'v1',
    kind,
    metadata: { name, namespace: 'n', labels, annotations, managedFields },
  } as Unstructured;
}

/** A cluster that serves ConfigMaps and Secrets, of which one ConfigMap is a copy. */
function world() {
  warnings.length = 0;
  const server = new FakeServer();
  server.served.push(CONFIG_MAPS, SECRETS);
  server.put('', CONFIG_MAPS, objectOf(CONFIG_MAPS, 'copy'));
  const find = async (isKnown = (_: string) => false) => {
    const { found, complete, orphans } = await findLeftovers(server.client, ORIGIN_HERE, isKnown, logger);
    return { found: found.map(({ plural }) => plural), complete, orphans: Object.fromEntries(orphans) };
  };
  return { server, find };
}

test('a resource with a copy is found, others are not', async () => {
  const { find } = world();
  assert.equal(await find(), { found: ['configmaps'], complete: true, orphans: {} });
});

test('what is watched anyway is not looked at', async () => {
  const { find, server } = world();
  server.fails = { line: /^list .* configmaps/, error: new ApiError('GET', 500, {}) };
  assert.equal(await find((resource) => resource === 'configmaps'), {
    found: [],
    complete: true,
    orphans: {},
  });
});

test('what only has inherited the label, or carries the mark without it, is no copy', async () => {
  const { find, server } = world();
  server.put('', SECRETS, objectOf(SECRETS, 'owned', { markedAs: 'other' }));
  server.put('', SECRETS, objectOf(SECRETS, 'unlabelled', { isLabelled: false }));
  assert.equal(await find(), { found: ['configmaps'], complete: true, orphans: {} });
});

test('copies of another SyncTarget, of another core, or of an older release are reported, and are not ours', async () => {
  const { find, server } = world();
  server
    .put('', SECRETS, objectOf(SECRETS, 'target', { origin: { core: 'core', syncTarget: 'other' } }))
    .put('', SECRETS, objectOf(SECRETS, 'core', { origin: { core: 'rebuilt', syncTarget: 'one' } }))
    .put('', SECRETS, objectOf(SECRETS, 'older', { isOlder: true }));
  const { found, orphans } = await find();
  assert.equal(found, ['configmaps']);
  assert.equal([...(orphans.secrets ?? [])].sort(), [
    'secrets n/core',
    'secrets n/older',
    'secrets n/target',
  ]);
});

test('a resource that cannot be listed leaves the search incomplete, and the others are found', async () => {
  const { find, server } = world();
  server.fails = { line: /^list .* secrets/, error: new ApiError('GET', 403, { reason: 'Forbidden' }) };
  assert.equal(await find(), { found: ['configmaps'], complete: false, orphans: {} });
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
  search.start(ORIGIN_HERE);
  search.start(ORIGIN_HERE);
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
  search.start(ORIGIN_HERE);
  await until(() => warnings.length > 1);
  server.fails = undefined;
  await until(() => added.length > 0);
  const ended = new LeftoverSearch(server.client, resources, logger);
  ended.start(ORIGIN_HERE);
  await ended.stop();
  await findLeftovers(server.client, ORIGIN_HERE, () => false, logger);
  assert.equal(added, ['configmaps']);
  await search.stop();
});

test.run();
