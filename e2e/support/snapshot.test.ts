import { mkdir, mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { lockHolder, startTimeOf } from '@kubestellar/process';
import { assert, suite } from '@kubestellar/testing';
import { ROOT } from './local.ts';
import { Snapshot, snapshotStore } from './snapshot.ts';

const test = suite('snapshots of state folders');
let folder = '';

test.before.each(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kubestellar-snapshots-'));
});
test.after.each(() => rm(folder, { recursive: true }));

/** A state folder as `npm stop` leaves it. */
async function stateFolder(port: number): Promise<string> {
  const path = await mkdtemp(join(folder, 'state-'));
  await writeFile(join(path, 'ports.json'), JSON.stringify({ kcp: { secure: port } }));
  await writeFile(join(path, '.kubestellar-state'), 'ours');
  await mkdir(join(path, 'logs'));
  await writeFile(join(path, 'logs', 'kcp.log'), 'of another start');
  return path;
}

const snapshotOf = (build: string) => new Snapshot({ folder: join(folder, 'store'), build }, 'one');

test('a snapshot is restored whole, but for the logs of the start that it is of', async () => {
  const [snapshot, home] = [snapshotOf('a'), join(folder, 'home')];
  await mkdir(home);
  assert.not(snapshot.isThere());
  await snapshot.save(await stateFolder(1));
  assert.ok(snapshot.isThere());
  assert.ok(await snapshot.restore(home));
  assert.equal((await readdir(home)).sort(), ['.kubestellar-state', 'ports.json']);
  assert.is(await readFile(join(home, '.kubestellar-state'), 'utf8'), 'ours');
});

test('a snapshot belongs to one build, and the first that is taken stays', async () => {
  const home = await mkdtemp(join(folder, 'home-'));
  await snapshotOf('a').save(await stateFolder(1));
  await snapshotOf('a').save(await stateFolder(2));
  assert.not(snapshotOf('b').isThere());
  assert.ok(await snapshotOf('a').restore(home));
  assert.match(await readFile(join(home, 'ports.json'), 'utf8'), '"secure":1}');
  assert.equal(await readdir(join(folder, 'store', 'a')), ['one', 'one.claim']);
  await snapshotOf('a').remove();
  assert.not(snapshotOf('a').isThere());
});

test('a snapshot whose port is taken is not restored', async () => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const home = await mkdtemp(join(folder, 'home-'));
  await snapshotOf('a').save(await stateFolder((server.address() as AddressInfo).port));
  assert.not(await snapshotOf('a').restore(home));
  assert.equal(await readdir(home), []);
  await new Promise((resolve) => server.close(resolve));
  assert.ok(await snapshotOf('a').restore(home));
});

test('a snapshot from which another process has just started is not restored', async () => {
  const home = await mkdtemp(join(folder, 'home-'));
  await snapshotOf('a').save(await stateFolder(1));
  const claim = join(folder, 'store', 'a', 'one.claim');
  const claimedAt = (startTime: string | undefined) =>
    writeFile(claim, JSON.stringify({ pid: process.ppid, startTime }));
  await claimedAt(startTimeOf(process.ppid));
  assert.not(await snapshotOf('a').restore(home));
  await claimedAt('before the last boot');
  assert.ok(await snapshotOf('a').restore(home));
  assert.is(lockHolder(claim)?.pid, process.pid);
});

test('of builds that are not in use any more, few are kept', async () => {
  for (const [index, build] of ['a', 'b', 'c', 'd'].entries()) {
    await snapshotOf(build).save(await stateFolder(1));
    const used = new Date(Date.now() - (10 - index) * 3_600_000);
    await utimes(join(folder, 'store', build), used, used);
  }
  await snapshotOf('e').save(await stateFolder(1));
  assert.equal(await readdir(join(folder, 'store')), ['c', 'd', 'e']);
});

test('the build is told by the programs', async () => {
  const { build } = await snapshotStore(join(ROOT, 'dist'));
  assert.match(build, /^[0-9a-f]{16}$/);
  assert.is((await snapshotStore(join(ROOT, 'dist'))).build, build);
});

test.run();
