import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  CONFIG_MAPS,
  EDGE_PLACEMENTS,
  type KubeObject,
  LOCATIONS,
  mailboxWorkspaceName,
  NAMESPACES,
  SECRETS,
  SYNC_TARGETS,
  type SyncTarget,
  WORKSPACES,
  type Workspace,
} from '@kubestellar/api';
import { KubeClient } from '@kubestellar/kube';
import { assert, suite } from '@kubestellar/testing';
import { eventually } from '../support/eventually.ts';
import { LocalHome } from '../support/local.ts';
import { ProgramUnderTest } from '../support/program-under-test.ts';

/** `kill -9` of each program at each of its requests: the same end state, and no write once settled. */
const test = suite('the chain, through every restart', { timeout: 600_000 });

const USER = { fieldManager: 'user' };
/** How long nothing may be asked for a program to count as settled (milliseconds). */
const QUIET = 1_500;
const home = await LocalHome.create();
const folder = await mkdtemp(join(tmpdir(), 'kubestellar-proxies-'));
let root: KubeClient;
let wmw: KubeClient;
let imw: KubeClient;
let wec: KubeClient;

test.before(async () => {
  await home.start(1);
  root = await KubeClient.fromKubeconfig({ kubeconfig: `${home.path}/admin.kubeconfig`, context: 'root' });
  [wmw, imw] = [root.workspace('root:wmw1'), root.workspace('root:imw1')];
  wec = await KubeClient.fromKubeconfig({ kubeconfig: home.wec('edge1') });
});

test.after(async () => {
  await home.dispose();
  await rm(folder, { recursive: true, force: true });
});

/** A change that a user makes, and what must be true in the end. Each run has names of its own. */
interface Script {
  change(run: string): Promise<void>;
  settled(run: string): Promise<void>;
  /** Takes back what the run has placed, and waits until it is gone. */
  end(run: string): Promise<void>;
}

const workload: Script = {
  async change(run) {
    await wmw.create(NAMESPACES, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: run } }, USER);
    await wmw.create(CONFIG_MAPS, object('ConfigMap', 'kept', run, { data: { color: 'red' } }), USER);
    await wmw.create(SECRETS, object('Secret', 'dropped', run, { data: {} }), USER);
    await wmw.create<KubeObject>(EDGE_PLACEMENTS, placement(run), USER);
    await appears(SECRETS, run);
    await wmw.mergePatch(CONFIG_MAPS, { name: 'kept', namespace: run }, { data: { color: 'green' } }, USER);
    await wmw.delete(SECRETS, { name: 'dropped', namespace: run });
  },
  async settled(run) {
    const kept = () =>
      wec.get<KubeObject & { data?: { color?: string } }>(CONFIG_MAPS, { name: 'kept', namespace: run });
    await eventually(`the ConfigMap of ${run} in the WEC`, kept, (found) => found?.data?.color === 'green');
    const dropped = () => wec.get(SECRETS, { name: 'dropped', namespace: run });
    await eventually(`the Secret of ${run} to be gone`, dropped, (found) => found === undefined);
  },
  async end(run) {
    await wmw.delete(EDGE_PLACEMENTS, { name: run });
    const kept = () => wec.get(CONFIG_MAPS, { name: 'kept', namespace: run });
    await eventually(`the ConfigMap of ${run} to be gone`, kept, (found) => found === undefined);
  },
};

/** The mailbox workspace of each run's SyncTarget. */
const mailboxes = new Map<string, string>();

const inventory: Script = {
  async change(run) {
    const target = {
      apiVersion: 'edge.kubestellar.io/v2alpha1',
      kind: 'SyncTarget',
      metadata: { name: run },
    };
    const { metadata } = await imw.create<KubeObject>(SYNC_TARGETS, target, USER);
    const cluster = metadata.annotations?.['kcp.io/cluster'] ?? (await clusterOfImw());
    mailboxes.set(run, mailboxWorkspaceName(cluster, metadata.uid ?? ''));
  },
  async settled(run) {
    const name = mailboxes.get(run) ?? '';
    const espw = root.workspace('root:espw');
    const workspace = () => espw.get<Workspace>(WORKSPACES, { name });
    if (await imw.get(SYNC_TARGETS, { name: run })) {
      const isReady = (found: Workspace | undefined) => found?.status?.phase === 'Ready';
      await eventually(`the mailbox workspace of ${run}`, workspace, isReady);
      const bound = () => root.workspace(`root:espw:${name}`).listPage(LOCATIONS, { limit: 1 });
      await eventually(`our API in the mailbox workspace of ${run}`, bound, () => true);
      await imw.delete(SYNC_TARGETS, { name: run });
    }
    const isGone = (found: unknown) => found === undefined;
    await eventually(`the mailbox workspace of ${run} to be gone`, workspace, isGone, 60);
  },
  end: async () => {},
};

