import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  CLUSTER_CLAIMED_BY,
  CONFIG_MAPS,
  DEPLOYMENTS,
  type KubeObject,
  LEASES,
  type Lease,
  NAMESPACES,
  ORIGIN,
  PODS,
  type Resource,
  SERVICES,
  SYNC_TARGETS,
  SYNCER_LEASE,
  type SyncTarget,
} from '@kubestellar/api';
import { parseMark } from '@kubestellar/rules';
import { assert, suite } from '@kubestellar/testing';
import { parseAllDocuments } from 'yaml';
import { closeCore, type Servers, startServers } from '../support/core.ts';
import { Deletions } from '../support/deletions.ts';
import { eventually } from '../support/eventually.ts';
import { FormerClone, whyWithout } from '../support/former.ts';
import { difference, inventoryOf } from '../support/inventory.ts';
import { LocalHome, ROOT, type Running, run } from '../support/local.ts';
import { arrives, create, leaves, place, read, settles, write } from '../support/objects.ts';
import { podTemplate, statusOfConfigMap } from '../support/semantics/summary-support.ts';

/** The last commit of main whose copies name neither core nor SyncTarget nor source. */
const FORMER = 'ca21697ac6eb62f63289461e36f7d61ccd87f0d8';
const UPDATE =
  'an update marks the copies of the former release in place: no object, Pod included, is deleted, made anew or changed';
const ANEW =
  'Jobs that are deleted and made anew while their cluster is away, changed or not, run anew there';
const CLASH =
  'of two SyncTargets of one cluster the first one works on, both say ClusterClash, and nothing is deleted';
const TAKEN =
  'a cluster that is registered anew is taken over only on request: until then its objects stay as they are, and orphans are listed';

const test = suite('whose the objects of a cluster are', { timeout: 400_000 });
const IN = 'marks';
const JOBS: Resource = { group: 'batch', version: 'v1', plural: 'jobs', kind: 'Job', namespaced: true };
/** What the former core has delivered. */
const DELIVERED: readonly [Resource, string, string | undefined][] = [
  [NAMESPACES, IN, undefined],
  [CONFIG_MAPS, 'kept', IN],
  [CONFIG_MAPS, 'ends', IN],
  [SERVICES, 'web', IN],
  [DEPLOYMENTS, 'web', IN],
  [JOBS, 'same', IN],
  [JOBS, 'changed', IN],
];

const home = await LocalHome.create();
let former: FormerClone | undefined;
let core: Servers | undefined;
let twin: Running | undefined;

const missing = await whyWithout(FORMER);
if (missing !== undefined) {
  for (const title of [UPDATE, ANEW, CLASH, TAKEN]) test.skip(title, missing);
} else {
  test.before(async () => {
    former = await FormerClone.create(FORMER);
    core = await startServers(new LocalHome(home.path, former));
  });
  test(UPDATE, () => update(servers()));
  test(ANEW, () => anew(servers()));
  test(CLASH, () => clash(servers()));
  test(TAKEN, () => takeOver(servers()));
}

test.after(async () => {
  twin?.kill('SIGTERM');
  await twin?.done;
  await closeCore(core);
  await home.dispose();
  await former?.dispose();
});

async function update(core: Servers): Promise<void> {
  const { edge1 } = core;
  const wmw = wmwOf(core);
  await create(wmw, NAMESPACES, IN);
  for (const name of ['kept', 'ends']) await create(wmw, CONFIG_MAPS, name, IN, { data: { from: 'former' } });
  await create(wmw, SERVICES, 'web', IN, { spec: { ports: [{ port: 80 }], selector: { app: 'web' } } });
  const template = podTemplate('web');
  const spec = { replicas: 2, selector: { matchLabels: template.metadata.labels }, template };
  await create(wmw, DEPLOYMENTS, 'web', IN, { spec });
  for (const name of ['same', 'changed']) await create(wmw, JOBS, name, IN, job('first'));
  await place(wmw, IN, [
    { resources: ['configmaps', 'services'], namespaces: [IN] },
    { apiGroup: 'apps', namespaces: [IN] },
    { apiGroup: 'batch', namespaces: [IN] },
  ]);
  for (const [resource, name, in_] of DELIVERED) await arrives(edge1, resource, name, in_);
  await eventually(
    'the Pods of the Deployment and of the Jobs',
    () => edge1.list<KubeObject>(PODS, { namespace: IN }),
    (pods) => pods.length >= 4,
    60,
  );
  const before = await states(core);
  const inventory = await inventoryOf(edge1);
  const deletions = await watchDeletions(core);

  await home.start();
  for (const [resource, name, in_] of DELIVERED)
    await arrives(edge1, resource, name, in_, ({ metadata }) => metadata.annotations?.[ORIGIN] !== undefined);
  await settles(wmw, edge1, IN);
  assert.equal(await states(core), before);
  assert.equal(await deletions.end(), []);
  const lost = difference(inventory, await inventoryOf(edge1)).filter((line) => !line.startsWith('+'));
  assert.equal(lost, []);
  // What is marked goes with its source, as before.
  await wmw.delete(CONFIG_MAPS, { name: 'ends', namespace: IN });
  await leaves(edge1, CONFIG_MAPS, 'ends', IN);
}

