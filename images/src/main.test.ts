import { join } from 'node:path';
import { runChild } from '@kubestellar/process';
import { assert, suite } from '@kubestellar/testing';

const test = suite('npm run images');

const images = (...args: string[]) =>
  runChild(process.execPath, [join(import.meta.dirname, 'main.ts'), ...args]);

test('wrong usage is told at once, with exit code 2', async () => {
  const wrong = [
    ['nonsense'],
    ['--arch', 'mips'],
    ['--arch', 'toString'],
    ['--load', 'pod'],
    ['--load', 'kind:'],
    ['--x'],
  ];
  const outcomes = await Promise.all(wrong.map((args) => images(...args)));
  for (const [index, { code, stderr }] of outcomes.entries()) {
    assert.is(code, 2, wrong[index]?.join(' '));
    assert.match(stderr, /Usage: npm run images/);
  }
});

test('--help has an example', async () => {
  const { code, stdout } = await images('--help');
  assert.is(code, 0);
  assert.match(stdout, /Example: npm run images -- /);
});

test.run();
