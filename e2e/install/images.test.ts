import { chmod, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { assert, suite } from '@kubestellar/testing';
import { shellBlocks } from '../support/documents.ts';
import { ROOT, run } from '../support/local.ts';

/** The commands of docs/images.md. That the images run is shown by the tests on clusters (e2e/hosted). */
const test = suite('images', { timeout: 300_000 });

const folder = await mkdtemp(join(tmpdir(), 'kubestellar-e2e-images-'));
test.after(() => rm(folder, { recursive: true, force: true }));

/** A stand-in for Docker's command: notes its arguments and keeps what it is given. */
async function standInDocker(): Promise<string> {
  const path = join(folder, 'docker');
  await writeFile(path, `#!/bin/sh\necho "$*" >>'${folder}/calls'\ncat >>'${folder}/loaded'\n`);
  await chmod(path, 0o755);
  return folder;
}

const COMMANDS =
  'the commands of docs/images.md give the same bytes twice, and hand the archive to docker load (a stand-in)';
const tools = await run('bash', ['-c', 'type -P apt-get && type -P dpkg-deb'], process.env).done;
if (tools.code === 0) test(COMMANDS, commandsOfDocument);
else test.skip(COMMANDS, 'the C libraries come from Debian or Ubuntu packages, and this is neither');

async function commandsOfDocument(): Promise<void> {
  const [commands = ''] = await shellBlocks('docs/images.md');
  const env = {
    ...process.env,
    PATH: [await standInDocker(), process.env.PATH].join(delimiter),
    OUT: join(folder, 'out'),
  };
  const { code, stderr } = await run('bash', ['-euo', 'pipefail', '-c', `cd '${ROOT}'; ${commands}`], env)
    .done;
  assert.is(code, 0, stderr);
  const names = (await readdir(join(folder, 'out'))).sort();
  assert.is(names.length, 4, String(names));
  for (const name of names) {
    const [first, second] = await Promise.all(
      [join(folder, 'out'), join(ROOT, 'dist', 'images')].map((each) => readFile(join(each, name))),
    );
    assert.ok(first?.equals(second ?? Buffer.of()), `${name} is the same in both folders`);
  }
  assert.is(await readFile(join(folder, 'calls'), 'utf8'), 'load\n');
  const program = names.find((name) => /^kubestellar-.*\.tar$/.test(name)) ?? '';
  const loaded = await readFile(join(folder, 'loaded'));
  assert.ok(loaded.equals(await readFile(join(folder, 'out', program))), 'docker gets the archive');
}

test.run();
