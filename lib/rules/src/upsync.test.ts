import { readFile } from 'node:fs/promises';
import { assert, suite } from '@kubestellar/testing';
import {
  checkUpsync,
  isNeverUpsynced,
  NEVER_UPSYNCED,
  UPSYNC_LIMITS,
  upsyncedOf,
  whyNotUpsynced,
} from './upsync.ts';

const test = suite('allowed upsync');

const MAY = [
  ['', 'configmaps'],
  ['', 'secrets'],
  ['', 'namespaces'],
  ['', 'pods'],
  ['', 'events'],
  ['', 'nodes'],
  ['', 'limitranges'],
  ['events.k8s.io', 'events'],
  ['apps', 'deployments'],
  ['wgpolicyk8s.io', 'policyreports'],
  ['example.com', 'resourcequotas'],
  ['notkcp.io', 'things'],
  ['rbac.example.com', 'roles'],
] as const;

const NEVER = [
  ['*', '*'],
  ['*', 'configmaps'],
  ['', ''],
  ['', '*'],
  ['', 'resourcequotas'],
  ['', 'bindings'],
  ['', 'componentstatuses'],
  ['', 'serviceaccounts'],
  ['', 'serviceaccounts/token'],
  ['', 'pods/exec'],
  ['', 'namespaces/finalize'],
  ['', '*/status'],
  ['', 'configmaps/'],
  ['', '/'],
  ['', 'Secrets'],
  ['', 'secrets '],
  ['', ' secrets'],
  ['', 'sécrets'],
  ['', 'sеcrets'], // a Cyrillic letter
  ['', 'secrets\u0000'],
  ['', 'secrets,configmaps'],
  ['', 's'.repeat(64)],
  ['core', 'configmaps'],
  ['apps/v1', 'deployments'],
  ['Apps', 'deployments'],
  [' ', 'configmaps'],
  ['.apps', 'deployments'],
  ['apps.', 'deployments'],
  ['äpps', 'deployments'],
  ['a'.repeat(254), 'things'],
  ['apps\n', 'deployments'],
  ['rbac.authorization.k8s.io', 'clusterroles'],
  ['rbac.authorization.k8s.io', 'rolebindings'],
  ['rbac.authorization.k8s.io.denatured', 'clusterroles'],
  ['core.denatured', 'resourcequotas'],
  ['admissionregistration.k8s.io', 'validatingadmissionpolicies'],
  ['admissionregistration.k8s.io.denatured', 'validatingadmissionpolicies'],
  ['apiextensions.k8s.io', 'customresourcedefinitions'],
  ['authentication.k8s.io', 'tokenreviews'],
  ['authorization.k8s.io', 'subjectaccessreviews'],
  ['certificates.k8s.io', 'certificatesigningrequests'],
  ['coordination.k8s.io', 'leases'],
  ['apis.kcp.io', 'apibindings'],
  ['apis.kcp.io', 'apiexports'],
  ['core.kcp.io', 'logicalclusters'],
  ['tenancy.kcp.io', 'workspaces'],
  ['anything.new.kcp.io', 'things'],
  ['kcp.io', 'things'],
  ['edge.kubestellar.io', 'syncerconfigs'],
  ['edge.kubestellar.io', 'edgeplacements'],
] as const;

test('ordinary and custom kinds may be upsynced', () => {
  for (const [group, plural] of MAY)
    assert.is(whyNotUpsynced(group, plural), undefined, `${plural}.${group}`);
});

test('kinds that act in a workspace, wildcards, subresources and invalid names are refused', () => {
  for (const [group, plural] of NEVER) assert.ok(whyNotUpsynced(group, plural), `"${plural}.${group}"`);
});

test('objects that a server creates itself, and those of a syncer, are not upsynced', () => {
  const secret = (namespace: string, type: string) => {
    return { apiVersion: 'v1', kind: 'Secret', metadata: { name: 's', namespace }, type };
  };
  assert.not(isNeverUpsynced(secret('n', 'Opaque')));
  assert.ok(isNeverUpsynced(secret('n', 'kubernetes.io/service-account-token')));
  assert.ok(isNeverUpsynced(secret('kube-system', 'bootstrap.kubernetes.io/token')));
  assert.ok(isNeverUpsynced(secret('kubestellar-syncer-edge1-28at01r3', 'Opaque')));
});

