import { join } from 'node:path';
import { type KubeObject, mailboxWorkspacePath, SYNC_TARGETS } from '@kubestellar/api';
import { KubeClient } from '@kubestellar/kube';
import { assert, suite } from '@kubestellar/testing';
import fc from 'fast-check';
import { Crashable } from '../support/crashable.ts';
import { LocalHome, ROOT } from '../support/local.ts';
import { Calm } from '../support/model/calm.ts';
import { CLUSTERS, type Cluster } from '../support/model/model.ts';
import {
  nameOf,
  type Operation,
  PROGRAMS,
  type ProgramName,
  sequences,
} from '../support/model/operations.ts';
import { type Manner, play } from '../support/model/play.ts';
import { Real, type Servers } from '../support/model/real.ts';

/**
 * Random sequences of what users, others and misfortune do, on real servers, several at a time in workspaces of
 * their own: when all is quiet, every server agrees with a small reference model.
 * KUBESTELLAR_MODEL_RUNS sets how many sequences there are, KUBESTELLAR_MODEL_SEED repeats those of an earlier run.
 * KUBESTELLAR_MODEL_BUGS=yes puts bugs into the programs (dev/scripts/build/bugs.ts), one after the other, to be found;
 * the name of one, only that.
 */
const test = suite('the semantics as a whole, by a model', { timeout: 3_600_000 });

const LANES = 4;
const RUNS = Number(process.env.KUBESTELLAR_MODEL_RUNS ?? 100);
const SEED = Number(process.env.KUBESTELLAR_MODEL_SEED ?? Date.now() % 2 ** 31);
/**
 * Seconds within which all servers must agree with the model: in sound programs, which on a busy machine start for half a
 * minute each time that some lane has killed them, and in those with a bug.
 */
const QUIET_WITHIN = 180;
const FOUND_WITHIN = 30;
/** Operations of a sequence that come one by one where a bug is to be found. */
const SINGLE = 12;
/** Milliseconds after which a lane ends, with the shortest sequence that failed by then. */
const SHRUNK_WITHIN = 10_000 * Math.max(RUNS, 100);
const BUGS = [
  { bug: 'location-labels-ignored', bundle: 'where-resolver' },
  { bug: 'oldest-source-wins', bundle: 'placement-translator' },
  { bug: 'namespace-labels-ignored', bundle: 'placement-translator' },
  { bug: 'foreign-object-taken-over', bundle: 'kubestellar-syncer' },
  { bug: 'forgetful-after-restart', bundle: 'kubestellar-syncer' },
].filter(({ bug }) => ['yes', bug].includes(process.env.KUBESTELLAR_MODEL_BUGS ?? 'no'));
/** Each kind of operation and each program must have had its chance this often, in a run of the usual length. */
const LEAST = Math.floor((30 * RUNS) / 100);

const TOGETHER: Manner = { crash, seconds: QUIET_WITHIN, single: 0, calmly: (run) => run() };

const home = await LocalHome.create();
const lanes: Servers[] = [];
const programs = new Map<ProgramName, Crashable>();
const counts = new Map<string, number>();

test.before(async () => {
  await home.start();
  const kubeconfig = `${home.path}/admin.kubeconfig`;
  await home.enterRoot();
  const root = await KubeClient.fromKubeconfig({ kubeconfig, context: 'root' });
  const imw = root.workspace('root:imw1');
  const wecs = {} as Record<Cluster, KubeClient>;
  const mailboxes = {} as Record<Cluster, KubeClient>;
  for (const cluster of CLUSTERS) {
    wecs[cluster] = await KubeClient.fromKubeconfig({ kubeconfig: home.wec(cluster) });
    mailboxes[cluster] = root.workspace(mailboxPathOf(await imw.get(SYNC_TARGETS, { name: cluster })));
  }
  for (let lane = 0; lane < LANES; lane++) {
    const names = [`lane${lane}a`, `lane${lane}b`];
    for (const name of names) await home.must(`kubectl ws root && kubectl kubestellar ensure wmw ${name}`);
    const [one, other] = names.map((name) => root.workspace(`root:${name}`));
    if (one && other) lanes.push({ wmws: [one, other], imw, wecs, mailboxes });
  }
  for (const name of PROGRAMS) programs.set(name, await Crashable.takeOver(await home.pidOf(name)));
});

