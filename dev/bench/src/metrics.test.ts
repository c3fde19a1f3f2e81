import { assert, suite } from '@kubestellar/testing';
import { parseMetrics } from './metrics.ts';

const test = suite('metrics');

test('reads names, labels and values', () => {
  const metrics = parseMetrics(`# HELP a b
# TYPE a counter
a{verb="get",resource="x"} 3
a{verb="list",resource=""} 4
plain 1.5e+3

`);
  assert.equal(metrics.get('a'), [
    { labels: { verb: 'get', resource: 'x' }, value: 3 },
    { labels: { verb: 'list', resource: '' }, value: 4 },
  ]);
  assert.equal(metrics.get('plain'), [{ labels: {}, value: 1500 }]);
});

test.run();
