import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { assert, suite } from '@kubestellar/testing';
import { root } from '../root.ts';
import { affectedBy, changedTests, PACKAGED, SHARED } from './changed.ts';
import { findTests } from './discover.ts';

const test = suite('tests that a change can affect');

const UNIT = 'lib/kube/src/lease.test.ts';
const OTHER_UNIT = 'cli/src/usage.test.ts';
const CHAIN = 'e2e/sync/matrix.test.ts';
const HOSTED = 'e2e/hosted/chart.test.ts';
const SMUGGLING = 'e2e/security/smuggling.test.ts';
const modulesOf = new Map([
  [UNIT, new Set([UNIT, 'lib/kube/src/lease.ts', 'api/src/index.ts'])],
  [OTHER_UNIT, new Set([OTHER_UNIT, 'cli/src/registry.ts'])],
  [CHAIN, new Set([CHAIN, 'e2e/support/local.ts'])],
  [HOSTED, new Set([HOSTED, 'e2e/support/hosted/wec.ts'])],
  [SMUGGLING, new Set([SMUGGLING])],
]);
const programs = new Set([
  'lib/kube/src/lease.ts',
  'cli/src/registry.ts',
  'operator/src/main.ts',
  'proxy/src/main.ts',
]);
const proxy = new Set(['lib/kube/src/lease.ts', 'proxy/src/main.ts']);
const affected = (...changed: string[]) => affectedBy({ changed, modulesOf, programs, proxy });

test('texts affect no test', () => {
  assert.equal(affected('README.md', 'docs/testing.md', 'kube/README.md', 'LICENSE'), []);
});

test('a module affects the tests that import it, and the units of its part', () => {
  assert.equal(affected('api/src/index.ts'), [UNIT]);
  assert.equal(affected('lib/kube/src/traffic.ts'), [UNIT]);
  assert.equal(affected('e2e/support/local.ts'), [CHAIN]);
});

test('a module of a program affects all end-to-end tests, one of the operator those of a deployed core', () => {
  assert.equal(affected('lib/kube/src/lease.ts'), [UNIT, CHAIN, HOSTED, SMUGGLING]);
  assert.equal(affected('cli/src/registry.ts'), [OTHER_UNIT, CHAIN, HOSTED]);
  assert.equal(affected('proxy/src/main.ts'), [CHAIN, HOSTED, SMUGGLING]);
  assert.equal(affected('operator/src/main.ts'), [HOSTED]);
  assert.equal(affected('chart/templates/deployment.yaml'), [HOSTED]);
});

test('what is no module, and one that was removed, affects all end-to-end tests', () => {
  assert.equal(affected('api/src/some.yaml'), [CHAIN, HOSTED, SMUGGLING]);
  assert.equal(affected('lib/kube/src/removed.ts'), [UNIT, CHAIN, HOSTED, SMUGGLING]);
});

test('settings and the runner affect everything', () => {
  for (const path of [
    'package-lock.json',
    'tsconfig.json',
    'dev/scripts/test/run.ts',
    'dev/toolchain/modules/kcp/go.sum',
  ])
    assert.is(affected(path).length, modulesOf.size, path);
});

test('the folders that decide are there', () => {
  for (const folder of [...PACKAGED, ...SHARED]) assert.ok(existsSync(join(root, folder)), folder);
});

test('in this clone, the imports of all test files are followed', async () => {
  const tests = [...(await findTests('unit', [])), ...(await findTests('e2e', []))];
  // Whatever has changed since, the difference to itself is that of the working tree.
  const found = await changedTests('HEAD', tests);
  assert.ok(found.every((path) => tests.includes(path)));
});

test.run();
