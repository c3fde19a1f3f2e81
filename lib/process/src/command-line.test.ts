import { join } from 'node:path';
import { assert, suite } from '@kubestellar/testing';
import { startChild } from './child.ts';
import { parseCommandLine, UsageError, wholeNumber } from './command-line.ts';

const test = suite('command lines of programs');
const isUsage = (error: unknown) => error instanceof UsageError && error.message !== '';

test('flags and words are read as node does; what makes no sense is wrong usage', () => {
  const options = { name: { type: 'string' } } as const;
  assert.is(parseCommandLine({ args: ['--name=x'], options }).values.name, 'x');
  for (const args of [['--nmae'], ['--name'], ['word'], ['-x']])
    assert.throws(() => parseCommandLine({ args, options }), isUsage, args.join());
});

test('a whole number in its range, or the fallback', () => {
  assert.is(wholeNumber('n', undefined, 7), 7);
  assert.is(wholeNumber('n', '12', 7), 12);
  assert.is(wholeNumber('n', '0', 7, { least: 0 }), 0);
  for (const value of ['', '0', '-1', '2.5', 'two', '1e3', ' 1'])
    assert.throws(() => wholeNumber('n', value, 7), isUsage, value);
  assert.throws(
    () => wholeNumber('n', '11', 7, { most: 10 }),
    /--n takes a whole number from 1 to 10, not "11"/,
  );
});

const ENDS: readonly [what: string, main: string, code: number, stderr: RegExp][] = [
  ['nothing wrong', 'async () => console.log("works")', 0, /^$/],
  ['wrong usage', 'async () => { throw new UsageError("odd") }', 2, /^odd\n\nUsage: x\n$/],
  ['a failure that it knows', 'async () => { throw new RangeError("too far") }', 1, /^error: too far\n$/],
  ['a fault of its own', 'async () => { throw new TypeError("oops") }', 1, /TypeError: oops\n {4}at /],
];
const module = JSON.stringify(join(import.meta.dirname, 'command-line.ts'));
const start = (main: string) =>
  startChild(process.execPath, [
    '--input-type=module',
    '-e',
    `import { runProgram, UsageError } from ${module};
     await runProgram({ usage: 'Usage: x', failures: [RangeError], whenInterrupted: 'go on later', main: ${main} });`,
  ]);

for (const [what, main, code, stderr] of ENDS)
  test(`a program ends with ${what}: exit code ${code}`, async () => {
    const ended = await start(main).ended;
    assert.is(ended.code, code, ended.stderr);
    assert.match(ended.stderr, stderr);
  });

test('a program that is interrupted may end in order, and says so with the exit code of the signal', async () => {
  const waits = `async (_, signal) => {
    console.log('waits');
    const timer = setTimeout(() => undefined, 60_000);
    await new Promise((resolve) => signal.addEventListener('abort', resolve));
    clearTimeout(timer);
    signal.throwIfAborted();
  }`;
  for (const [signal, code] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const) {
    const program = start(waits);
    await program.printed('waits');
    program.kill(signal);
    const ended = await program.ended;
    assert.equal([ended.code, ended.stderr], [code, 'go on later\n']);
  }
});

test.run();
