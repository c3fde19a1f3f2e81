import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { KUBESTELLARS, type KubeObject, STOP_CORE } from '@kubestellar/api';
import { KubeClient } from '@kubestellar/kube';
import { assert, suite } from '@kubestellar/testing';
import { linkTools, provideTools } from '@kubestellar/toolchain';
import { parse, stringify } from 'yaml';
import { FreshKcp } from '../support/fresh-kcp.ts';
import { DEPLOY_ROWS, deployTo } from '../support/interrupted/deployment.ts';
import { initialized, interruptInitialization } from '../support/interrupted/initialization.ts';
import { INVENTORY_ROWS } from '../support/interrupted/inventory.ts';
import { Place } from '../support/interrupted/place.ts';
import { SYNCER_ROWS } from '../support/interrupted/syncers.ts';
import { interruptEach } from '../support/interrupted/trials.ts';
import { WORKLOAD_ROWS } from '../support/interrupted/workload.ts';
import { LocalHome } from '../support/local.ts';
import { administratorsToken } from '../support/tokens.ts';

/**
 * Commands that go wrong at their Nth request, for every N, and are run again: the end is that of one run. The request
 * is refused; or carried out and its answer lost; or carried out and the command killed before it can know.
 */
const test = suite('interrupted commands', { timeout: 600_000 });

/** Tries are made in so many places at a time. */
const AT_ONCE = 6;

/** Tries to deploy: helm keeps a processor busy. */
const DEPLOYS_AT_ONCE = 3;

/** Only rows with one of these texts in their titles. */
const PICKED = (process.env.KUBESTELLAR_INTERRUPTED ?? '').split(',');
const isPicked = (title: string) => PICKED.some((text) => title.includes(text));

const home = await LocalHome.create();
const fresh = await FreshKcp.create();
/** In front of the core. */
const places: Place[] = [];
/** In front of a kcp in which there is nothing yet. */
let empty: Place;
/** In front of a cluster. */
const hosts: Place[] = [];
const clients: KubeClient[] = [];

test.before(async () => {
  const options = { log: (line: string) => console.log(`    ${line}`) };
  await home.start(1);
  const kcp = await fresh.start();
  await linkTools(join(home.path, 'bin'), await provideTools(['helm'], options));
  await home.enterRoot();
  const core = await readFile(home.env.KUBECONFIG ?? '', 'utf8');
  const administrators = await readFile(home.wec('edge1'), 'utf8');
  const [atCore, atKcp, atCluster] = [await client(core), await client(kcp), await client(administrators)];
  const users = [{ name: 'edge1-admin', user: { token: await administratorsToken(atCluster) } }];
  const cluster = stringify({ ...parse(administrators), users });
  const place = (name: string, text: string, at: KubeClient, isSecure = false) =>
    Place.create(join(home.path, name), text, at, home.env, isSecure);
  for (let number = 0; number < AT_ONCE; number++) places.push(await place(`place-${number}`, core, atCore));
  empty = await place('empty', kcp, atKcp);
  for (let number = 0; number < DEPLOYS_AT_ONCE; number++)
    hosts.push(await place(`host-${number}`, cluster, atCluster, true));
});

test.after(async () => {
  for (const { proxy } of [...places, empty, ...hosts]) proxy?.stop();
  for (const { connection } of clients) await connection.close();
  await Promise.all([home.dispose(), fresh.dispose()]);
});

/** @param contents a kubeconfig with the context to use as its current one */
async function client(contents: string): Promise<KubeClient> {
  const made = await KubeClient.fromKubeconfig({ contents });
  clients.push(made);
  return made;
}

const init = isPicked('init') ? test : () => undefined;

init('init, interrupted at each request', async () => {
  const [whole] = places as [Place];
  const begin = performance.now();
  const counts = await interruptInitialization(empty);
  console.log(`    ${JSON.stringify(counts)}, ${Math.round((performance.now() - begin) / 1000)} s`);
  const { refuse, lose, kill } = counts;
  assert.ok(refuse > 15 && lose > 10 && kill > 4, JSON.stringify(counts));
  assert.equal(await initialized(empty), await initialized(whole));
});

const ROWS = [
  ...[...INVENTORY_ROWS, ...WORKLOAD_ROWS, ...SYNCER_ROWS].map((row) => ({ row, at: places })),
  ...DEPLOY_ROWS.map((row) => ({ row, at: hosts })),
];

for (const { row, at } of ROWS.filter(({ row: { title } }) => isPicked(title))) {
  test(`${row.title}, interrupted at each request`, async () => {
    const begin = performance.now();
    const reached = await interruptEach(row, at);
    console.log(`    ${reached.join(', ')} requests, ${Math.round((performance.now() - begin) / 1000)} s`);
    assert.ok(Math.min(...reached) >= row.fewest, `only ${reached} requests`);
  });
}

test('deploy waits for a helm that outlived an earlier run, and goes on from there', async () => {
  const [place] = hosts as [Place];
  await place.reset();
  const reached = new Promise<void>((resolve) => {
    place.proxy.fateOf = ({ method, path }) => {
      if (method !== 'POST' || !path.includes('/secrets')) return 'pass';
      resolve();
      return 'hang';
    };
  });
  const killed = place.start(deployTo('outlived'));
  await Promise.race([reached, killed.done]);
  killed.kill('SIGKILL');
  const again = place.start(deployTo('outlived'));
  await again.printed('of an earlier run is still running');
  place.proxy.fateOf = () => 'pass';
  place.proxy.cut();
  const { code, stderr } = await again.done;
  assert.is(code, 0, stderr);
});

test('deploy tells of a release that is pending, but not by this machine', async () => {
  const [place, elsewhere] = hosts as [Place, Place];
  for (const each of [place, elsewhere]) await each.reset();
  elsewhere.proxy.fateOf = ({ method, path }) =>
    method !== 'GET' && path.includes('/serviceaccounts') ? 'lose' : 'pass';
  const killed = elsewhere.start(deployTo('elsewhere'));
  elsewhere.proxy.onLost = () => elsewhere.kill(killed);
  assert.is((await killed.done).signal, 'SIGKILL');
  elsewhere.proxy.fateOf = () => 'pass';
  const { code, stderr } = await place.start(deployTo('elsewhere')).done;
  assert.is(code, 1);
  assert.match(
    stderr,
    /helm has been changing revision 1 .*was not started on this machine.*kubectl delete secrets sh\.helm\./,
  );
});

test('a backup that is interrupted has the core started again, and leaves no file', async () => {
  const [place] = hosts as [Place];
  const [namespace, file] = ['standing', join(place.folder, 'core.backup')];
  await place.must(deployTo(namespace));
  const stopped = async () => {
    const core = await place.root.get<KubeObject>(KUBESTELLARS, { name: 'kubestellar', namespace });
    return core?.metadata.annotations?.[STOP_CORE];
  };
  const running = place.start(['backup', '-n', namespace, '-o', file]);
  await running.printed('stopping the core for a backup');
  assert.is(await stopped(), 'a backup');
  running.kill('SIGINT');
  const { code, stderr } = await running.done;
  assert.is(code, 130);
  assert.match(stderr, 'interrupted by SIGINT');
  assert.is(await stopped(), undefined);
  const left = (await readdir(place.folder)).filter((name) => name.startsWith('core.backup'));
  assert.equal(left, []);
});

test.run();
