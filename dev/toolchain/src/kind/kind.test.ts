import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runChild } from '@kubestellar/process';
import { assert, suite } from '@kubestellar/testing';
import { failure, newFixture } from '../fixture.ts';
import { requirePackages } from '../packages.ts';
import { lacksSysResource, writeRuntime } from './capabilities.ts';
import { deleteCluster, ensureCluster } from './cluster.ts';
import { KindUsageError, kindCommand } from './command.ts';
import { provideNodeImage } from './node-image.ts';

const test = suite('kind');

test('the wrapped runtime takes the missing capability out of what runc gets, and only that', async () => {
  const fixture = await newFixture();
  try {
    const folder = join(fixture.bin, '..');
    await fixture.script('runc', 'echo "$@"');
    const runtime = await writeRuntime(folder);
    const bundle = join(folder, 'bundle');
    await mkdir(bundle);
    const capabilities = '["CAP_CHOWN","CAP_SYS_RESOURCE","CAP_KILL"]';
    await writeFile(
      join(bundle, 'config.json'),
      `{"bounding":${capabilities},"last":["A","CAP_SYS_RESOURCE"]}`,
    );
    const env = { PATH: `${fixture.bin}:/usr/bin:/bin` };
    const { stdout } = await runChild(runtime, ['--root', 'x', 'create', '--bundle', bundle, 'id'], { env });
    assert.is(stdout.trim(), `--root x create --bundle ${bundle} id`);
    assert.is(
      await readFile(join(bundle, 'config.json'), 'utf8'),
      '{"bounding":["CAP_CHOWN","CAP_KILL"],"last":["A"]}',
    );
    assert.ok(((await stat(runtime)).mode & 0o111) !== 0);
    assert.type(await lacksSysResource(), 'boolean');
  } finally {
    await fixture.remove();
  }
});

test('a node image that the user names is taken; "published" and GitHub mean the one that kind pins', async () => {
  const fixture = await newFixture();
  try {
    const named = { ...fixture.context, env: { ...fixture.context.env, KIND_IMAGE: 'example.org/node:1' } };
    assert.is(await provideNodeImage(named), 'example.org/node:1');
    const published = { ...fixture.context, env: { ...fixture.context.env, KIND_IMAGE: 'published' } };
    assert.is(await provideNodeImage(published), undefined);
    const github = { ...fixture.context, env: { ...fixture.context.env, GITHUB_ACTIONS: 'true' } };
    assert.is(await provideNodeImage(github), undefined);
  } finally {
    await fixture.remove();
  }
});

test('a name that kind cannot use is refused before anything is prepared', async () => {
  const fixture = await newFixture();
  try {
    for (const name of ['', 'Upper', '-x', 'a_b', 'x'.repeat(60)]) {
      const error = await failure(ensureCluster(fixture.context, { name }));
      assert.match(error.message, /cannot be a cluster's name/, name);
    }
    assert.equal(fixture.lines, []);
  } finally {
    await fixture.remove();
  }
});

test('deleting where no Docker runs does nothing', async () => {
  const fixture = await newFixture();
  try {
    await deleteCluster(fixture.context, 'any');
    assert.equal(fixture.lines, []);
  } finally {
    await fixture.remove();
  }
});

test('says which program is missing, for what, and how to get it, where apt is not to be had', async () => {
  const fixture = await newFixture();
  try {
    const programs = [{ program: 'no-such-program', package: 'no-such-package' }];
    const error = await failure(requirePackages(fixture.context, programs, 'the test'));
    assert.match(error.message, /no-such-program missing; needed for the test/);
    assert.match(error.message, /no-such-package/);
  } finally {
    await fixture.remove();
  }
});

test('wrong arguments are usage errors', async () => {
  const wrong = [
    ['up', 'a', 'b'],
    ['up', '--port', '80'],
    ['up', '--port', '0:80'],
    ['up', '--port', '80:70000'],
    ['up', '--nonsense'],
    ['load', 'only-a-name'],
    ['down'],
    ['down', 'a', 'b'],
    ['sideways'],
    [],
  ];
  for (const args of wrong) {
    const error = await failure(kindCommand(args, { log: () => {} }));
    assert.instance(error, KindUsageError, args.join(' '));
  }
});

test.run();
