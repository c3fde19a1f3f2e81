import { assert, suite } from '@kubestellar/testing';
import { UsageError } from '../shell/failure.ts';
import { anyKindRules, parseUpsyncConsent } from './upsync-consent.ts';

const test = suite('consent to upsync');

const everything = [{ apiGroups: ['*'], resources: ['*'], verbs: ['*'] }];

test('the role without the flag, or with "*", permits everything', () => {
  assert.equal(anyKindRules(parseUpsyncConsent(undefined)), everything);
  assert.equal(anyKindRules(parseUpsyncConsent('*')), everything);
});

test('a list permits the verb upsync for its resources only, and all else that a syncer needs', () => {
  const [others, ...upsync] = anyKindRules(
    parseUpsyncConsent('configmaps,policyreports.wgpolicyk8s.io, secrets,configmaps'),
  );
  assert.equal(upsync, [
    { apiGroups: [''], resources: ['configmaps', 'secrets'], verbs: ['upsync'] },
    { apiGroups: ['wgpolicyk8s.io'], resources: ['policyreports'], verbs: ['upsync'] },
  ]);
  assert.equal([others?.apiGroups, others?.resources], [['*'], ['*']]);
  for (const verb of ['get', 'watch', 'create', 'patch', 'delete', 'escalate', 'bind'])
    assert.ok(others?.verbs.includes(verb), verb);
  for (const verb of ['*', 'upsync', 'impersonate']) assert.not(others?.verbs.includes(verb), verb);
});

test('the role with none permits no upsync', () => {
  assert.is(anyKindRules(parseUpsyncConsent('none')).length, 1);
});

test('a resource that can never be upsynced is refused', () => {
  for (const text of [
    '',
    ',',
    'configmaps,',
    'Secrets',
    '*.apps',
    'secrets/status',
    'roles.rbac.authorization.k8s.io',
  ])
    assert.throws(
      () => parseUpsyncConsent(text),
      (error: unknown) => error instanceof UsageError,
      text,
    );
});

test.run();
