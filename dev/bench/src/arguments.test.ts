import { UsageError } from '@kubestellar/process';
import { assert, suite } from '@kubestellar/testing';
import { parseArguments } from './arguments.ts';

const test = suite('bench arguments');

test('the documented command', () => {
  const { scenario, objects, wecs, rounds, json } = parseArguments(
    '--scenario fanout --objects 500 --wecs 2 --json'.split(' '),
  );
  assert.equal(
    { scenario, objects, wecs, rounds, json },
    { scenario: 'fanout', objects: 500, wecs: 2, rounds: 5, json: true },
  );
});

test('defaults depend on the scenario', () => {
  assert.is(parseArguments(['--scenario', 'idle']).objects, 1000);
  assert.is(parseArguments([]).objects, 500);
});

test('wrong usage is told', () => {
  assert.throws(
    () => parseArguments(['--scenario', 'x']),
    (error: unknown) => error instanceof UsageError,
  );
  assert.throws(() => parseArguments(['--objects', '0']), /whole number from 1/);
  assert.throws(
    () => parseArguments(['--nonsense']),
    (error: unknown) => error instanceof UsageError,
  );
});

test.run();
