import { CONFIG_MAPS, NAMESPACES, type Resource, SECRETS } from '@kubestellar/api';
import { assert, suite } from '@kubestellar/testing';
import { mayBeReportedWithin, permittedBy, upsyncRules } from './upsync-rules.ts';

const test = suite('what syncers may write into a mailbox workspace');

const verbs = ['create', 'patch', 'delete'];
const createNamespaces = { apiGroups: [''], resources: ['namespaces'], verbs: ['create'] };
const [things, others] = ['things', 'others'].map((plural): Resource => {
  return { group: 'b.test', version: 'v1', plural, kind: plural, namespaced: true };
}) as [Resource, Resource];
const served = [CONFIG_MAPS, SECRETS, NAMESPACES, things, others];

test('where nothing is upsynced, nothing is permitted', () => {
  assert.equal(upsyncRules([], [], []), []);
});

test('all of a group have one rule, and Namespaces may be created for them', () => {
  assert.equal(upsyncRules([things, CONFIG_MAPS, others], [], []), [
    { apiGroups: [''], resources: ['configmaps'], verbs },
    { apiGroups: ['b.test'], resources: ['others', 'things'], verbs },
    createNamespaces,
  ]);
});

test('the status within objects may be written as long as it is returned, and nothing else of them', () => {
  const rules = upsyncRules([CONFIG_MAPS], [], [things]);
  assert.equal(rules.at(-1), { apiGroups: ['b.test'], resources: ['things'], verbs: ['patch'] });
  assert.equal(permittedBy(rules, served, 'write'), [CONFIG_MAPS]);
});

test('a role is read back as it was written', () => {
  for (const upsynced of [[], [things], [CONFIG_MAPS, NAMESPACES], [CONFIG_MAPS, SECRETS, things, others]])
    for (const right of ['write', 'delete'] as const)
      assert.equal(permittedBy(upsyncRules(upsynced, [], []), served, right), upsynced);
});

test('copies that no set asks for may be deleted, and not written', () => {
  const rules = upsyncRules([things], [CONFIG_MAPS, NAMESPACES], []);
  assert.equal(rules.at(-1), { apiGroups: [''], resources: ['configmaps', 'namespaces'], verbs: ['delete'] });
  assert.equal(permittedBy(rules, served, 'delete'), [CONFIG_MAPS, NAMESPACES, things]);
  assert.equal(permittedBy(rules, served, 'write'), [things]);
  const alone = upsyncRules([], [NAMESPACES], []);
  assert.equal(permittedBy(alone, served, 'delete'), [NAMESPACES], 'read back without a set as well');
});

test('of the role of an older release only concrete resources that may be upsynced stay, and are served', () => {
  const old = (group: string, ...resources: string[]) => ({ apiGroups: [group], resources, verbs });
  const all: Resource[] = [
    ...served,
    { ...things, group: 'rbac.authorization.k8s.io', plural: 'clusterroles' },
    { ...things, group: 'apis.kcp.io', plural: 'apibindings' },
  ];
  const permitted = permittedBy(
    [
      old('', 'configmaps', 'namespaces', 'serviceaccounts/token', 'absent'),
      old('*', '*', 'things', 'configmaps'),
      old('b.test', '*'),
      old('rbac.authorization.k8s.io', 'clusterroles', '*'),
      old('apis.kcp.io', 'apibindings'),
    ],
    all,
    'write',
  );
  assert.equal(permitted, [CONFIG_MAPS]);
});

test('a status within is written where objects are data, denatured ones included', () => {
  assert.ok(mayBeReportedWithin(things, false));
  assert.ok(mayBeReportedWithin({ group: 'admissionregistration.k8s.io.denatured', plural: 'x' }, true));
  assert.not(mayBeReportedWithin({ group: 'apis.kcp.io', plural: 'apibindings' }, false));
});

test.run();