test('the reason names the refused resource in printable ASCII, and is short', () => {
  const odd = ['x'.repeat(1_000_000), '\u202e'.repeat(1000), '"\\\u0000', '\ud800', '𝕒'.repeat(100)];
  for (const text of odd) {
    for (const reason of [whyNotUpsynced(text, 'things'), whyNotUpsynced('', text)]) {
      assert.ok(reason && reason.length < 800, reason);
      assert.match(reason ?? '', /^[ -~…]+$/);
    }
  }
  assert.match(whyNotUpsynced('', '') ?? '', '"" is no resource');
});

test('a set without refused resources is kept unchanged', () => {
  const sets = [
    { apiGroup: 'g.test', resources: ['*'], names: ['*'] },
    { resources: ['things', 'configmaps'], namespaces: ['a'], names: ['b'] },
    { resources: [] },
  ];
  const checked = checkUpsync(sets);
  assert.equal(checked, { sets, problems: [] });
  assert.equal(checkUpsync(undefined), { sets: [], problems: [] });
});

test('refused resources are removed from a set, and reported with their index', () => {
  const checked = checkUpsync([
    { apiGroup: '*', resources: ['*'], names: ['*'] },
    { resources: ['configmaps', 'serviceaccounts/token'], names: ['*'] },
    { resources: ['Secret', 'Secret'], names: ['*'] },
    { apiGroup: 'rbac.authorization.k8s.io', resources: ['*'], names: ['*'] },
  ]);
  assert.equal(checked.sets, [{ resources: ['configmaps'], names: ['*'] }]);
  assert.equal(checked.problems, [
    'upsync[0]: a set names one API group; "*" is none',
    'upsync[1]: "serviceaccounts/token" is a subresource, and these are never upsynced',
    'upsync[2]: "Secret" is no resource; write its lower-case plural',
    'upsync[3]: objects of rbac.authorization.k8s.io are never upsynced: they grant rights in the mailbox workspace',
  ]);
});

test('an EdgePlacement has a limited number of sets, of limited size', () => {
  const set = { resources: ['configmaps'], names: ['*'] };
  const many = checkUpsync(Array.from({ length: 100_000 }, () => set));
  assert.is(many.sets.length, UPSYNC_LIMITS.sets);
  assert.is(many.problems.length, 1);
  const enormous = { resources: Array.from({ length: 200_000 }, (_, n) => `t${n}`), names: ['*'] };
  const checked = checkUpsync([enormous, set]);
  assert.equal(checked.sets, [set]);
  assert.match(checked.problems.join(), 'upsync[0]: the upsync sets of an EdgePlacement have at most');
});

test('requested kinds are those that are served and may be upsynced, by their own names', () => {
  const served = [
    { group: '', plural: 'configmaps' },
    { group: '', plural: 'secrets' },
    { group: '', plural: 'resourcequotas' },
    { group: 'g.test', plural: 'things' },
    { group: 'g.test', plural: 'others' },
    { group: 'rbac.authorization.k8s.io', plural: 'clusterroles' },
    { group: 'apis.kcp.io', plural: 'apibindings' },
  ];
  const names = (...sets: Parameters<typeof upsyncedOf>[0][number][]) =>
    upsyncedOf(sets, served).map(({ group, plural }) => `${plural}.${group}`);
  assert.equal(names({ resources: ['*'] }), ['configmaps.', 'secrets.']);
  assert.equal(names({ apiGroup: 'g.test', resources: ['things', 'absent'] }), ['things.g.test']);
  assert.equal(names({ apiGroup: 'g.test', resources: ['*'] }), ['things.g.test', 'others.g.test']);
  assert.equal(names({ apiGroup: '*', resources: ['*'] }), []);
  assert.equal(names({ apiGroup: 'rbac.authorization.k8s.io', resources: ['*', 'clusterroles'] }), []);
  assert.equal(names({ apiGroup: 'apis.kcp.io', resources: ['*'] }), []);
});

test('docs/kinds.md lists what is never upsynced, with the reason that its user sees', async () => {
  const text = await readFile(new URL('../../../docs/kinds.md', import.meta.url), 'utf8');
  const [, section = ''] = text.split('## Kinds that are never upsynced');
  const [list = ''] = section.split('\n## ');
  const rows = [...list.matchAll(/^\| `([^`]+)` \| ([^|]+) \|$/gm)].map(([, name, reason]) => [name, reason]);
  assert.equal(rows, [...NEVER_UPSYNCED]);
});

test.run();