async function clusterOfImw(): Promise<string> {
  const target = await imw.get(SYNC_TARGETS, { name: 'edge1' });
  return target?.metadata.annotations?.['kcp.io/cluster'] ?? '';
}

const PROGRAMS: readonly { name: string; script: Script }[] = [
  { name: 'kubestellar-where-resolver', script: workload },
  { name: 'placement-translator', script: workload },
  { name: 'edge1-syncer', script: workload },
  { name: 'mailbox-controller', script: inventory },
];

for (const { name, script } of PROGRAMS) {
  test(`${name}: killed at each of its requests, it ends where it would have ended`, async () => {
    const program = await ProgramUnderTest.takeOver(await home.pidOf(name), folder);
    try {
      await program.start();
      let steps = 0;
      for (let n = 1; ; n++) {
        await quiet(program);
        program.requests = [];
        program.killAt = n;
        const run = `run-${name.slice(0, 5)}-${n}`;
        await script.change(run);
        await Promise.race([script.settled(run), untilKilled(program)]);
        const { killed } = program;
        if (killed) {
          steps++;
          await program.kill();
          program.killAt = Number.POSITIVE_INFINITY;
          await program.start();
          await script.settled(run);
        }
        program.killAt = Number.POSITIVE_INFINITY; // taking back is no step of the change
        await script.end(run);
        if (!killed) break;
        assert.ok(n < 100, `no end of requests:\n${program.requests.join('\n')}`);
      }
      assert.ok(steps > 0, 'the program has made no request');
      console.log(`    ${name}: killed at ${steps} requests`);
      await assertSettled(program);
    } finally {
      await program.dispose();
      // The tests after this one need the program, too.
      await home.npm('start', '--wecs', '1').done;
    }
  });
}

/** The status of a SyncTarget has the time of the heartbeat that was heard last, renewed once a minute (milliseconds). */
const RENEWAL = 60_000;
const HEARTBEAT = /^PATCH .*\/synctargets\/edge1\/status\?/;

/** A program that is started anew where nothing is left to do writes nothing, but the time of a heartbeat. */
async function assertSettled(program: ProgramUnderTest): Promise<void> {
  const status = async () => (await imw.get<SyncTarget>(SYNC_TARGETS, { name: 'edge1' }))?.status;
  await quiet(program);
  const before = await status();
  await program.kill();
  program.killAt = Number.POSITIVE_INFINITY;
  await program.start();
  await sleep(5_000);
  const heartbeats = program.writes.filter((write) => HEARTBEAT.test(write));
  const others = program.writes.filter((write) => !heartbeats.includes(write));
  assert.equal(others, [], 'nothing is to be written after a restart in a settled state');
  const after = await status();
  const [old = '', renewed = ''] = [before?.lastSyncerHeartbeatTime, after?.lastSyncerHeartbeatTime];
  const due = Date.parse(renewed) - Date.parse(old) >= RENEWAL ? 1 : 0;
  assert.ok(heartbeats.length <= due, `${heartbeats.length} renewals, from ${old} to ${renewed}`);
  assert.equal(after?.conditions, before?.conditions);
}

async function untilKilled(program: ProgramUnderTest): Promise<void> {
  while (!program.killed) await sleep(20);
}

/** @returns when the program has asked for nothing for a while */
async function quiet(program: ProgramUnderTest): Promise<void> {
  for (let before = -1; before !== program.requests.length; ) {
    before = program.requests.length;
    await sleep(QUIET);
  }
}

/** @returns when it is in the WEC, or soon if it does not come because a program was killed */
function appears(resource: typeof SECRETS, namespace: string): Promise<unknown> {
  const read = () => wec.get(resource, { name: 'dropped', namespace });
  return eventually('the Secret', read, (found) => found !== undefined, 0.5).catch(() => undefined);
}

function object(kind: string, name: string, namespace: string, content: object): KubeObject {
  return { apiVersion: 'v1', kind, metadata: { name, namespace }, ...content };
}

function placement(run: string): KubeObject {
  return {
    apiVersion: 'edge.kubestellar.io/v2alpha1',
    kind: 'EdgePlacement',
    metadata: { name: run },
    spec: {
      locationSelectors: [{ matchLabels: { env: 'demo' } }],
      downsync: [{ apiGroup: '', resources: ['configmaps', 'secrets'], namespaces: [run] }],
    },
  };
}

test.run();