async function anew(core: Servers): Promise<void> {
  const { edge1, mailboxes } = core;
  const wmw = wmwOf(core);
  const before = await Promise.all(['same', 'changed'].map((name) => read(edge1, JOBS, name, IN)));
  await end(await home.pidOf('edge1-syncer'));
  for (const name of ['same', 'changed']) {
    await wmw.delete(JOBS, { name, namespace: IN });
    const { metadata } = await create(wmw, JOBS, name, IN, job(name === 'same' ? 'first' : 'second'));
    await arrives(mailboxes.edge1, JOBS, name, IN, (copy) => sourcesOf(copy).includes(metadata.uid ?? ''));
  }
  await home.start();
  for (const [n, name] of ['same', 'changed'].entries()) {
    const isNew = ({ metadata }: KubeObject) => metadata.uid !== before[n]?.metadata.uid;
    const found = await arrives(edge1, JOBS, name, IN, isNew);
    const image = JSON.stringify(found.spec).includes('"image":"second"');
    assert.is(image, name === 'changed');
  }
}

async function clash(core: Servers): Promise<void> {
  const { edge1 } = core;
  const wmw = wmwOf(core);
  await home.enterRoot();
  const { must } = home;
  await must`kubectl kubestellar prep-for-cluster --imw root:imw1 -s -o ${manifest()} twin env=twin`;
  await must`kubectl kubestellar prep-for-syncer --imw root:imw1 -s --take-over -o ${manifest('-taking')} twin`;
  // The same objects for both, and one that is the second's alone.
  await place(wmw, `${IN}-twin`, [{ resources: ['configmaps', 'services'], namespaces: [IN] }], {
    locationSelectors: [{ matchLabels: { env: 'twin' } }],
  });
  const deletions = await watchDeletions(core);
  twin = await startTwin();
  for (const name of ['edge1', 'twin']) {
    const { status } = await syncTarget(
      core,
      name,
      (target) => conditionOf(target, 'ClusterClash') === 'True',
    );
    assert.ok(status?.clusterID, name);
  }
  await syncTarget(core, 'twin', (target) => conditionOf(target, 'Ready') === 'False');
  await eventually(
    'the first syncer to know of the second one',
    () => core.mailboxes.edge1.get<Lease>(LEASES, SYNCER_LEASE),
    (lease) => lease?.metadata.annotations?.[CLUSTER_CLAIMED_BY] !== undefined,
    60,
  );
  assert.is(conditionOf(await syncTarget(core, 'edge1'), 'Ready'), 'True');
  // The first one works on, and deletes nothing.
  await write(wmw, 'kept', IN, 'later');
  await arrives(edge1, CONFIG_MAPS, 'kept', IN, ({ data }) => data?.from === 'later');
  await wmw.delete(SERVICES, { name: 'web', namespace: IN });
  await settles(wmw, edge1, IN);
  assert.ok(await read(edge1, SERVICES, 'web', IN));
  assert.equal(await deletions.end(), []);
}

