import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmod, cp, mkdir, mkdtemp, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { assert, suite } from '@kubestellar/testing';
import { root } from './root.ts';

const LOCKFILE = JSON.stringify({ packages: { '': {}, 'node_modules/thing': { version: '1.0.0' } } });

/** Installs as `npm install` does and notes that it was called. */
const NPM = `#!/bin/sh
echo "npm $*" >> "$LOG"
sleep 0.2
mkdir -p node_modules/thing
echo '${LOCKFILE}' > node_modules/.package-lock.json
`;

const BUILD = `
import { appendFileSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
appendFileSync(process.env.LOG, 'build\\n');
const { size, mtimeMs: modified } = statSync('source.ts');
const sha256 = createHash('sha256').update(readFileSync('source.ts')).digest('hex');
writeFileSync('dist/local.js', readFileSync('source.ts'));
writeFileSync('dist/inputs.json', JSON.stringify({ 'source.ts': { size, modified, sha256 } }));
`;

const PROGRAM = "console.log('ran', ...process.argv.slice(2)); process.exitCode = 7;\n";

const PROGRAM_WITH_SIGNALS = `
let count = 0;
process.on('SIGINT', () => {
  count += 1;
  setTimeout(() => { console.log('signals', count); process.exit(9); }, 300);
});
setInterval(() => {}, 1000);
console.log('ready');
`;

interface Clone {
  folder: string;
  log: () => Promise<string[]>;
  task: (
    args: string[],
    options?: { uid?: number; onStart?: (child: ChildProcess) => void },
  ) => Promise<Outcome>;
}

interface Outcome {
  code: number | null;
  out: string;
  err: string;
}

const folders: string[] = [];

/** Makes a folder that looks like a fresh clone, with stand-ins for npm, the build and the program. */
async function makeClone(program = PROGRAM): Promise<Clone> {
  const folder = await mkdtemp(join(tmpdir(), 'kubestellar-clone-'));
  folders.push(folder);
  const logFile = join(folder, 'log');
  const write = (path: string, content: string) => writeFile(join(folder, path), content, { mode: 0o755 });
  await mkdir(join(folder, 'dev', 'scripts'), { recursive: true });
  await mkdir(join(folder, 'bin'));
  await cp(join(root, 'dev', 'scripts', 'task.mjs'), join(folder, 'dev', 'scripts', 'task.mjs'));
  await cp(join(root, 'dev', 'scripts', 'task'), join(folder, 'dev', 'scripts', 'task'), { recursive: true });
  await write('package.json', '{ "type": "module" }');
  await write('package-lock.json', LOCKFILE);
  await write('bin/npm', NPM);
  await write('dev/scripts/build.ts', BUILD);
  await write('source.ts', program);
  await write('log', '');
  const { npm_execpath: _, KUBESTELLAR_HOME: __, ...inherited } = process.env;
  const env = { ...inherited, LOG: logFile, PATH: `${join(folder, 'bin')}:${process.env.PATH ?? ''}` };
  return {
    folder,
    log: async () => (await readFile(logFile, 'utf8')).split('\n').filter((line) => line !== ''),
    async task(args, { uid, onStart } = {}) {
      const child = spawn(process.execPath, [join(folder, 'dev', 'scripts', 'task.mjs'), ...args], {
        cwd: folder,
        env,
        stdio: ['ignore', 'pipe', 'pipe'],
        ...(uid === undefined ? {} : { uid, gid: uid }),
      });
      onStart?.(child);
      const [out, err, [code]] = await Promise.all([
        text(child.stdout),
        text(child.stderr),
        once(child, 'exit') as Promise<[number | null]>,
      ]);
      return { code, out, err };
    },
  };
}

const INSTALL =
  'npm install --no-save --loglevel=error --no-audit --no-fund --include=dev --include=optional';

const test = suite('task');

test.after(async () => {
  for (const folder of folders) await rm(folder, { recursive: true, force: true });
});

test('in a fresh clone it installs, builds and runs the program with its arguments and exit code', async () => {
  const clone = await makeClone();
  const outcome = await clone.task(['start', '--wecs', '3']);
  assert.is(outcome.out, 'ran start --wecs 3\n', outcome.err);
  assert.is(outcome.code, 7);
  assert.equal(await clone.log(), [INSTALL, 'build']);
  assert.match(outcome.err, 'Installing npm packages (first run in this clone');
});

