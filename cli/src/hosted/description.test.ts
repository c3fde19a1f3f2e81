import { createWriteStream, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { assert, suite } from '@kubestellar/testing';
import { pack } from 'tar-stream';
import { describeBackup, descriptionIn } from './description.ts';

const test = suite('descriptions of backups');
let file = '';

test.before.each(() => {
  file = join(mkdtempSync(join(tmpdir(), 'kubestellar-description-')), 'core.backup');
});
test.after.each(() => rmSync(join(file, '..'), { recursive: true }));

/** Writes an archive with one entry. */
async function archive(name: string, content: object): Promise<void> {
  const tar = pack();
  tar.entry({ name }, JSON.stringify(content));
  tar.finalize();
  await pipeline(tar, createGzip(), createWriteStream(file));
}

const refusal = () =>
  descriptionIn(file).then(
    () => 'accepted',
    (error: Error) => error.message,
  );

test('the description of a backup can be read back', async () => {
  const description = describeBackup('1.2.3', { some: { key: 'value' } });
  await archive('backup.json', description);
  assert.equal(await descriptionIn(file), description);
});

test('a file that is no backup, or of another format, is refused', async () => {
  assert.match(await refusal(), /^cannot read the backup .*ENOENT/);
  writeFileSync(file, 'text');
  assert.match(await refusal(), /^cannot read the backup .*header.*name a file that/);
  await archive('other.json', {});
  assert.match(await refusal(), /is no backup of "kubectl kubestellar backup"/);
  await archive('backup.json', { ...describeBackup('1.2.3', {}), format: 'kubestellar-backup/9' });
  assert.match(await refusal(), /is no backup of "kubectl kubestellar backup"/);
});

test.run();
