import type { EdgePlacement, UpsyncSet } from '@kubestellar/api';
import { assert, suite } from '@kubestellar/testing';
import { MAX_BYTES, upsyncOf } from './upsync-sets.ts';

const test = suite('upsync sets of a mailbox workspace');

const set = (name: string): UpsyncSet => ({ resources: ['configmaps'], namespaces: ['n'], names: [name] });

function placement(workspace: string, name: string, ...upsync: UpsyncSet[]): EdgePlacement {
  return {
    apiVersion: 'edge.kubestellar.io/v2alpha1',
    kind: 'EdgePlacement',
    metadata: { name, annotations: { 'kcp.io/cluster': workspace } },
    spec: { upsync },
  };
}

test('equal sets of several EdgePlacements count once, and their order does not depend on that of the others', () => {
  const [a, b] = [placement('w', 'a', set('x'), set('y')), placement('v', 'b', set('z'), set('x'))];
  const { sets, ignored } = upsyncOf([a, b]);
  assert.equal(sets, [set('x'), set('y'), set('z')]);
  assert.equal(ignored, []);
  assert.equal(upsyncOf([b, a]).sets, sets);
});

test('what is refused leaves the sets of an EdgePlacement, and nothing else does', () => {
  const greedy: UpsyncSet = { apiGroup: '*', resources: ['*'], names: ['*'] };
  const mixed: UpsyncSet = { resources: ['serviceaccounts/token', 'secrets'], names: ['*'] };
  const { sets } = upsyncOf([placement('w', 'a', greedy, mixed, set('x'))]);
  assert.equal(sets, [set('x'), { resources: ['secrets'], names: ['*'] }]);
});

test('a workspace that asks for too much loses its own sets, not those of others, in whatever order they come', () => {
  const modest = placement('modest', 'm', set('x'), set('y'));
  const greedy = Array.from({ length: 50 }, (_, n) =>
    placement('greedy', `g${n}`, set(`${n}`.padEnd(20_000, '-'))),
  );
  for (const all of [
    [modest, ...greedy],
    [...greedy, modest],
  ]) {
    const { sets, ignored } = upsyncOf(all);
    assert.ok(sets.some(({ names }) => names?.includes('x')));
    assert.ok(JSON.stringify(sets).length < MAX_BYTES + 10_000);
    assert.not(ignored.includes(modest));
    assert.is(ignored.length, 50 - (sets.length - 2));
  }
});

test.run();
