import { assert, suite } from '@kubestellar/testing';
import { upsyncRules } from './reconcile-upsync-role.ts';

const test = suite('what syncers may write on the way up');

const verbs = ['create', 'patch', 'delete'];

test('nothing to come up, nothing permitted', () => {
  assert.equal(upsyncRules([], [], []), []);
});

test('the resources of all sets, and Namespaces for them', () => {
  const sets = [
    { apiGroup: 'b.test', resources: ['things', 'others'], names: ['*'] },
    { apiGroup: 'b.test', resources: ['more'], names: ['a'] },
    { resources: ['events'], namespaces: ['*'], names: ['*'] },
  ];
  assert.equal(upsyncRules(sets, [], []), [
    { apiGroups: [''], resources: ['events', 'namespaces'], verbs },
    { apiGroups: ['b.test'], resources: ['more', 'others', 'things'], verbs },
  ]);
});

test('what was permitted stays, so that copies can still be taken away', () => {
  const known = upsyncRules([{ apiGroup: 'b.test', resources: ['things'], names: ['*'] }], [], []);
  assert.equal(upsyncRules([], known, []), known);
});

test('the status within objects may be written as long as it is returned', () => {
  const up = upsyncRules([{ apiGroup: 'b.test', resources: ['things'], names: ['*'] }], [], []);
  const rules = upsyncRules([], up, [
    { group: 'b.test', plural: 'bares' },
    { group: 'b.test', plural: 'alsos' },
  ]);
  const status = { apiGroups: ['b.test'], resources: ['alsos', 'bares'], verbs: ['patch'] };
  assert.equal(rules, [...up, status]);
  assert.equal(upsyncRules([], rules, []), up);
});

test.run();
