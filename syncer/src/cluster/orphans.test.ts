import { CONFIG_MAPS, NAMESPACES, type ObjectMeta, type Unstructured } from '@kubestellar/api';
import { assert, suite } from '@kubestellar/testing';
import { Wanted } from '../config/wanted.ts';
import type { SyncedResource } from '../types/synced-resource.ts';
import { reportOrphans } from './orphans.ts';

const test = suite('orphans');

const OWN = { core: 'core', syncTarget: 'target' };
const WRITTEN = { managedFields: [{ manager: 'kubestellar-syncer', operation: 'Update' as const }] };

function configMap(name: string, whose: string | undefined, more: Partial<ObjectMeta> = {}): Unstructured {
  const annotations = {
    'edge.kubestellar.io/downsynced': `ConfigMap/n/${name}`,
    ...(whose ? { 'edge.kubestellar.io/origin': `${whose}/configmaps/n/${name}/w:u` } : {}),
  };
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'n', annotations, ...more } };
}

const resourceOf = (id: string, ...copies: Unstructured[]) =>
  ({ id, wec: { list: () => copies } }) as unknown as SyncedResource;
const names = new Map([['n', new Set(['wanted'])]]);
const wanted = new Wanted(new Map([['configmaps', { ...CONFIG_MAPS, names }]]), new Set(['n']));

test('copies of another core, SyncTarget or release that nobody asks for are counted and named', () => {
  const resource = resourceOf(
    'configmaps',
    configMap('of-core', 'other/target'),
    configMap('of-target', 'core/other'),
    configMap('of-release', undefined, WRITTEN),
    configMap('ours', 'core/target'),
    configMap('inherited', undefined),
    configMap('wanted', 'core/other'),
  );
  assert.equal(reportOrphans([resource], new Map(), wanted, OWN), {
    count: 3,
    objects: ['configmaps n/of-core', 'configmaps n/of-release', 'configmaps n/of-target'],
  });
});

test('a Namespace that is needed is none, what a search has found counts until the kind is watched', () => {
  const namespace = (name: string): Unstructured => ({
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name, annotations: { 'edge.kubestellar.io/origin': `core/other/namespaces//${name}/` } },
  });
  const namespaces = resourceOf(NAMESPACES.plural, namespace('n'), namespace('former'));
  const elsewhere = new Map([
    ['secrets', ['secrets n/a']],
    ['namespaces', ['namespaces gone']],
  ]);
  assert.equal(reportOrphans([namespaces], elsewhere, wanted, OWN), {
    count: 2,
    objects: ['namespaces former', 'secrets n/a'],
  });
});

test('of very many some are named', () => {
  const copies = Array.from({ length: 50 }, (_, n) => configMap(`c-${n}`, 'core/other'));
  const { count, objects } = reportOrphans([resourceOf('configmaps', ...copies)], new Map(), wanted, OWN);
  assert.equal([count, objects.length], [50, 20]);
});

test.run();
