import { UsageError } from '@kubestellar/process';
import { assert, suite } from '@kubestellar/testing';
import { parseRequest } from './arguments.ts';

const test = suite('command line of npm start and npm stop');

test('the defaults are two clusters, and to keep the state', () => {
  assert.equal(parseRequest(['start']), { command: 'start', wecs: 2 });
  assert.equal(parseRequest(['stop']), { command: 'stop', purge: false });
});

test('both spellings of a value work', () => {
  assert.equal(parseRequest(['start', '--wecs', '3']), { command: 'start', wecs: 3 });
  assert.equal(parseRequest(['start', '--wecs=1']), { command: 'start', wecs: 1 });
  assert.equal(parseRequest(['stop', '--purge']), { command: 'stop', purge: true });
  assert.equal(parseRequest(['start', '--help']), { command: 'help' });
});

for (const args of [
  [],
  ['go'],
  ['start', '3'],
  ['start', '--wecs'],
  ['start', '--wecs', '0'],
  ['start', '--wecs', '-1'],
  ['start', '--wecs', '2.5'],
  ['start', '--wecs', 'two'],
  ['start', '--wecs', '1000'],
  ['start', '--purge'],
  ['stop', '--wecs', '2'],
]) {
  test(`"${args.join(' ')}" is wrong usage`, () => {
    assert.throws(
      () => parseRequest(args),
      (error: unknown) => error instanceof UsageError && error.message !== '',
    );
  });
}

test.run();
