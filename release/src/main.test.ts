import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runChild } from '@kubestellar/process';
import { assert, suite } from '@kubestellar/testing';

const test = suite('npm run release');

const release = (...args: string[]) =>
  runChild(process.execPath, [join(import.meta.dirname, 'main.ts'), ...args]);

test('wrong usage is told at once, with exit code 2', async () => {
  for (const args of [['word'], ['--platform', 'linux/mips'], ['--platform'], ['--x']]) {
    const { code, stderr } = await release(...args);
    assert.is(code, 2, args.join(' '));
    assert.match(stderr, /Usage: npm run release/);
  }
});

test('--help has an example', async () => {
  const { code, stdout } = await release('--help');
  assert.is(code, 0);
  assert.match(stdout, /Example: npm run release -- /);
});

test('a folder with other things in it is left alone', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'kubestellar-release-'));
  try {
    await writeFile(join(folder, 'mine'), '');
    const { code, stderr } = await release('--platform', 'linux/amd64', '--output', folder);
    assert.is(code, 1);
    assert.match(stderr, /holds something else than a release/);
    assert.equal(await readdir(folder), ['mine']);
  } finally {
    await rm(folder, { recursive: true });
  }
});

test.run();
