import { assert, suite } from '@kubestellar/testing';
import { AllowedAPIs } from './allowed.ts';
import { type Candidate, decide, type Situation } from './decide.ts';

const test = suite('the API of a kind in a mailbox workspace');

const [COMPUTE, APPROVED, OURS, THEIRS] = ['c', 'a', '1', '2'].map((digit) => digit.repeat(64)) as [
  string,
  string,
  string,
  string,
];
const kubernetes = {
  path: 'root:compute',
  name: 'kubernetes',
  identityHash: COMPUTE,
  resources: new Set(['deployments.apps', 'roles.rbac.authorization.k8s.io.denatured']),
  isApproved: false,
};
const approved = {
  path: 'root:platform',
  name: 'widgets',
  identityHash: APPROVED,
  resources: new Set(['widgets.platform.test']),
  isApproved: true,
};
const ALLOWED = new AllowedAPIs([kubernetes, approved]);

const candidate = (identity: string, groupResource: string, since = ''): Candidate => ({
  identity,
  groupResource,
  since,
});

function of(
  groupResource: string,
  {
    isNative = false,
    candidates = [],
    present,
  }: { isNative?: boolean; candidates?: Candidate[]; present?: string },
) {
  const situation: Situation = {
    groupResource,
    isNative,
    candidates: () => candidates,
    present: () => present,
  };
  return decide(ALLOWED, situation);
}

test("what is native is nobody else's, whoever comes first", () => {
  const shadow = candidate(THEIRS, 'configmaps', '2020');
  const { provider, accepts } = of('configmaps', { isNative: true, candidates: [shadow], present: THEIRS });
  assert.equal(provider, { kind: 'native' });
  assert.not(accepts(shadow));
  assert.not(accepts({ identity: 'crd', groupResource: 'configmaps' }));
  assert.ok(accepts({ identity: '', groupResource: 'configmaps' }));
});

test('what is native stays so in whatever group, also where tenants have APIs of their own', () => {
  const { provider, accepts } = of('x.own.test', {
    isNative: true,
    candidates: [candidate(OURS, 'x.own.test', '2020')],
  });
  assert.equal(provider, { kind: 'native' });
  assert.not(accepts({ identity: OURS, groupResource: 'x.own.test' }));
});

test('an API that claims to be native, without being so, does not come', () => {
  const candidates = [candidate('', 'x.own.test', '2020'), candidate(OURS, 'x.own.test', '2026')];
  assert.equal(of('x.own.test', { candidates }).provider, { kind: 'definition', of: OURS });
  assert.is(of('x.own.test', { candidates: candidates.slice(0, 1) }).provider, undefined);
});

test('what root:compute exports comes by its export, and by no other API', () => {
  const candidates = [
    candidate(THEIRS, 'deployments.apps', '2020'),
    candidate(COMPUTE, 'deployments.apps', '2026'),
  ];
  const { provider, accepts } = of('deployments.apps', { candidates, present: THEIRS });
  assert.equal(provider, { kind: 'binding', to: kubernetes });
  assert.equal(candidates.map(accepts), [false, true]);
});

test('other kinds of the groups of kcp and Kubernetes come by no API at all', () => {
  for (const name of [
    'gizmos',
    'leases.coordination.k8s.io',
    'gizmos.networking.k8s.io',
    'gizmos.tenancy.kcp.io',
  ]) {
    for (const identity of [THEIRS, 'crd']) {
      const { provider, accepts } = of(name, { candidates: [candidate(identity, name)], present: identity });
      assert.is(provider, undefined, name);
      assert.not(accepts({ identity, groupResource: name }), name);
    }
  }
});

test('denatured kinds are of root:compute; objects of the native kind are of the same API', () => {
  const name = 'roles.rbac.authorization.k8s.io.denatured';
  const { provider, accepts } = of(name, {});
  assert.equal(provider, { kind: 'binding', to: kubernetes });
  assert.ok(accepts({ identity: '', groupResource: 'roles.rbac.authorization.k8s.io' }));
  assert.ok(accepts({ identity: COMPUTE, groupResource: name }));
  assert.not(accepts({ identity: THEIRS, groupResource: 'roles.rbac.authorization.k8s.io' }));
  assert.not(accepts({ identity: 'crd', groupResource: name }));
});

test('an identity is that of one export: other kinds of the same identity are not what it exports', () => {
  assert.not(
    of('widgets.platform.test', {}).accepts({ identity: COMPUTE, groupResource: 'widgets.platform.test' }),
  );
});

test('what is approved outranks what is there, and what came first', () => {
  const name = 'widgets.platform.test';
  const candidates = [candidate('crd', name, '2020'), candidate(APPROVED, name, '2026')];
  const { provider, accepts } = of(name, { candidates, present: 'crd' });
  assert.equal(provider, { kind: 'binding', to: approved });
  assert.equal(candidates.map(accepts), [false, true]);
  assert.not(
    of('gadgets.platform.test', {}).accepts({ identity: 'crd', groupResource: 'gadgets.platform.test' }),
  );
});

test('of two APIs of one name the one that a workspace has had for longest comes', () => {
  const candidates = [candidate(THEIRS, 'x.own.test', '2026'), candidate(OURS, 'x.own.test', '2025')];
  const { provider, accepts } = of('x.own.test', { candidates });
  assert.equal(provider, { kind: 'definition', of: OURS });
  assert.equal(candidates.map(accepts), [false, true]);
});

test('an API of which it is not known since when it is there comes last; in whatever order they are found', () => {
  const name = 'x.own.test';
  for (const sinceOfOurs of ['2026', '']) {
    const candidates = [candidate(OURS, name, sinceOfOurs), candidate(THEIRS, name, '2025')];
    for (const inOrder of [candidates, candidates.toReversed()])
      assert.equal(of(name, { candidates: inOrder }).provider, { kind: 'definition', of: THEIRS });
  }
});

test('the one that is there stays, although another is older', () => {
  const candidates = [candidate(THEIRS, 'x.own.test', '2026'), candidate(OURS, 'x.own.test', '2025')];
  assert.equal(of('x.own.test', { candidates, present: THEIRS }).provider, {
    kind: 'definition',
    of: THEIRS,
  });
});

test('the one that is there goes when nobody wants it any more', () => {
  const candidates = [candidate(OURS, 'x.own.test', '2025')];
  assert.equal(of('x.own.test', { candidates, present: THEIRS }).provider, { kind: 'definition', of: OURS });
});

test('CustomResourceDefinitions of one name are one API, whatever their workspaces', () => {
  const candidates = [candidate('crd', 'x.own.test', '2026'), candidate('crd', 'x.own.test', '2025')];
  const { provider, accepts } = of('x.own.test', { candidates });
  assert.equal(provider, { kind: 'definition', of: 'crd' });
  assert.equal(candidates.map(accepts), [true, true]);
});

test('nothing comes that nobody wants', () => {
  assert.is(of('x.own.test', {}).provider, undefined);
});

test.run();
