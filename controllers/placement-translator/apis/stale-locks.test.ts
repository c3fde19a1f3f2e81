import { assert, suite } from '@kubestellar/testing';
import { withoutDefinitions } from './stale-locks.ts';

const test = suite('what kcp remembers of CRDs that are gone');

test('locks of CRDs of these resources are taken out, all others stay', () => {
  const locks = { 'a.test': { c: true }, 'b.test': { c: true }, 'c.test': { n: 'binding' } };
  const resources = new Set(['a.test', 'c.test', 'd.test']);
  assert.equal(JSON.parse(withoutDefinitions(JSON.stringify(locks), resources) ?? ''), {
    'b.test': { c: true },
    'c.test': { n: 'binding' },
  });
});

test('without such a lock there is nothing to write', () => {
  assert.is(withoutDefinitions('{"a.test":{"n":"binding"}}', new Set(['a.test'])), undefined);
});

test.run();
