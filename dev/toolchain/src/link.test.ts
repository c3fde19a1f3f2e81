import { readdir, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { assert, suite } from '@kubestellar/testing';
import { newFixture } from './fixture.ts';
import { linkTools } from './link.ts';

const test = suite('links');

test('links each tool, replaces old links and never links a tool to itself', async () => {
  const fixture = await newFixture();
  try {
    await linkTools(fixture.bin, { etcd: '/old/etcd', 'kubectl-ws': '/x/kubectl-ws' });
    await linkTools(fixture.bin, { etcd: '/new/etcd' });
    await linkTools(fixture.bin, { etcd: join(fixture.bin, 'etcd') });
    assert.equal((await readdir(fixture.bin)).sort(), ['etcd', 'kubectl-workspace', 'kubectl-ws']);
    assert.is(await readlink(join(fixture.bin, 'etcd')), '/new/etcd');
    assert.is(await readlink(join(fixture.bin, 'kubectl-workspace')), '/x/kubectl-ws');
  } finally {
    await fixture.remove();
  }
});

test.run();
