import { RELEASES } from '@kubestellar/api';
import { assert, suite } from '@kubestellar/testing';
import { parse } from 'yaml';
import { TARGETS } from './build.ts';
import { krewManifest } from './krew.ts';

const test = suite('krew manifest');

test('names for each platform the archive, its checksum and the command in it', () => {
  const archives = TARGETS.map((target, index) => ({
    target,
    file: `kubestellar_1.2.3_${target.os}_${target.architecture}.tar.gz`,
    sha256: String(index).repeat(64),
  }));
  const { apiVersion, kind, metadata, spec } = parse(krewManifest('1.2.3', archives));
  assert.is(apiVersion, 'krew.googlecontainertools.github.com/v1alpha2');
  assert.is(kind, 'Plugin');
  assert.is(metadata.name, 'kubestellar');
  assert.is(spec.version, 'v1.2.3');
  // krew's rule for the index: not longer than this, and one line.
  assert.ok(spec.shortDescription.length <= 50);
  assert.is(spec.platforms.length, 4);
  assert.equal(spec.platforms[3], {
    selector: { matchLabels: { os: 'darwin', arch: 'arm64' } },
    uri: `${RELEASES}/download/v1.2.3/kubestellar_1.2.3_darwin_arm64.tar.gz`,
    sha256: '3'.repeat(64),
    bin: 'bin/kubectl-kubestellar',
  });
});

test.run();
