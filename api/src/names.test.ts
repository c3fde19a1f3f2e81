import { assert, suite } from '@kubestellar/testing';
import { isSystemKey } from './annotations.ts';
import {
  combinedStatusName,
  isOwnSyncerConfig,
  mailboxWorkspaceName,
  mailboxWorkspacePath,
  parseMailboxWorkspaceName,
  sliceName,
  syncerConfigName,
} from './names.ts';
import { apiVersionOf, parseApiVersion } from './resources.ts';

const test = suite('names');

test('the name of a mailbox workspace identifies its SyncTarget', () => {
  const name = mailboxWorkspaceName('2c4kfdbq4jc58w83', 'b3ffc576-a631-4107-ba56-4634dae33c24');
  assert.is(name, '2c4kfdbq4jc58w83-mb-b3ffc576-a631-4107-ba56-4634dae33c24');
  assert.equal(parseMailboxWorkspaceName(name), {
    cluster: '2c4kfdbq4jc58w83',
    syncTargetUID: 'b3ffc576-a631-4107-ba56-4634dae33c24',
  });
  assert.is(mailboxWorkspacePath('c', 'u'), 'root:espw:c-mb-u');
});

test('other names do not identify a mailbox workspace', () => {
  for (const name of ['imw1', '-mb-u', 'c-mb-', 'a-mb-b-mb-c', '']) {
    assert.is(parseMailboxWorkspaceName(name), undefined, name);
  }
});

test('every object has a CombinedStatus name that a server accepts', () => {
  assert.is(combinedStatusName('deployments.apps', 'web'), 'deployments.apps--web');
  assert.is(combinedStatusName('configmaps', 'a.b-c'), 'configmaps--a.b-c');
  const awkward = ['system:node', 'Upper', 'x'.repeat(253), 'ends-', 'under_score', 'system-node'];
  const names = awkward.map((name) => combinedStatusName('clusterroles.rbac.authorization.k8s.io', name));
  assert.is(new Set(names).size, awkward.length);
  for (const name of names) assert.match(name, /^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/);
  assert.match(names[0] ?? '', /^clusterroles-rbac-authorization-k8s-io--system-node-[0-9a-f]{10}$/);
});

test('the SyncerConfigs of the placement-translator are recognized by their names', () => {
  assert.equal([0, 1, 12].map(syncerConfigName), ['the-one', 'the-one-1', 'the-one-12']);
  for (const n of [0, 1, 12]) assert.ok(isOwnSyncerConfig(syncerConfigName(n)));
  for (const name of ['mine', 'the-one-0', 'the-one-x', 'the-one-', 'not-the-one-1'])
    assert.not(isOwnSyncerConfig(name), name);
});

test('the first slice has the name of its EdgePlacement', () => {
  assert.equal(
    [0, 1, 2].map((index) => sliceName('ep', index)),
    ['ep', 'ep-1', 'ep-2'],
  );
});

test('apiVersion is formatted and parsed, with and without a group', () => {
  for (const [apiVersion, parts] of [
    ['v1', { group: '', version: 'v1' }],
    ['apps/v1', { group: 'apps', version: 'v1' }],
  ] as const) {
    assert.is(apiVersionOf(parts), apiVersion);
    assert.equal(parseApiVersion(apiVersion), parts);
  }
});

test("kcp's own keys are distinguished from others", () => {
  assert.ok(isSystemKey('kcp.io/cluster'));
  assert.ok(isSystemKey('internal.kcp.io/replicate'));
  assert.not.ok(isSystemKey('edge.kubestellar.io/projected'));
  assert.not.ok(isSystemKey('notkcp.io/x'));
});

test.run();
