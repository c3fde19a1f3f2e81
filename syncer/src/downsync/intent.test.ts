import type { ObjectMeta, Unstructured } from '@kubestellar/api';
import { assert, suite } from '@kubestellar/testing';
import { Wanted } from '../config/wanted.ts';
import { intentFor, type MailboxView } from './intent.ts';

const test = suite('intent');

const names = (...list: string[]) => new Map([['n', new Set(list)]]);
const configMaps = { group: '', version: 'v1', plural: 'configmaps' };
const namespaces = { group: '', version: 'v1', plural: 'namespaces' };

function wanting(...list: string[]): Wanted {
  return new Wanted(new Map([['configmaps', { ...configMaps, names: names(...list) }]]), new Set(['n']));
}

function wantingByPeople(name: string): Wanted {
  const { resources, namespaces } = wanting(name);
  return new Wanted(resources, namespaces, [], new Set([`configmaps|n|${name}`]));
}

test('a wanted object that exists is to be copied', () => {
  const plan = { wanted: wanting('c'), proveAbsence: true };
  assert.is(intentFor('configmaps', mailbox(configMap('c')), 'n', 'c', plan).want, 'copy');
});

test('an object that people want is to be absent when it is gone, or going', () => {
  const going = configMap('c', { deletionTimestamp: '2026-01-01T00:00:00Z' });
  for (const named of ['c', '*']) {
    const plan = { wanted: wantingByPeople(named), proveAbsence: false };
    assert.is(intentFor('configmaps', mailbox(), 'n', 'c', plan).want, 'absence');
    assert.is(intentFor('configmaps', mailbox(going), 'n', 'c', plan).want, 'absence');
  }
});

test('what the placement-translator still lists stays in the cluster, though its source be missing', () => {
  const plan = { wanted: wanting('c'), proveAbsence: true };
  const going = configMap('c', { deletionTimestamp: '2026-01-01T00:00:00Z' });
  assert.is(intentFor('configmaps', mailbox(), 'n', 'c', plan).want, 'nothing');
  assert.is(intentFor('configmaps', mailbox(going), 'n', 'c', plan).want, 'nothing');
});

test('nothing is concluded from a mailbox that could not be read', () => {
  const plan = { wanted: wanting('c'), proveAbsence: true };
  assert.is(intentFor('configmaps', { ...mailbox(), synced: false }, 'n', 'c', plan).want, 'nothing');
  assert.is(intentFor('configmaps', undefined, 'n', 'c', plan).want, 'nothing');
});

test('what no config names is to be absent, if the config proves it', () => {
  const present = mailbox(configMap('c'));
  assert.is(
    intentFor('configmaps', present, 'n', 'c', { wanted: wanting(), proveAbsence: true }).want,
    'absence',
  );
  assert.is(
    intentFor('configmaps', present, 'n', 'c', { wanted: wanting(), proveAbsence: false }).want,
    'nothing',
  );
});

test('a wildcard leaves out what each server makes for itself, a name does not', () => {
  const root = mailbox(configMap('kube-root-ca.crt'));
  const intent = (...list: string[]) => {
    return intentFor('configmaps', root, 'n', 'kube-root-ca.crt', {
      wanted: wanting(...list),
      proveAbsence: true,
    }).want;
  };
  assert.is(intent('*'), 'absence');
  assert.is(intent('kube-root-ca.crt'), 'copy');
});

test('what came up does not go down', () => {
  const upsynced = configMap('c', { annotations: { 'edge.kubestellar.io/upsynced': 'ConfigMap/n/c' } });
  const plan = { wanted: wanting('*'), proveAbsence: true };
  assert.is(intentFor('configmaps', mailbox(upsynced), 'n', 'c', plan).want, 'absence');
});

test('a Namespace is copied if named, exists if needed, and outlives both', () => {
  const namespace: Unstructured = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'n' } };
  const named = new Wanted(
    new Map([['namespaces', { ...namespaces, names: new Map([['', new Set(['n'])]]) }]]),
  );
  const intent = (wanted: Wanted, ...objects: Unstructured[]) => {
    return intentFor('namespaces', mailbox(...objects), '', 'n', { wanted, proveAbsence: true }).want;
  };
  assert.is(intent(named, namespace), 'copy');
  assert.is(intent(wanting('c'), namespace), 'existence');
  assert.is(intent(new Wanted(), namespace), 'nothing');
  assert.is(intent(new Wanted()), 'absence');
  assert.is(intent(named), 'nothing', 'listed');
  assert.is(intent(wanting('c')), 'nothing', 'needed');
});

test.run();

function mailbox(...objects: Unstructured[]): MailboxView {
  return { synced: true, get: (_, name) => objects.find(({ metadata }) => metadata.name === name) };
}

function configMap(name: string, more: Partial<ObjectMeta> = {}): Unstructured {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'n', ...more } };
}
