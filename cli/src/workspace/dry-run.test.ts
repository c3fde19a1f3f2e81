import { CONFIG_MAPS, type KubeObject } from '@kubestellar/api';
import type { Connection, KubeClient } from '@kubestellar/kube';
import { assert, suite } from '@kubestellar/testing';
import { DryRunClient } from './dry-run.ts';

const test = suite('dry run');
/** A connection that cannot send requests. */
const CONNECTION = { server: 'https://127.0.0.1:1' } as Connection;
const OBJECT: KubeObject = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a', namespace: 'n' } };
const USER = { fieldManager: 'user' };

test('an object that would be created is returned, in every workspace of the client', async () => {
  const client = new DryRunClient(CONNECTION, '/clusters/root').workspace('root:w');
  assert.is(client.path, '/clusters/root:w');
  assert.is(await client.create(CONFIG_MAPS, OBJECT), OBJECT);
});

test('a write that the dry run does not know is refused', async () => {
  const client: KubeClient = new DryRunClient(CONNECTION, '/clusters/root');
  const writes = [
    client.replace(CONFIG_MAPS, OBJECT, USER),
    client.apply(CONFIG_MAPS, OBJECT, USER),
    client.jsonPatch(CONFIG_MAPS, OBJECT.metadata, [], USER),
    client.createForMetadata(CONFIG_MAPS, OBJECT, USER),
    client.request('DELETE', '/api/v1/namespaces/n/configmaps/a'),
  ];
  for (const write of writes) {
    const message = await write.then(
      () => 'sent',
      (error: Error) => error.message,
    );
    assert.match(message, /^a dry run may not (PUT|PATCH|POST|DELETE) \/api\/v1\/namespaces\/n\/configmaps/);
  }
});

test.run();