test.after(async () => {
  await Promise.all([...programs.values()].map((program) => program.dispose()));
  await home.dispose();
});

test(`semantics 13a: ${RUNS} random sequences: all servers agree with the model`, async () => {
  console.log(`    seed ${SEED}, ${RUNS} sequences in ${LANES} lanes`);
  let operations = 0;
  const failures = await playInLanes('m', Math.ceil(RUNS / LANES), SEED, async (sequence, real) => {
    for (const operation of sequence) counts.set(nameOf(operation), (counts.get(nameOf(operation)) ?? 0) + 1);
    operations += sequence.length;
    await play(sequence, real, TOGETHER);
  });
  console.log(`    ${operations} operations, ${(operations / RUNS).toFixed(1)} a sequence`);
  for (const [name, count] of [...counts].sort(([a], [b]) => a.localeCompare(b)))
    console.log(`    ${count} × ${name}`);
  assert.is(failures.length, 0, failures.join('\n'));
  for (const [name, count] of counts) assert.ok(count >= LEAST, `${name} had ${count} chances only`);
});

for (const [index, { bug, bundle }] of BUGS.entries()) {
  test(`a bug that was put into ${bundle} on purpose is found: ${bug}`, async () => {
    const folder = join(home.path, 'bugs', bug);
    await home.must(`${process.execPath} ${ROOT}/dev/scripts/build.ts --bug ${bug} --out ${folder}`);
    const seeded = (word: string) => word.replace(`${ROOT}/dist/${bundle}.js`, `${folder}/${bundle}.js`);
    await Promise.all([...programs.values()].map((program) => program.restartWith(seeded)));
    let found: { sequence: readonly Operation[]; why: string } | undefined;
    let count = 0;
    const calm = new Calm();
    const oneByOne: Manner = {
      crash: (program) => calm.disturb(() => crash(program)),
      seconds: FOUND_WITHIN,
      single: SINGLE,
      calmly: (run) => calm.keep(run),
    };
    try {
      await playInLanes(`b${index}`, 25, SEED + (index + 1) * LANES, async (sequence, real) => {
        if (found) return;
        count++;
        await play(sequence, real, oneByOne).catch((error) => {
          found ??= { sequence, why: String(error) };
        });
      });
    } finally {
      await Promise.all([...programs.values()].map((program) => program.restartWith((word) => word)));
    }
    assert.ok(found, `not found by ${count} sequences`);
    console.log(`    ${bug}: found within ${count} sequences: ${found.why.slice(0, 250)}`);
    // Slow is not wrong: after the very same sequence sound programs must agree with the model as soon.
    const [lane] = lanes;
    assert.ok(lane);
    const real = new Real(lane, `s-${index}`);
    await play(found.sequence, real, oneByOne).finally(() => real.end());
  });
}

async function crash(program: ProgramName): Promise<void> {
  await programs.get(program)?.crash();
}

/** Runs sequences in all lanes at the same time. @returns what failed, shrunk, with its seed */
async function playInLanes(
  prefix: string,
  runsPerLane: number,
  seed: number,
  run: (sequence: readonly Operation[], real: Real) => Promise<void>,
): Promise<string[]> {
  const results = await Promise.allSettled(
    lanes.map((servers, lane) => {
      let number = 0;
      const property = fc.asyncProperty(sequences, async (sequence) => {
        const real = new Real(servers, `${prefix}-${lane}-${++number}`);
        try {
          await run(sequence, real);
        } finally {
          await real.end();
        }
      });
      return fc.assert(property, {
        seed: seed + lane,
        numRuns: runsPerLane,
        interruptAfterTimeLimit: SHRUNK_WITHIN,
        markInterruptAsFailure: true,
      });
    }),
  );
  return results.flatMap((result) => (result.status === 'rejected' ? [explained(result.reason)] : []));
}

/** What failed comes last: the end of a long log is what its readers see. */
function explained(reason: unknown): string {
  return reason instanceof Error ? `${reason.message}\n${reason.cause ?? ''}` : String(reason);
}

function mailboxPathOf(target: KubeObject | undefined): string {
  assert.ok(target);
  const { annotations, uid = '' } = target.metadata;
  return mailboxWorkspacePath(annotations?.['kcp.io/cluster'] ?? '', uid);
}

test.run();
