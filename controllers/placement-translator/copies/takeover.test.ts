import {
  CONFIG_MAPS,
  type KubeObject,
  NAMESPACES,
  type ObjectMeta,
  SERVICE_ACCOUNTS,
} from '@kubestellar/api';
import { assert, suite } from '@kubestellar/testing';
import { isForeign, notOurs, ownEntries } from './takeover.ts';

const test = suite('objects that belong to a mailbox workspace');

const object = (metadata: Partial<ObjectMeta> = {}): KubeObject => ({
  apiVersion: 'v1',
  kind: '',
  metadata: { name: 'a', namespace: 'n', ...metadata },
});
const by = (manager: string, subresource?: string) => ({
  managedFields: [
    {
      manager,
      operation: 'Update' as const,
      fieldsV1: { 'f:data': {} },
      ...(subresource ? { subresource } : {}),
    },
  ],
});

test('an object without any mark of ours is foreign, whoever has made it', () => {
  assert.ok(isForeign(SERVICE_ACCOUNTS, object()));
  assert.ok(isForeign(SERVICE_ACCOUNTS, object(by('kubestellar-cli'))));
  assert.ok(isForeign(CONFIG_MAPS, object({ labels: { 'edge.kubestellar.io/projected': 'no' } })));
});

test('a copy is not foreign, nor is one whose label somebody has removed', () => {
  assert.not(isForeign(CONFIG_MAPS, object({ labels: { 'edge.kubestellar.io/projected': 'yes' } })));
  assert.not(isForeign(CONFIG_MAPS, object(by('placement-translator'))));
  const cached = { managedFields: ownEntries(object(by('placement-translator'))) };
  assert.not(isForeign(CONFIG_MAPS, object(cached)));
});

test('what was upsynced is not foreign, what has inherited the mark of another object is', () => {
  const upsynced = (identity: string) =>
    object({ annotations: { 'edge.kubestellar.io/upsynced': identity } });
  assert.not(isForeign(CONFIG_MAPS, upsynced('ConfigMap/n/a')));
  assert.ok(isForeign(CONFIG_MAPS, upsynced('ConfigMap/n/owner')));
});

test('a Namespace is never foreign', () => {
  assert.not(isForeign(NAMESPACES, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'default' } }));
});

test('of managed fields nothing is kept but who of ours has written', () => {
  assert.equal(ownEntries(object(by('user'))), []);
  assert.equal(ownEntries(object(by('placement-translator'))), [
    { manager: 'placement-translator', operation: 'Update' },
  ]);
});

test('the user reads where the object is and what to do', () => {
  const { reason, message } = notOurs(CONFIG_MAPS);
  assert.is(reason, 'NotOurs');
  assert.match(message, /mailbox workspace .* configmaps .* another name, or ask an administrator/);
});

test.run();
