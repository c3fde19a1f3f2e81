import { type KubeObject, mailboxWorkspacePath, SYNC_TARGETS } from '@kubestellar/api';
import { KubeClient } from '@kubestellar/kube';
import { assert, suite } from '@kubestellar/testing';
import fc from 'fast-check';
import { Crashable } from '../support/crashable.ts';
import { LocalHome } from '../support/local.ts';
import { CLUSTERS, type Cluster } from './model/model.ts';
import { nameOf, PROGRAMS, type ProgramName, sequences } from './model/operations.ts';
import { play } from './model/play.ts';
import { Real, type Servers } from './model/real.ts';

/**
 * Random sequences of what users, others and misfortune do, on real servers, several at a time in workspaces of
 * their own: when all is quiet, every server agrees with a small reference model.
 * KUBESTELLAR_MODEL_RUNS sets how many sequences there are, KUBESTELLAR_MODEL_SEED repeats those of an earlier run.
 */
const test = suite('the semantics as a whole, by a model', { timeout: 3_600_000 });

const LANES = 4;
const RUNS = Number(process.env.KUBESTELLAR_MODEL_RUNS ?? 100);
const SEED = Number(process.env.KUBESTELLAR_MODEL_SEED ?? Date.now() % 2 ** 31);
/** Each kind of operation and each program must have had its chance this often, in a run of the usual length. */
const LEAST = Math.floor((30 * RUNS) / 100);

const home = await LocalHome.create();
const lanes: Servers[] = [];
const programs = new Map<ProgramName, Crashable>();
const counts = new Map<string, number>();

test.before(async () => {
  const started = await home.npm('start').done;
  assert.is(started.code, 0, `${started.stdout}${started.stderr}`);
  const kubeconfig = `${home.path}/admin.kubeconfig`;
  await home.must(`cp ${kubeconfig} $KUBECONFIG && kubectl config use-context root`);
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

test(`${RUNS} random sequences: all servers agree with the model`, async () => {
  console.log(`    seed ${SEED}, ${RUNS} sequences in ${LANES} lanes`);
  let operations = 0;
  const results = await Promise.allSettled(
    lanes.map((servers, lane) => {
      let run = 0;
      const property = fc.asyncProperty(sequences, async (sequence) => {
        for (const operation of sequence)
          counts.set(nameOf(operation), (counts.get(nameOf(operation)) ?? 0) + 1);
        operations += sequence.length;
        const real = new Real(servers, `m${lane}-${++run}`);
        try {
          await play(sequence, real, async (program) => programs.get(program)?.crash());
        } finally {
          await real.end();
        }
      });
      return fc.assert(property, { seed: SEED + lane, numRuns: Math.ceil(RUNS / LANES) });
    }),
  );
  console.log(`    ${operations} operations, ${(operations / RUNS).toFixed(1)} a sequence`);
  for (const [name, count] of [...counts].sort(([a], [b]) => a.localeCompare(b)))
    console.log(`    ${count} × ${name}`);
  const failures = results.flatMap((result) => (result.status === 'rejected' ? [String(result.reason)] : []));
  assert.equal(failures, []);
  for (const [name, count] of counts) assert.ok(count >= LEAST, `${name} had ${count} chances only`);
});

function mailboxPathOf(target: KubeObject | undefined): string {
  assert.ok(target);
  const { annotations, uid = '' } = target.metadata;
  return mailboxWorkspacePath(annotations?.['kcp.io/cluster'] ?? '', uid);
}

test.run();