test('the second run does neither, and a changed source or lockfile only what it asks for', async () => {
  const clone = await makeClone();
  await clone.task(['start']);
  await clone.task(['start']);
  assert.equal(await clone.log(), [INSTALL, 'build']);

  await utimes(join(clone.folder, 'source.ts'), 1, 1);
  await clone.task(['start']);
  assert.equal(await clone.log(), [INSTALL, 'build'], 'touched, but the same');

  await writeFile(join(clone.folder, 'source.ts'), `${PROGRAM}//`);
  assert.match((await clone.task(['start'])).err, 'source.ts has changed');
  assert.equal(await clone.log(), [INSTALL, 'build', 'build']);

  await writeFile(join(clone.folder, 'package-lock.json'), LOCKFILE.replace('1.0.0', '2.0.0'));
  assert.match((await clone.task(['start'])).err, 'does not match package-lock.json');
  assert.equal(await clone.log(), [INSTALL, 'build', 'build', INSTALL]);
});

test('packages that the user installed by hand are taken as they are', async () => {
  const clone = await makeClone();
  spawnSync(join(clone.folder, 'bin', 'npm'), [], {
    cwd: clone.folder,
    env: { ...process.env, LOG: '/dev/null' },
  });
  await clone.task(['start']);
  assert.equal(await clone.log(), ['build']);
});

test('of two runs at once one installs and builds, and the other waits and says for whom', async () => {
  const clone = await makeClone();
  const outcomes = await Promise.all([clone.task(['start']), clone.task(['start'])]);
  assert.equal(
    outcomes.map(({ code }) => code),
    [7, 7],
    outcomes.map(({ err }) => err).join(''),
  );
  assert.equal(await clone.log(), [INSTALL, 'build']);
  assert.match(outcomes.map(({ err }) => err).join(''), 'Waiting for "npm start" (process ');
});

test('the lock of a dead process is taken over', async () => {
  const clone = await makeClone();
  const dead = spawnSync('true').pid;
  const host = spawnSync('hostname', { encoding: 'utf8' }).stdout.trim();
  await mkdir(join(clone.folder, 'dist'));
  await writeFile(join(clone.folder, 'dist', '.lock'), JSON.stringify({ pid: dead, host, what: 'npm test' }));
  assert.is((await clone.task(['start'])).code, 7);
});

test('the lock of a process whose number was given to another one is taken over', async () => {
  const clone = await makeClone();
  const host = spawnSync('hostname', { encoding: 'utf8' }).stdout.trim();
  await mkdir(join(clone.folder, 'dist'));
  const owner = { pid: process.pid, start: '1', host, what: 'npm test' };
  await writeFile(join(clone.folder, 'dist', '.lock'), JSON.stringify(owner));
  assert.is((await clone.task(['start'])).code, 7);
});

test('stop needs neither packages nor a build where nothing was started', async () => {
  const clone = await makeClone();
  const outcome = await clone.task(['stop']);
  assert.is(outcome.code, 0, outcome.err);
  assert.match(outcome.out, 'Nothing to stop');
  assert.equal(await clone.log(), []);
});

test('stop uses the build that is there, even if the sources have changed', async () => {
  const clone = await makeClone();
  await clone.task(['start']);
  await mkdir(join(clone.folder, '.kubestellar'));
  await writeFile(join(clone.folder, 'source.ts'), 'broken');
  await writeFile(join(clone.folder, 'package-lock.json'), '{}');
  assert.is((await clone.task(['stop', '--purge'])).out, 'ran stop --purge\n');
  assert.equal(await clone.log(), [INSTALL, 'build']);
});

test('Ctrl-C, which comes from the terminal and from npm, reaches the program once', async () => {
  const clone = await makeClone(PROGRAM_WITH_SIGNALS);
  const outcome = await clone.task(['start'], {
    onStart(child) {
      child.stdout?.on('data', (data: Buffer) => {
        if (!data.toString().includes('ready')) return;
        child.kill('SIGINT');
        setTimeout(() => child.kill('SIGINT'), 50);
      });
    },
  });
  assert.match(outcome.out, 'signals 1\n');
  assert.is(outcome.code, 9);
});

test('the Node that came by npm is preferred', async () => {
  const clone = await makeClone();
  const folder = join(clone.folder, 'node_modules', `node-${process.platform}-${process.arch}`, 'bin');
  await clone.task(['start']);
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'node'), '#!/bin/sh\necho "own node: $*"\n', { mode: 0o755 });
  assert.match((await clone.task(['start'])).out, /^own node: .*dist\/local\.js start\n$/);
});

test('a read-only clone is told as such, with the remedy', async () => {
  const clone = await makeClone();
  await chmod(clone.folder, 0o555);
  // Root may write everywhere: be somebody else.
  const outcome = await clone.task(['start'], process.getuid?.() === 0 ? { uid: 65_534 } : {});
  await chmod(clone.folder, 0o755);
  assert.is(outcome.code, 1);
  assert.match(outcome.err, /This clone cannot be written \(EACCES/);
  assert.match(outcome.err, 'node_modules/');
});

test('an unknown task is wrong usage', async () => {
  const clone = await makeClone();
  assert.is((await clone.task(['frobnicate'])).code, 2);
});

test.run();
