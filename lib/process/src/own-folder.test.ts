import { chmodSync, chownSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { assert, suite } from '@kubestellar/testing';
import { takeLock } from './lock.ts';
import { requireOwnFolder } from './own-folder.ts';
import { writeRecord } from './records.ts';

const test = suite('folders that only their user may write');
const getuid = process.getuid;
let folder = '';

test.before.each(() => {
  folder = mkdtempSync(join(tmpdir(), 'kubestellar-own-'));
});
test.after.each(() => {
  process.getuid = getuid;
  rmSync(folder, { recursive: true });
});

const RECORD = { name: 'a', pid: 4242, startTime: 'x', command: 'sleep', logFile: '' };
const uses: Record<string, () => unknown> = {
  'as it is': () => requireOwnFolder(folder),
  'for a lock': () => takeLock(folder, 'lock', 'work'),
  'for a record of a process': () => writeRecord(folder, RECORD),
};

for (const [how, use] of Object.entries(uses)) {
  test(`a folder that others may write is refused ${how}, and nothing is written there`, () => {
    for (const mode of [0o777, 0o770, 0o702, 0o1777]) {
      chmodSync(folder, mode);
      assert.throws(use, /other users may write the folder .*chmod go-w/, mode.toString(8));
      assert.equal(readdirSync(folder), []);
    }
  });

  test(`a folder of another user is refused ${how}`, () => {
    // Only root can give a folder away; for others, the one that we made stands for somebody else's.
    if (getuid?.() === 0) chownSync(folder, 4242, 4242);
    else process.getuid = () => 4242;
    assert.throws(use, /belongs to another user \(uid \d+\)/);
    assert.equal(readdirSync(folder), []);
  });
}

test('a folder that others may only read is accepted', () => {
  chmodSync(folder, 0o755);
  for (const use of Object.values(uses)) use();
});

test.run();
