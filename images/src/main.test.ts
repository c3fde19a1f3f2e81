import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { assert, suite } from '@kubestellar/testing';

const test = suite('npm run images');

function images(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [join(import.meta.dirname, 'main.ts'), ...args], (error, stdout, stderr) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, stdout, stderr });
    });
  });
}

test('wrong usage is told at once, with exit code 2', async () => {
  const wrong = [
    ['nonsense'],
    ['--arch', 'mips'],
    ['--arch', 'toString'],
    ['--load', 'pod'],
    ['--load', 'kind:'],
    ['--x'],
  ];
  for (const args of wrong) {
    const { code, stderr } = await images(...args);
    assert.is(code, 2, args.join(' '));
    assert.match(stderr, /Usage: npm run images/);
  }
});

test('--help has an example', async () => {
  const { code, stdout } = await images('--help');
  assert.is(code, 0);
  assert.match(stdout, /Example: npm run images -- /);
});

test.run();
