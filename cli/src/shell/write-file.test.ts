import {
  chownSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mustRunChildSync, startChild } from '@kubestellar/process';
import { assert, suite } from '@kubestellar/testing';
import { requireWritable, writePrivateFile } from './write-file.ts';

const test = suite('files that commands write');
let folder: string;

test.before.each(() => {
  folder = mkdtempSync(join(tmpdir(), 'kubestellar-write-'));
});
test.after.each(() => rmSync(folder, { recursive: true, force: true }));

test('a file is replaced as a whole, for its owner only', () => {
  const path = join(folder, 'a');
  writeFileSync(path, 'before', { mode: 0o644 });
  writePrivateFile(path, 'after');
  assert.is(readFileSync(path, 'utf8'), 'after');
  assert.is(lstatSync(path).mode & 0o777, 0o600);
  assert.equal(readdirSync(folder), ['a']);
});

test("a secret is not written into another user's pipe", () => {
  const path = join(folder, 'pipe');
  mustRunChildSync('mkfifo', ['-m', '666', path]);
  const getuid = process.getuid;
  // Only root can give a pipe away; for other users, our own pipe replaces somebody else's.
  if (getuid?.() === 0) chownSync(path, 4242, 4242);
  else process.getuid = () => 4242;
  // With a reader, as somebody who waits for a secret has one, the write would not block.
  const reader = startChild('cat', [path], { stdout: 'ignore' });
  try {
    for (const write of [() => requireWritable(path), () => writePrivateFile(path, 'secret')])
      assert.throws(write, /pipe: it is no file, and belongs to another user \(uid \d+\)/);
  } finally {
    process.getuid = getuid;
    reader.kill('SIGTERM');
  }
});

test('a device is written to and not replaced', () => {
  const path = join(folder, 'device');
  symlinkSync('/dev/null', path);
  requireWritable(path);
  writePrivateFile(path, 'text');
  assert.ok(lstatSync(path).isSymbolicLink());
  assert.equal(readdirSync(folder), ['device']);
});

test('a failed write is reported with its cause, and leaves nothing behind', () => {
  mkdirSync(join(folder, 'sub'));
  writeFileSync(join(folder, 'file'), '');
  const cases: [path: string, message: RegExp][] = [
    ['sub', /it is a folder/],
    ['none/a', /its folder does not exist/],
    ['file/a', /what should be its folder is a file/],
  ];
  for (const [path, message] of cases) {
    assert.throws(() => requireWritable(join(folder, path)), message);
    assert.throws(() => requireWritable(join(folder, path), true), message);
    assert.throws(() => writePrivateFile(join(folder, path), 'text'), message);
  }
  assert.equal(readdirSync(folder).sort(), ['file', 'sub']);
  assert.equal(readdirSync(join(folder, 'sub')), []);
});

test('a check for write permission leaves nothing behind', () => {
  requireWritable(join(folder, 'a'));
  requireWritable(join(folder, 'a'), true);
  assert.equal(readdirSync(folder), []);
});

test.run();
