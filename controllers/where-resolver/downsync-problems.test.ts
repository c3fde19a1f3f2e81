import { assert, suite } from '@kubestellar/testing';
import { downsyncProblems } from './downsync-problems.ts';

const test = suite('what an EdgePlacement names in vain (spec semantics 4.1, 4.2)');

test('a resource that never propagates is told, with its place and the reason', () => {
  const downsync = [
    { apiGroup: 'apps', resources: ['deployments'] },
    { apiGroup: '', resources: ['configmaps', 'nodes'] },
    { apiGroup: 'edge.kubestellar.io', resources: ['locations'] },
  ];
  assert.equal(downsyncProblems({ downsync }), [
    'downsync[1]: nodes never propagate, each is made by each cluster for itself',
    'downsync[2]: locations.edge.kubestellar.io never propagate, each is what tells KubeStellar its work',
  ]);
});

test('so are objects that every cluster makes for itself', () => {
  const named = (resource: string, name: string) =>
    downsyncProblems({ downsync: [{ apiGroup: '', resources: [resource], objectNames: [name] }] }).length;
  assert.is(named('serviceaccounts', 'default'), 1);
  assert.is(named('configmaps', 'kube-root-ca.crt'), 1);
  assert.is(named('configmaps', 'default'), 0);
  assert.is(named('serviceaccounts', 'app'), 0);
});

test('a wildcard, or no list at all, names nothing in vain', () => {
  assert.equal(downsyncProblems({ downsync: [{ apiGroup: '', resources: ['*'] }, { apiGroup: '' }] }), []);
  assert.equal(downsyncProblems(undefined), []);
});

test.run();
