import { chmod, mkdir, mkdtemp, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { assert, suite } from '@kubestellar/testing';
import { TOOLS } from './catalog.ts';
import { type Fixture, failure, newFixture } from './fixture.ts';
import { findGo } from './go.ts';
import type { Patch } from './kcp-patches.ts';
import { patchedModule, patchText } from './patch.ts';

const test = suite('patches');
let fixture: Fixture;
test.before.each(async () => {
  fixture = await newFixture();
});
test.after.each(() => fixture.remove());

const PATCH: Patch = {
  module: 'example.com/lib',
  file: 'pkg/lib.go',
  after: 'first()',
  insert: '\n\tsecond()',
  why: 'the second is forgotten.',
};

/** Patches a module whose `pkg/lib.go` is `text`, as read-only as in Go's module cache. Returns the result's folder. */
async function patchedCopy(text: string, patches: readonly Patch[] = [PATCH]): Promise<string> {
  const { context } = fixture;
  const home = context.env.HOME ?? '';
  const original = join(home, 'go-mod', 'lib@v1.0.0');
  await mkdir(join(original, 'pkg'), { recursive: true });
  await writeFile(join(original, 'pkg', 'lib.go'), text, { mode: 0o444 });
  await writeFile(join(original, 'go.mod'), 'module example.com/lib\n', { mode: 0o444 });
  for (const dir of [join(original, 'pkg'), original]) await chmod(dir, 0o555);
  await fixture.script(
    'go',
    `case "$1 $2" in
    "version "*) echo "go version go1.26.0 linux/amd64" ;;
    "env "*) echo "$HOME/go-build"; echo "$HOME/go-mod" ;;
    "mod download") echo '{ "Dir": "${original}" }' ;;
    "mod edit") echo "$3" > edited ;;
    esac`,
  );
  const dir = join(await mkdtemp(join(home, 'build-')), 'source');
  try {
    await patchedModule(context, await findGo(context, 'the test'), TOOLS.kcp.module, patches, dir);
  } finally {
    assert.is(await readFile(join(original, 'pkg', 'lib.go'), 'utf8'), text, 'the original is left alone');
    for (const folder of [original, join(original, 'pkg')]) await chmod(folder, 0o755);
  }
  return dir;
}

test('the text is inserted after its anchor, into a copy of the module that replaces it', async () => {
  const dir = await patchedCopy('func f() {\n\tfirst()\n}\n');
  const copy = join(dir, 'example.com', 'lib');
  assert.is(await readFile(join(copy, 'pkg', 'lib.go'), 'utf8'), 'func f() {\n\tfirst()\n\tsecond()\n}\n');
  assert.equal((await readdir(copy)).sort(), ['go.mod', 'pkg']);
  assert.is(
    (await readFile(join(dir, 'edited'), 'utf8')).trim(),
    '-replace=example.com/lib=./example.com/lib',
    'the path is relative: Go writes it into the binary',
  );
  for (const file of ['go.mod', 'go.sum']) {
    const own = join(fixture.context.modulesDir, 'kcp', file);
    assert.is(await readFile(join(dir, file), 'utf8'), await readFile(own, 'utf8'));
  }
});

test('every folder of the copy can be removed by the user', async () => {
  const dir = await patchedCopy('first()');
  for (const folder of [dir, join(dir, 'example.com', 'lib', 'pkg')]) {
    assert.is((await stat(folder)).mode & 0o700, 0o700, folder);
  }
});

test('two patches of one module are both applied', async () => {
  const third = { ...PATCH, after: 'second()', insert: '\n\tthird()' };
  const dir = await patchedCopy('\tfirst()\n', [PATCH, third]);
  const text = await readFile(join(dir, 'example.com', 'lib', 'pkg', 'lib.go'), 'utf8');
  assert.is(text, '\tfirst()\n\tsecond()\n\tthird()\n');
});

test('a missing anchor fails and tells which defect would come back', async () => {
  const { name, message } = await failure(patchedCopy('other()'));
  assert.is(name, 'ToolchainError');
  assert.match(
    message,
    /pkg\/lib\.go .*example\.com\/lib does not fit: its anchor occurs 0 times.*forgotten/,
  );
});

test('an anchor that occurs several times fails', () => {
  assert.throws(() => patchText('first()\nfirst()\n', PATCH), /occurs 2 times/);
  assert.throws(() => patchText('first()\nfirst()\nfirst()', PATCH), /occurs 3 times/);
});

test('an anchor at the very beginning or end of the file fits', () => {
  assert.is(patchText('first()', PATCH), 'first()\n\tsecond()');
});

test('a missing file fails', async () => {
  const { message } = await failure(patchedCopy('first()', [{ ...PATCH, file: 'pkg/moved.go' }]));
  assert.match(message, /pkg\/moved\.go .*does not fit: the file is not there/);
});

test.run();
