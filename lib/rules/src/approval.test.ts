import { assert, suite } from '@kubestellar/testing';
import { formatApproval, parseApproval } from './approval.ts';

const test = suite('rules: approval of removals');

test('an approval says of which generation it is, and of which removals', () => {
  const since = '2026-01-01T00:00:00Z';
  const text = formatApproval({ metadata: { name: 'p', generation: 3 } }, { since, count: 60 });
  assert.equal(parseApproval(text), { generation: 3, since, count: 60 });
});

test('what is no approval approves nothing', () => {
  const texts = ['', 'true', '60', 'null', '{}', '{"generation":1,"count":1.5,"since":"x"}', '[', undefined];
  for (const text of texts) assert.is(parseApproval(text), undefined, String(text));
});

test.run();
