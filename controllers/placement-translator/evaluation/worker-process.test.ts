import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { assert, suite } from '@kubestellar/testing';
import type { Job } from './jobs.ts';
import { WorkerProcess } from './worker-process.ts';

const test = suite('a worker that goes wrong takes nobody along', { timeout: 60_000 });

/** Stands in for a worker: whatever it is asked, it does what its source says. */
const STAND_IN = (work: string) => `process.send({ ready: true });
process.on('disconnect', () => process.exit(0));
process.on('message', () => { process.send({ step: 3 }); ${work} });`;

const JOB: Job = { kind: 'read-customizer', replacements: [], parameters: [] };

const ways: { [what: string]: [work: string, reason: RegExp] } = {
  'many small things': ['const all = []; for (;;) all.push({ a: [1] });', /more than 192 MB of memory/],
  'a map that grows': [
    'const all = new Map(); for (let n = 0; ; n++) all.set(n, n);',
    /more than 192 MB of memory/,
  ],
  'one large array': ['new Array(1e8).fill(0.5);', /more than 192 MB of memory/],
  'a loop without end': ['for (;;);', /longer than 500 ms/],
  'an end of its own': ['process.exit(7);', /exit code 7/],
  'an error': ['setImmediate(() => { throw new Error("no"); });', /exit code 1/],
};

let folder = '';
test.before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kubestellar-worker-'));
});
test.after(() => rm(folder, { recursive: true, force: true }));

for (const [n, [what, [work, reason]]] of Object.entries(ways).entries()) {
  test(`${what}: the job ends with its reason`, async () => {
    const file = join(folder, `${n}.mjs`);
    await writeFile(file, STAND_IN(work));
    const ended = Promise.withResolvers<void>();
    const worker = new WorkerProcess(pathToFileURL(file), ended.resolve);
    const ending = await worker.run(JOB, reason.source.includes('longer') ? 500 : 30_000);
    assert.ok('ended' in ending, JSON.stringify(ending));
    assert.match(ending.ended, reason);
    assert.is(ending.step, 3, 'the part that was under way');
    await ended.promise;
  });
}

test('an environment with secrets is not passed on', async () => {
  const file = join(folder, 'environment.mjs');
  process.env.KUBESTELLAR_TEST_SECRET = 'x';
  await writeFile(file, STAND_IN('process.send({ failed: JSON.stringify(process.env), took: 0 });'));
  const worker = new WorkerProcess(pathToFileURL(file), () => undefined);
  const ending = await worker.run(JOB, 30_000);
  worker.kill('the test ends');
  delete process.env.KUBESTELLAR_TEST_SECRET;
  assert.ok('failed' in ending);
  assert.not(ending.failed.includes('SECRET'), ending.failed);
});

test.run();
