import { assert, suite } from '@kubestellar/testing';
import { CommandFailure } from '../shell/failure.ts';
import { NO_OUTPUT } from '../shell/output.ts';
import type { Check } from './checks.ts';
import { runChecks } from './run.ts';
import { findOnPath } from './tools.ts';

const test = suite('doctor');

async function resultOf(checks: Check[]): Promise<{ lines: string[]; failure: string }> {
  const lines: string[] = [];
  const output = { ...NO_OUTPUT, result: (line: string) => void lines.push(line) };
  const failure = await runChecks(checks, output).then(
    () => '',
    (error: Error) => error.message,
  );
  return { lines, failure };
}

const good: Check = { name: 'good', run: () => ({ detail: 'as it should be' }), fix: '' };
const bad: Check = { name: 'bad', run: () => ({ problem: 'broken', fix: 'repair it' }), fix: '' };
const throwing: Check = {
  name: 'throwing',
  run: () => {
    throw new CommandFailure('no file');
  },
  fix: 'make the file',
};

test('a successful check is reported as ok', async () => {
  assert.equal(await resultOf([good, good]), {
    lines: ['ok    good  as it should be', 'ok    good  as it should be'],
    failure: '',
  });
});

test('each problem is reported with its fix, the other checks still run, and the command fails', async () => {
  const { lines, failure } = await resultOf([bad, throwing, good]);
  assert.is(failure, '2 of 3 checks failed');
  assert.equal(
    lines.map((line) => line.replace(/\s+/g, ' ').trim()),
    [
      'FAIL bad broken',
      'to fix it: repair it',
      'FAIL throwing no file',
      'to fix it: make the file',
      'ok good as it should be',
    ],
  );
});

test('the checks after a failed essential one are named as not checked', async () => {
  const { lines, failure } = await resultOf([{ ...throwing, essential: true }, good, bad]);
  assert.is(failure, '1 of 3 checks failed');
  assert.is(lines.at(-1), 'Not checked because of that: good, bad');
});

test('tools are found on $PATH only where they are executable', () => {
  assert.match(findOnPath('sh', `/nowhere:${process.env.PATH}`) ?? '', /\/sh$/);
  assert.is(findOnPath('passwd', '/etc'), undefined);
  assert.is(findOnPath('etc', '/'), undefined);
});

test.run();
