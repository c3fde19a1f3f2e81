import { readdir, readFile, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { assert, suite } from '@kubestellar/testing';
import { LocalHome } from '../support/local.ts';
import { processesOf } from '../support/processes.ts';

/** `npm start` where something is wrong: a clear message, no orphan, and the next one works. */
const test = suite('wrong surroundings', { timeout: 300_000 });

const home = await LocalHome.create();

test.after(() => home.dispose());

test('SIGINT at any moment ends what was begun, with exit code 130', async () => {
  const moments = [
    'bringing up',
    'edge1: serving',
    'kcp: serving',
    'core: setting up',
    'demo:',
    'the syncer runs',
  ];
  for (const moment of moments) {
    const start = home.npm('start', '--wecs', '1');
    await start.printed(moment);
    start.kill('SIGINT');
    const { code, stdout, stderr } = await start.done;
    assert.is(code, 130, `at "${moment}": ${stdout}${stderr}`);
    assert.match(stdout, 'interrupted');
    assert.equal(processesOf(home.path), [], `left over after SIGINT at "${moment}"`);
  }
});

test('a kcp that dies during start is told with the end of its log, and nothing is left running', async () => {
  const start = home.npm('start', '--wecs', '1');
  await start.printed('edge1: serving');
  process.kill(await pidOf('kcp'), 'SIGKILL');
  const { code, stderr } = await start.done;
  assert.is(code, 1);
  assert.match(stderr, /kcp has ended/);
  assert.match(stderr, /logs\/kcp\.log/);
  assert.equal(processesOf(home.path), []);
});

test('ports that others have taken meanwhile, and stale pid files, do not keep the next npm start from working', async () => {
  const taken = await Promise.all((await rememberedPorts()).map(listen));
  const bystander = await makeRecordsStale();
  const again = await home.npm('start', '--wecs', '1').done;
  for (const server of taken) server.close();
  assert.is(again.code, 0, `${again.stdout}${again.stderr}`);
  assert.ok(isAlive(bystander), 'a process that happens to have a recorded pid is left alone');
});

test('what was killed meanwhile is started anew, and what runs is left alone', async () => {
  const [kcp, syncer] = [await pidOf('kcp'), await pidOf('edge1-syncer')];
  process.kill(syncer, 'SIGKILL');
  const again = await home.npm('start', '--wecs', '1').done;
  assert.is(again.code, 0, again.stderr);
  assert.is(await pidOf('kcp'), kcp);
  assert.is.not(await pidOf('edge1-syncer'), syncer);
});

test('a state folder that cannot be made is told at once', async () => {
  const nowhere = new LocalHome('/proc/kubestellar-state');
  const { code, stderr } = await nowhere.npm('start').done;
  assert.is(code, 1);
  assert.match(stderr, /\/proc\/kubestellar-state/);
  assert.not.match(stderr, /\n\s+at /, 'no stack trace');
});

test('a folder that holds something else is neither used nor removed', async () => {
  const foreign = await LocalHome.create();
  await writeFile(join(foreign.path, 'precious'), 'mine');
  assert.is((await foreign.npm('start').done).code, 1);
  await foreign.npm('stop', '--purge').done;
  assert.is(await readFile(join(foreign.path, 'precious'), 'utf8'), 'mine');
  await foreign.must('rm "$KUBESTELLAR_HOME/precious"');
});

test('wrong usage exits with 2 and says what is right', async () => {
  const { code, stderr } = await home.npm('start', '--wecs', 'many').done;
  assert.is(code, 2);
  assert.match(stderr, /--wecs takes a whole number/);
});

interface Record_ {
  pid: number;
}

async function pidOf(name: string): Promise<number> {
  const text = await readFile(join(home.path, 'pids', `${name}.json`), 'utf8');
  return (JSON.parse(text) as Record_).pid;
}

async function rememberedPorts(): Promise<number[]> {
  const text = await readFile(join(home.path, 'ports.json'), 'utf8');
  return [...text.matchAll(/\b\d{4,5}\b/g)].map(([port]) => Number(port)).slice(0, 3);
}

/** Points the records at a process that lives and is none of ours: this very test. */
async function makeRecordsStale(): Promise<number> {
  const folder = join(home.path, 'pids');
  for (const name of (await readdir(folder)).filter((file) => file.endsWith('.json'))) {
    const record = JSON.parse(await readFile(join(folder, name), 'utf8')) as Record_;
    await writeFile(join(folder, name), JSON.stringify({ ...record, pid: process.pid }));
  }
  return process.pid;
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

function listen(port: number): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(port, '127.0.0.1', () => resolve(server));
  });
}

test.run();
