import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { assert, suite } from '@kubestellar/testing';
import { load, save } from './archive.ts';

const test = suite('archives of data');
let folder: string;

test.before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kubestellar-data-'));
});
test.after(() => rm(folder, { recursive: true, force: true }));

async function volume(name: string, files: Record<string, string | Buffer>): Promise<string> {
  const path = join(folder, name);
  await mkdir(join(path, 'etcd', 'wal'), { recursive: true });
  for (const [file, content] of Object.entries(files))
    await writeFile(join(path, file), content, { mode: 0o600 });
  return path;
}

async function saved(path: string): Promise<Buffer> {
  const out = new PassThrough();
  const content = buffer(out);
  await save(path, '{}', out);
  out.end();
  return content;
}

const big = Buffer.alloc(3_000_000, 'x');

test('loading a saved archive replaces the files of the folder', async () => {
  const from = await volume('from', { 'etcd/db': big, 'etcd/wal/0': 'w', empty: '' });
  const to = await volume('to', { 'etcd/db': 'other', 'etcd/stale': 's', gone: 'g' });
  assert.is(await load(to, Readable.from([await saved(from)])), 3);
  assert.equal((await readdir(to, { recursive: true })).sort(), [
    'empty',
    'etcd',
    'etcd/db',
    'etcd/wal',
    'etcd/wal/0',
  ]);
  assert.ok((await readFile(join(to, 'etcd/db'))).equals(big));
  assert.is((await stat(join(to, 'etcd/db'))).mode & 0o777, 0o600);
});

test('a stream that is cut off or is no backup changes no file', async () => {
  const from = await volume('whole', { 'etcd/db': big });
  const to = await volume('untouched', { 'etcd/db': 'mine' });
  const stream = await saved(from);
  for (const bad of [stream.subarray(0, stream.length - 20), Buffer.from('no backup'), Buffer.alloc(0)]) {
    let failed = false;
    await load(to, Readable.from([bad])).catch(() => {
      failed = true;
    });
    assert.ok(failed, String(bad.length));
    assert.equal((await readdir(to)).sort(), ['etcd']);
    assert.is(await readFile(join(to, 'etcd/db'), 'utf8'), 'mine');
  }
});

test.run();
