import type { CollectorResult, StatusCollectorSpec } from '@kubestellar/api';
import { assert, suite } from '@kubestellar/testing';
import { compile } from './collector.ts';
import { ExpressionError, type Scope, toCel } from './expression.ts';

const test = suite('StatusCollectors');

const CLUSTERS = [
  cluster('edge1', { env: 'prod' }, { readyReplicas: 3, phase: 'Good', load: 0.1 }),
  cluster('edge2', { env: 'prod' }, { readyReplicas: 1, phase: 'Bad', load: 0.2 }),
  cluster('edge3', { env: 'test' }, { readyReplicas: 2, phase: 'Good', load: 0.3 }),
  cluster('edge4', { env: 'test' }, undefined),
];

function cluster(name: string, labels: object, status: object | undefined): Scope {
  return toCel({
    obj: { kind: 'Deployment', spec: { replicas: 3 } },
    returned: status ? { status } : {},
    inventory: { name, labels },
    propagation: { state: status ? 'Applied' : 'Pending' },
  }) as Scope;
}

function collect(spec: StatusCollectorSpec, clusters = CLUSTERS) {
  return compile(spec).collect(clusters);
}

/** The table as plain values. */
function valuesIn({ rows = [] }: Omit<CollectorResult, 'name'>): unknown[][] {
  return rows.map(({ columns = [] }) =>
    columns.map(({ type, ...value }) => (type === 'Null' ? null : Object.values(value)[0])),
  );
}

const withStatus = 'has(returned.status)';

test('select makes a row for each cluster that passes the filter', () => {
  const table = collect({
    filter: `${withStatus} && returned.status.readyReplicas < obj.spec.replicas`,
    select: [
      { name: 'where', def: 'inventory.name' },
      { name: 'ready', def: 'returned.status.readyReplicas' },
      { name: 'lacking', def: 'obj.spec.replicas - returned.status.readyReplicas' },
    ],
  });
  assert.equal(table.columnNames, ['where', 'ready', 'lacking']);
  assert.equal(valuesIn(table), [
    ['edge2', '1', '2'],
    ['edge3', '2', '1'],
  ]);
  assert.is(table.errors, undefined);
});

test('groups are counted, summed, averaged, and have a least and a greatest', () => {
  const subject = 'returned.status.readyReplicas';
  const table = collect({
    filter: withStatus,
    groupBy: [{ name: 'env', def: 'inventory.labels.env' }],
    combinedFields: [
      { name: 'clusters', type: 'COUNT' },
      { name: 'sum', type: 'SUM', subject },
      { name: 'avg', type: 'AVG', subject },
      { name: 'min', type: 'MIN', subject },
      { name: 'max', type: 'MAX', subject },
      { name: 'load', type: 'SUM', subject: 'returned.status.load' },
    ],
  });
  assert.equal(table.columnNames, ['env', 'clusters', 'sum', 'avg', 'min', 'max', 'load']);
  assert.equal(valuesIn(table), [
    ['prod', '2', '4', '2', '1', '3', '0.3'],
    ['test', '1', '2', '2', '2', '2', '0.3'],
  ]);
});

test('without groups there is one row, even of no cluster', () => {
  const combinedFields: StatusCollectorSpec['combinedFields'] = [
    { name: 'n', type: 'COUNT' },
    { name: 'least', type: 'MIN', subject: '1' },
  ];
  assert.equal(valuesIn(collect({ combinedFields })), [['4', '1']]);
  assert.equal(valuesIn(collect({ filter: 'false', combinedFields })), [['0', null]]);
});

test('clusters for which an expression fails are left out and told', () => {
  const table = collect({ select: [{ name: 'phase', def: 'returned.status.phase' }] });
  assert.equal(valuesIn(table), [['Good'], ['Bad'], ['Good']]);
  assert.equal(table.errors, [{ message: 'No such key: status', count: 1 }]);
  assert.match(
    collect({ filter: '1', select: [{ name: 'x', def: '1' }] }).errors?.[0]?.message ?? '',
    'neither true nor false',
  );
  const text = collect({ combinedFields: [{ name: 'x', type: 'SUM', subject: '"text"' }] });
  assert.match(text.errors?.[0]?.message ?? '', 'not a number');
});

test('what cannot be read is refused, with its place', () => {
  const refusal = (spec: StatusCollectorSpec): string => {
    try {
      compile(spec);
    } catch (error) {
      assert.instance(error, ExpressionError);
      return (error as Error).message;
    }
    return '';
  };
  const select = [{ name: 'x', def: '1' }];
  assert.match(refusal({ filter: '1 +', select }), /^filter: /);
  assert.match(refusal({ select: [{ name: 'x', def: 'nobody.knows' }] }), /^select "x": .*nobody/);
  assert.match(refusal({ combinedFields: [{ name: 's', type: 'SUM' }] }), 'needs a subject');
  assert.match(refusal({ filter: `true${' || true'.repeat(400)}`, select }), /^filter: /);
  assert.match(refusal({}), 'either select or combinedFields');
});

test('a table stays small whatever the number of clusters and the size of their values', () => {
  const clusters = Array.from({ length: 2000 }, (_, n) =>
    cluster(`edge${n}`, {}, { text: 't'.repeat(5000) }),
  );
  const select = [
    { name: 'where', def: 'inventory.name' },
    { name: 'text', def: 'returned.status.text' },
  ];
  const few = collect({ select }, clusters);
  assert.is(few.rows?.length, 20);
  assert.is(few.omittedRows, 1980);
  const many = collect({ select, limit: 500 }, clusters);
  assert.ok(JSON.stringify(many).length < 40_000, `${JSON.stringify(many).length} bytes`);
  assert.is((many.rows?.length ?? 0) + (many.omittedRows ?? 0), 2000);
});

test('values of all types have their place', () => {
  const types = (def: string) =>
    collect({ select: [{ name: 'x', def }] }, CLUSTERS.slice(0, 1)).rows?.[0]?.columns?.[0];
  assert.equal(types('true'), { type: 'Bool', bool: true });
  assert.equal(types('null'), { type: 'Null' });
  assert.equal(types('9007199254740993'), { type: 'Number', number: '9007199254740993' });
  assert.equal(types('[1, "a"]'), { type: 'Array', array: [1, 'a'] });
  assert.equal(types('{"a": {"b": 1}}'), { type: 'Object', object: { a: { b: 1 } } });
  assert.equal(types('timestamp("2026-01-01T00:00:00Z")'), {
    type: 'String',
    string: '2026-01-01T00:00:00.000Z',
  });
  assert.equal(types('returned.status.?none.orValue(7)'), { type: 'Number', number: '7' });
});

test.run();
