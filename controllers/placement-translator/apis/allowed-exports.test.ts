import { API_EXPORT_APPROVALS, API_EXPORTS, type APIExport, COMPUTE_PATH } from '@kubestellar/api';
import { assert, suite } from '@kubestellar/testing';
import { FakeServer, until } from '@kubestellar/testing/fake-server';
import { loggerOf, objectOf } from '../fixtures.ts';
import { AllowedExports } from './allowed-exports.ts';

const test = suite('following which exports are allowed');

const IDENTITY = 'a'.repeat(64);

function exportOf(name: string, cluster: string, resources: string[], resourceVersion = '1'): APIExport {
  const spec = {
    resources: resources.map((plural) => ({ group: `${name}.test`, name: plural, schema: 's' })),
  };
  const status = { identityHash: IDENTITY };
  return objectOf(API_EXPORTS, cluster, name, { resourceVersion }, { spec, status }) as APIExport;
}

const running: AllowedExports[] = [];
test.after.each(async () => {
  for (const each of running.splice(0)) await each.stop();
});

async function world() {
  const server = new FakeServer();
  server.put(COMPUTE_PATH, API_EXPORTS, exportOf('apps', COMPUTE_PATH, ['deployments']));
  server.put('tenant', API_EXPORTS, exportOf('theirs', 'tenant', ['widgets']));
  let changes = 0;
  const espw = server.client.workspace('espw');
  const allowed = new AllowedExports(server.client, espw, 'root:espw', loggerOf(), () => void changes++);
  running.push(allowed);
  assert.not(allowed.synced);
  await allowed.start();
  return { server, allowed, changes: () => changes };
}

test('the exports of root:compute are allowed, those of others are not', async () => {
  const { allowed, changes } = await world();
  assert.ok(allowed.synced);
  assert.is(allowed.current.exportOf('deployments.apps.test')?.name, 'apps');
  assert.is(allowed.current.exportOf('widgets.theirs.test'), undefined);
  assert.is(changes(), 1, 'of those of others nobody is told');
});

test('what is allowed follows the exports of root:compute', async () => {
  const { server, allowed, changes } = await world();
  const more = exportOf('apps', COMPUTE_PATH, ['deployments', 'daemonsets'], '2');
  server.put(COMPUTE_PATH, API_EXPORTS, more);
  await until(() => changes() === 2);
  assert.ok(allowed.current.exportOf('daemonsets.apps.test'));
  assert.is(allowed.current, allowed.current, 'it is worked out once');
  server.drop(COMPUTE_PATH, API_EXPORTS, more);
  await until(() => changes() === 3);
  assert.is(allowed.current.exportOf('deployments.apps.test'), undefined);
});

test('an approval in the ESPW allows the export that it names, and one elsewhere does not', async () => {
  const { server, allowed, changes } = await world();
  const spec = {
    export: { path: 'root:tenant', name: 'theirs' },
    identityHash: IDENTITY,
    resources: ['widgets.theirs.test'],
  };
  server.put(
    'tenant',
    API_EXPORT_APPROVALS,
    objectOf(API_EXPORT_APPROVALS, 'tenant', 'forged', {}, { spec }),
  );
  server.put('espw', API_EXPORT_APPROVALS, objectOf(API_EXPORT_APPROVALS, 'espw', 'a', {}, { spec }));
  await until(() => changes() === 2);
  const found = allowed.current.exportOf('widgets.theirs.test');
  assert.equal([found?.path, found?.isApproved], ['root:tenant', true]);
});

test.run();
