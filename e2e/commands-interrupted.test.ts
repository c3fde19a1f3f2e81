import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { KubeClient } from '@kubestellar/kube';
import { assert, suite } from '@kubestellar/testing';
import { INVENTORY_ROWS } from './interrupted/inventory.ts';
import { Place } from './interrupted/place.ts';
import { SYNCER_ROWS } from './interrupted/syncers.ts';
import { interruptEach } from './interrupted/trials.ts';
import { WORKLOAD_ROWS } from './interrupted/workload.ts';
import { LocalHome } from './support/local.ts';

/**
 * Commands that go wrong at their Nth request, for every N, and are run again: the end is that of one run. The request
 * is refused; or carried out and its answer lost; or carried out and the command killed before it can know.
 */
const test = suite('interrupted commands', { timeout: 600_000 });

/** Tries are made in so many places at a time. */
const AT_ONCE = 6;

const home = await LocalHome.create();
const places: Place[] = [];
let root: KubeClient;

test.before(async () => {
  await home.start(1);
  await home.enterRoot();
  const kubeconfig = home.env.KUBECONFIG ?? '';
  root = await KubeClient.fromKubeconfig({ kubeconfig, context: 'root' });
  const text = await readFile(kubeconfig, 'utf8');
  for (let number = 0; number < AT_ONCE; number++)
    places.push(await Place.create(join(home.path, `place-${number}`), text, root, home.env));
});

test.after(async () => {
  for (const { proxy } of places) proxy.stop();
  await root?.connection.close();
  await home.dispose();
});

for (const row of [...INVENTORY_ROWS, ...WORKLOAD_ROWS, ...SYNCER_ROWS]) {
  test(`${row.title}, interrupted at each request`, async () => {
    const begin = performance.now();
    const reached = await interruptEach(row, places);
    console.log(`    ${reached.join(', ')} requests, ${Math.round((performance.now() - begin) / 1000)} s`);
    assert.ok(Math.min(...reached) >= row.fewest, `only ${reached} requests`);
  });
}

test.run();
