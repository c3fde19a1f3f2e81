import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { CONFIG_MAPS, DEPLOYMENTS, EDGE_PLACEMENTS, type KubeObject, NAMESPACES } from '@kubestellar/api';
import { isApiError, KubeClient } from '@kubestellar/kube';
import { assert, suite } from '@kubestellar/testing';
import { eventually } from '../support/eventually.ts';
import { LocalHome } from '../support/local.ts';
import { ProgramUnderTest } from '../support/program-under-test.ts';

/** The core fails, wholly or kcp alone: clusters go on as they are, and what was under way is completed. */
const test = suite('the chain, through outages of the core', { timeout: 900_000 });

const USER = { fieldManager: 'user' };
const OBJECTS = 60;
/** How long the core is gone, in seconds; ten minutes with KUBESTELLAR_OUTAGE_SECONDS=600. */
const OUTAGE = Number(process.env.KUBESTELLAR_OUTAGE_SECONDS ?? 30);
/** How long nothing may change for all to count as settled (milliseconds). */
const QUIET = 3_000;
const CONTROLLERS = ['kubestellar-where-resolver', 'mailbox-controller', 'placement-translator'] as const;

const home = await LocalHome.create();
/** A copy of the administrators' kubeconfig, as it was before any outage. */
const stolen = join(home.path, 'stolen.kubeconfig');
let wmw: KubeClient;
let wec: KubeClient;

test.before(async () => {
  await home.start(1);
  const kubeconfig = `${home.path}/admin.kubeconfig`;
  await copyFile(kubeconfig, stolen);
  wmw = (await KubeClient.fromKubeconfig({ kubeconfig, context: 'root' })).workspace('root:wmw1');
  wec = await KubeClient.fromKubeconfig({ kubeconfig: home.wec('edge1') });
});

test.after(() => home.dispose());

for (const signal of ['SIGKILL', 'SIGTERM'] as const) {
  test(`kcp ends by ${signal} in the midst of a change: after its return the change is completed`, async () => {
    const namespace = `kcp-${signal.toLowerCase()}`;
    await wmw.create(
      NAMESPACES,
      { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } },
      USER,
    );
    for (let i = 0; i < OBJECTS; i++) await wmw.create(CONFIG_MAPS, configMap(namespace, i), USER);
    await wmw.create(EDGE_PLACEMENTS, placement(namespace), USER);
    await eventually(
      'the first copy',
      () => copiesIn(namespace),
      (copies) => copies.length > 0,
    );
    const before = (await copiesIn(namespace)).length;
    await end(await home.pidOf('kcp'), signal);
    console.log(`    ${before} of ${OBJECTS} copies were there when kcp ended`);
    await home.start(1);
    await wmw.mergePatch(CONFIG_MAPS, { name: 'object-0', namespace }, { data: { color: 'green' } }, USER);
    await wmw.delete(CONFIG_MAPS, { name: 'object-1', namespace });
    const expected = (copies: readonly Copy[]) =>
      copies.length === OBJECTS - 1 && copies.filter(({ data }) => data?.color === 'green').length === 1;
    await eventually(`the end state in ${namespace}`, () => copiesIn(namespace), expected, 60);
    await settled(() => copiesIn(namespace));
  });
}

test('kcp started anew takes no former token of an administrator', async () => {
  for (const context of ['root', 'system:admin']) {
    const thief = await KubeClient.fromKubeconfig({ kubeconfig: stolen, context });
    const answer = await thief.list(NAMESPACES).catch((error: unknown) => error);
    assert.ok(isApiError(answer, 401), `${context}: ${String(answer)}`);
    await thief.connection.close();
  }
});

test(`the core is gone for ${OUTAGE} s: clusters stay as they are, also when a syncer starts meanwhile`, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'kubestellar-proxies-'));
  const before = await inventory();
  assert.ok(before.length > OBJECTS, 'there is something to lose');
  for (const name of ['kcp', ...CONTROLLERS]) await end(await home.pidOf(name), 'SIGKILL');
  const syncer = await ProgramUnderTest.takeOver(await home.pidOf('edge1-syncer'), folder);
  try {
    await syncer.start();
    await sleep(OUTAGE * 1000);
    assert.equal(await inventory(), before);
    assert.equal(syncer.writes, [], 'the syncer has written nothing');
  } finally {
    await syncer.dispose();
    await rm(folder, { recursive: true, force: true });
  }
  await home.start(1);
  assert.equal(await inventory(), before, 'the return of the core changes nothing');
  const ref = { name: 'object-2', namespace: 'kcp-sigkill' };
  await wmw.mergePatch(CONFIG_MAPS, ref, { data: { color: 'blue' } }, USER);
  const ask = () => wec.get<Copy>(CONFIG_MAPS, ref);
  await eventually('an edit after the outage', ask, (copy) => copy?.data?.color === 'blue', 60);
});

test.run();

type Copy = KubeObject & { data?: { color?: string } };

async function end(pid: number, signal: NodeJS.Signals): Promise<void> {
  process.kill(pid, signal);
  const isAlive = async () => {
    try {
      return process.kill(pid, 0);
    } catch {
      return false;
    }
  };
  // kcp, asked to end, gives open requests a minute.
  await eventually(`process ${pid} to end`, isAlive, (alive) => !alive, 120);
}

/** Our copies in one Namespace of the cluster. */
async function copiesIn(namespace: string): Promise<Copy[]> {
  const found = await wec.list<Copy>(CONFIG_MAPS, { namespace });
  return found.filter(({ metadata }) => metadata.name.startsWith('object-'));
}

/** The identity and content's version of all that has come down. */
async function inventory(): Promise<string[]> {
  const label = { labelSelector: 'edge.kubestellar.io/projected=yes' };
  const lists = await Promise.all([
    wec.list(CONFIG_MAPS, label),
    wec.list(NAMESPACES, label),
    wec.list(DEPLOYMENTS, label),
  ]);
  return lists
    .flat()
    .map(
      ({ metadata }) => `${metadata.namespace}/${metadata.name} ${metadata.uid} ${metadata.resourceVersion}`,
    )
    .sort();
}

/** @returns when nothing has changed for a while @throws Error when that takes more than a minute */
async function settled(read: () => Promise<readonly KubeObject[]>): Promise<void> {
  const versions = async () => (await read()).map(({ metadata }) => metadata.resourceVersion).join();
  const isStill = async () => {
    const before = await versions();
    await sleep(QUIET);
    return before === (await versions());
  };
  await eventually('nothing to change any more', isStill, (still) => still, 60);
}

function configMap(namespace: string, index: number): Copy {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: `object-${index}`, namespace },
    data: { color: 'red' },
  };
}

function placement(namespace: string): KubeObject {
  return {
    apiVersion: 'edge.kubestellar.io/v2alpha1',
    kind: 'EdgePlacement',
    metadata: { name: namespace },
    spec: {
      locationSelectors: [{ matchLabels: { env: 'demo' } }],
      downsync: [{ apiGroup: '', resources: ['configmaps'], namespaces: [namespace] }],
    },
  };
}
