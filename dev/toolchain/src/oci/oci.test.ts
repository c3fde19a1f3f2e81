import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mustRunChild } from '@kubestellar/process';
import { assert, suite } from '@kubestellar/testing';
import { type Image, writeArchive } from './archive.ts';
import { digestOf } from './digest.ts';
import { entriesOf, type LayerEntry, writeLayer } from './layer.ts';

const test = suite('OCI images');

async function inFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'oci-'));
  try {
    await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const entries: LayerEntry[] = [
  { path: '/usr/bin/program', type: 'file', content: 'text', mode: 0o755 },
  { path: '/bin', type: 'link', to: 'usr/bin' },
  { path: '/tmp', type: 'directory', mode: 0o1777 },
];

function imageOf(layers: Image['layers']): Image {
  return {
    name: 'example.org/owner/name:1.0',
    architecture: 'amd64',
    layers,
    config: { Entrypoint: ['/usr/bin/program'] },
  };
}

test('a layer has the entries with the folders above them, as tar reads it', () =>
  inFolder(async (folder) => {
    const { file } = await writeLayer(join(folder, 'layer'), entries);
    const stdout = await mustRunChild('tar', ['--list', '--verbose', '--numeric-owner', '--file', file]);
    const lines = stdout.trim().split('\n');
    assert.equal(
      lines.map((line) => line.replace(/ +/g, ' ').replace(/ \d{4}-\d{2}-\d{2} \d{2}:\d{2}/, '')),
      [
        'lrwxrwxrwx 0/0 0 bin -> usr/bin',
        'drwxrwxrwt 0/0 0 tmp/',
        'drwxr-xr-x 0/0 0 usr/',
        'drwxr-xr-x 0/0 0 usr/bin/',
        '-rwxr-xr-x 0/0 4 usr/bin/program',
      ],
    );
  }));

test('the same entries give the same digest, in whatever order and whenever', () =>
  inFolder(async (folder) => {
    const first = await writeLayer(join(folder, '1'), entries);
    const second = await writeLayer(join(folder, '2'), entries.toReversed());
    assert.is(first.digest, second.digest);
    assert.is(first.digest, digestOf(await readFile(first.file)));
    const other = await writeLayer(join(folder, '3'), entries.slice(1));
    assert.is.not(other.digest, first.digest);
    const [a] = await writeArchive(join(folder, 'a'), [imageOf([first])]);
    const [b] = await writeArchive(join(folder, 'b'), [imageOf([second])]);
    assert.is(a, b);
    assert.equal(await readFile(join(folder, 'a')), await readFile(join(folder, 'b')));
  }));

test('an archive is an OCI layout in which every digest and size is right', () =>
  inFolder(async (folder) => {
    const layer = await writeLayer(join(folder, 'layer'), entries);
    const [digest] = await writeArchive(join(folder, 'archive'), [imageOf([layer])]);
    await mustRunChild('tar', ['--extract', `--directory=${folder}`, '--file', join(folder, 'archive')]);
    const read = async (path: string) => JSON.parse(await readFile(join(folder, path), 'utf8'));
    const blob = (name: string) => `blobs/${name.replace(':', '/')}`;
    const index = await read('index.json');
    assert.is(index.manifests[0].digest, digest);
    assert.is(index.manifests[0].annotations['io.containerd.image.name'], 'example.org/owner/name:1.0');
    assert.is(index.manifests[0].annotations['org.opencontainers.image.ref.name'], '1.0');
    const manifest = await read(blob(index.manifests[0].digest));
    for (const { digest: each, size } of [...index.manifests, manifest.config, ...manifest.layers]) {
      const content = await readFile(join(folder, blob(each)));
      assert.is(digestOf(content), each);
      assert.is(content.length, size);
    }
    const [docker] = await read('manifest.json');
    assert.equal(docker.RepoTags, ['example.org/owner/name:1.0']);
    assert.is(docker.Config, blob(manifest.config.digest));
    assert.equal((await read(docker.Config)).rootfs.diff_ids, [layer.digest]);
  }));

test('a file that cannot be read fails the layer, and an archive that fails is not there', () =>
  inFolder(async (folder) => {
    const missing: LayerEntry = { path: '/x', type: 'file', from: join(folder, 'nowhere') };
    await writeLayer(join(folder, 'layer'), [missing]).then(
      () => assert.unreachable(),
      (error: NodeJS.ErrnoException) => assert.is(error.code, 'ENOENT'),
    );
    const lost = { file: join(folder, 'lost'), size: 1, digest: digestOf('x') };
    await writeArchive(join(folder, 'archive'), [imageOf([lost])]).then(
      () => assert.unreachable(),
      (error: NodeJS.ErrnoException) => assert.is(error.code, 'ENOENT'),
    );
    const found = await readFile(join(folder, 'archive')).catch(() => undefined);
    assert.is(found, undefined);
  }));

test('a folder is taken with its links and executables', () =>
  inFolder(async (folder) => {
    await writeFile(join(folder, 'program'), '#!', { mode: 0o700 });
    await writeFile(join(folder, 'text'), 'words', { mode: 0o600 });
    assert.equal(await entriesOf(folder, '/opt'), [
      { path: '/opt/program', type: 'file', from: join(folder, 'program'), mode: 0o755 },
      { path: '/opt/text', type: 'file', from: join(folder, 'text'), mode: 0o644 },
    ]);
  }));

test.run();
