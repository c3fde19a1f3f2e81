import { assert, suite } from '@kubestellar/testing';
import { downsyncProblems } from './downsync-problems.ts';

const test = suite('resources of EdgePlacements that never propagate (docs/rules.md, semantics 4.1 and 4.2)');

test('a resource that never propagates is reported with its field and the reason', () => {
  const downsync = [
    { apiGroup: 'apps', resources: ['deployments'] },
    { apiGroup: '', resources: ['configmaps', 'nodes'] },
    { apiGroup: 'edge.kubestellar.io', resources: ['locations'] },
  ];
  assert.equal(downsyncProblems({ downsync }), [
    'downsync[1]: nodes never propagate, each is created by each cluster itself',
    'downsync[2]: locations.edge.kubestellar.io never propagate, each is configuration of KubeStellar',
  ]);
});

test('an object that every cluster creates itself is reported', () => {
  const named = (resource: string, name: string) =>
    downsyncProblems({ downsync: [{ apiGroup: '', resources: [resource], objectNames: [name] }] }).length;
  assert.is(named('serviceaccounts', 'default'), 1);
  assert.is(named('configmaps', 'kube-root-ca.crt'), 1);
  assert.is(named('configmaps', 'default'), 0);
  assert.is(named('serviceaccounts', 'app'), 0);
});

test('a wildcard, or a test without resources, is not reported', () => {
  assert.equal(downsyncProblems({ downsync: [{ apiGroup: '', resources: ['*'] }, { apiGroup: '' }] }), []);
  assert.equal(downsyncProblems(undefined), []);
});

test.run();
