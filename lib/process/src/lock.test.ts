import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { assert, suite } from '@kubestellar/testing';
import { startTimeOf } from './identity.ts';
import { LockedError, takeLock } from './lock.ts';

const test = suite('state lock');
let folder = '';
test.before.each(() => {
  folder = mkdtempSync(join(tmpdir(), 'kubestellar-lock-'));
});
test.after.each(() => rmSync(folder, { recursive: true }));

test('a held lock is refused to others, and a released one leaves nothing behind', () => {
  const release = takeLock(folder, 'x', 'the work');
  assert.throws(
    () => takeLock(folder, 'x', 'the work'),
    (error: Error) => error instanceof LockedError,
  );
  assert.throws(() => takeLock(folder, 'x', 'the work'), /the work is under way already \(pid/);
  release();
  takeLock(folder, 'x', 'the work')();
  assert.equal(readdirSync(folder), []);
});

test('the lock of a process that ended, or was killed while it wrote, is taken over', () => {
  const contents = [
    '',
    'rubbish',
    `${process.pid} another start time\n`,
    `4194305 ${startTimeOf(process.pid)}\n`,
  ];
  for (const content of contents) {
    writeFileSync(join(folder, 'x.lock'), content);
    takeLock(folder, 'x', 'the work')();
  }
  assert.equal(readdirSync(folder), []);
});

test.run();