async function takeOver(core: Servers): Promise<void> {
  const { edge1 } = core;
  const wmw = wmwOf(core);
  const before = await read(edge1, CONFIG_MAPS, 'kept', IN);
  const deletions = await watchDeletions(core);
  // The cluster is registered anew, and its former syncer is gone.
  await end(await home.pidOf('edge1-syncer'));
  await statusOfConfigMap(wmw, IN, 'kept', (status) => status?.failures?.[0]?.reason === 'NotOurs');
  const left = await read(edge1, CONFIG_MAPS, 'kept', IN);
  assert.is(left?.metadata.annotations?.[ORIGIN], before?.metadata.annotations?.[ORIGIN]);
  const isListed = ({ status }: SyncTarget) =>
    status?.orphans?.objects?.includes(`deployments.apps ${IN}/web`) === true;
  await syncTarget(core, 'twin', isListed);
  await home.enterRoot();
  assert.match(await home.must('kubectl kubestellar status'), `deployments.apps ${IN}/web`);
  assert.match((await home.sh('kubectl kubestellar doctor')).stdout, `deployments.apps ${IN}/web`);

  twin?.kill('SIGTERM');
  await twin?.done;
  twin = await startTwin('-taking');
  const uid = (await syncTarget(core, 'twin')).metadata.uid;
  const taken = await arrives(
    edge1,
    CONFIG_MAPS,
    'kept',
    IN,
    ({ metadata }) => parseMark(metadata.annotations?.[ORIGIN] ?? '')?.syncTarget === uid,
  );
  assert.is(taken.metadata.uid, before?.metadata.uid);
  assert.ok(await read(edge1, DEPLOYMENTS, 'web', IN), 'what it does not want stays');
  assert.equal(await deletions.end(), []);
}

function servers(): Servers {
  assert.ok(core);
  return core;
}

function wmwOf({ root }: Servers) {
  return root.workspace('root:wmw1');
}

function manifest(suffix = ''): string {
  return join(home.path, `twin${suffix}.yaml`);
}

/** Runs the syncer of the second SyncTarget beside the cluster. */
async function startTwin(suffix = ''): Promise<Running> {
  const documents = parseAllDocuments(await readFile(manifest(suffix), 'utf8')).map((each) => each.toJS());
  const secret = documents.find(({ stringData }) => stringData?.kubeconfig !== undefined);
  const kubeconfig = join(home.path, `twin${suffix}.kubeconfig`);
  await writeFile(kubeconfig, secret.stringData.kubeconfig);
  const { args } = documents.find(({ kind }) => kind === 'Deployment').spec.template.spec.containers[0];
  const own = (args as string[]).filter((arg) => !arg.startsWith('--from-kubeconfig'));
  const servers = ['--from-kubeconfig', kubeconfig, '--to-kubeconfig', home.wec('edge1')];
  const address = ['--server-bind-address', '127.0.0.1:0'];
  return run(join(ROOT, 'bin', 'kubestellar-syncer'), [...own, ...servers, ...address], home.env);
}

function job(image: string) {
  const containers = [{ name: 'main', image }];
  return { spec: { template: { spec: { restartPolicy: 'Never', containers } } } };
}

/** The UIDs of what a copy was made of. */
function sourcesOf({ metadata }: KubeObject): string[] {
  return (parseMark(metadata.annotations?.[ORIGIN] ?? '')?.sources ?? []).map(({ uid }) => uid);
}

/** What must not change by an update, of each object that was delivered. */
async function states({ edge1 }: Servers) {
  const found = await Promise.all(DELIVERED.map((each) => read(edge1, ...each)));
  return found.map((each) => [
    each?.metadata.uid,
    // Kubernetes counts the annotations of a Deployment, too; its Pods are those of before.
    each?.kind === DEPLOYMENTS.kind ? each.spec : each?.metadata.generation,
    each?.data,
  ]);
}

function watchDeletions({ edge1 }: Servers): Promise<Deletions> {
  return Deletions.watch(edge1, [CONFIG_MAPS, SERVICES, DEPLOYMENTS, JOBS, PODS, NAMESPACES]);
}

function conditionOf({ status }: SyncTarget, type: string): string | undefined {
  return status?.conditions?.find((condition) => condition.type === type)?.status;
}

async function syncTarget(
  { imw }: Servers,
  name: string,
  accept: (target: SyncTarget) => boolean = () => true,
): Promise<SyncTarget> {
  const found = await eventually(
    `SyncTarget ${name} to be as expected`,
    () => imw.get<SyncTarget>(SYNC_TARGETS, { name }),
    (target) => target !== undefined && accept(target),
    90,
  );
  assert.ok(found);
  return found;
}

/** Ends a process. @returns when it is gone */
async function end(pid: number): Promise<void> {
  process.kill(pid, 'SIGTERM');
  await eventually(
    'the process to end',
    async () => {
      try {
        return process.kill(pid, 0);
      } catch {
        return false;
      }
    },
    (isAlive) => !isAlive,
    30,
  );
}

test.run();
