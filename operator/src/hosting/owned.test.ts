import { CONFIG_MAPS, EVENTS, type KubeObject, type ObjectMeta, SERVICES } from '@kubestellar/api';
import { ApiError } from '@kubestellar/kube';
import type { Logger } from '@kubestellar/program';
import { assert, suite } from '@kubestellar/testing';
import { FakeServer } from '@kubestellar/testing/fake-server';
import { coreOf } from '../fixtures.ts';
import { ownerReferenceTo } from '../settings.ts';
import { Events } from './events.ts';
import { hostingApplier, NameTaken, NotYet, OwnedObjects, Rejected } from './owned.ts';

const test = suite('objects that belong to a KubeStellar');

const owner = ownerReferenceTo(coreOf());
const OURS = { ownerReferences: [owner] };
const LABELLED = { labels: { 'app.kubernetes.io/managed-by': 'kubestellar-operator' } };

function objectOf(metadata: Partial<ObjectMeta> = {}, data: object = { a: 'b' }): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'o', namespace: 'ks', uid: 'uid-o', ...metadata },
    data,
  } as KubeObject;
}

function world(live?: KubeObject) {
  const server = new FakeServer();
  if (live) server.put('', CONFIG_MAPS, live);
  const written: string[] = [];
  const objects = new OwnedObjects(
    server.client,
    hostingApplier(),
    { namespace: 'ks', owner },
    ({ name, isNew }) => written.push(`${name}${isNew ? ' (new)' : ''}`),
  );
  const ensure = (more = {}) =>
    objects.ensure(CONFIG_MAPS, { metadata: { name: 'o' }, data: { a: 'b' } } as never, more);
  const now = () => server.find('', CONFIG_MAPS, 'o', 'ks');
  return { server, objects, ensure, written, now };
}

async function errorOf(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => undefined,
    (error: unknown) => error,
  );
}

test('what is missing is made, as ours, and goes with the KubeStellar unless it is to be retained', async () => {
  const { ensure, written, now } = world();
  assert.is(await ensure(), undefined);
  assert.equal(written, ['o (new)']);
  assert.equal(now()?.metadata.ownerReferences, [owner]);
  assert.equal(now()?.metadata.labels, LABELLED.labels);
  const retained = world();
  await retained.ensure({ retain: true });
  assert.is(retained.now()?.metadata.ownerReferences, undefined);
});

test('what is ours, or was retained by a former KubeStellar, is kept as it should be', async () => {
  for (const metadata of [OURS, LABELLED]) {
    const { ensure, written, now } = world(objectOf(metadata, { a: 'theirs' }));
    assert.is((await ensure())?.metadata.name, 'o');
    assert.equal(written, ['o']);
    assert.equal((now() as { data?: object }).data, { a: 'b' });
  }
});

test("somebody else's object is never written, read or removed", async () => {
  for (const metadata of [{}, { ...LABELLED, ownerReferences: [{ ...owner, kind: 'Other', uid: 'x' }] }]) {
    const { ensure, objects, server, now } = world(objectOf(metadata));
    assert.instance(await errorOf(ensure()), NameTaken);
    assert.instance(await errorOf(objects.get(CONFIG_MAPS, 'o')), NameTaken);
    await objects.remove(CONFIG_MAPS, 'o');
    assert.ok(now());
    assert.equal(server.log, []);
  }
});

test('that of a former KubeStellar, or one that is being deleted, is waited for', async () => {
  const former = objectOf({ ownerReferences: [{ ...owner, uid: 'former' }] });
  assert.instance(await errorOf(world(former).ensure()), NotYet);
  const going = objectOf({ ...OURS, deletionTimestamp: '2026-01-01T00:00:00Z' });
  assert.instance(await errorOf(world(going).ensure()), NotYet);
});

test('what the cluster refuses is explained; a conflict is tried again; other failures are thrown', async () => {
  const fails = async (code: number, message: string) => {
    const { server, ensure } = world();
    const status = { message, reason: code === 409 ? 'Conflict' : '' };
    server.fails = { line: /^(create|apply)/, error: new ApiError('POST', code, status) };
    return errorOf(ensure());
  };
  const refused = await fails(403, 'quota exceeded');
  assert.instance(refused, Rejected);
  assert.match(String(refused), 'the cluster refuses ConfigMap "o": quota exceeded');
  assert.instance(await fails(409, 'changed'), NotYet);
  assert.instance(await fails(500, 'broken'), ApiError);
});

test('lists that somebody has made invalid are put back as a whole', async () => {
  const service = { ...objectOf(OURS), kind: 'Service', spec: { ports: [{ port: 1 }] } };
  const { server, objects } = world();
  server.put('', SERVICES, service);
  server.fails = { line: /^apply/, error: new ApiError('PATCH', 422, {}) };
  await objects.ensure(SERVICES, { metadata: { name: 'o' }, spec: { ports: [{ port: 2 }] } } as never);
  assert.equal(server.find('', SERVICES, 'o', 'ks')?.spec, { ports: [{ port: 2 }] });
});

test('what is ours is removed, exactly; what cannot be there needs no rights', async () => {
  const { objects, server, now } = world(objectOf(OURS));
  await objects.remove(CONFIG_MAPS, 'o');
  assert.is(now(), undefined);
  assert.equal(server.log, ['delete uid-o  configmaps ks/o']);
  for (const code of [403, 404]) {
    server.fails = { line: /^get/, error: new ApiError('GET', code, {}) };
    await objects.remove(CONFIG_MAPS, 'o');
  }
  server.fails = { line: /^get/, error: new ApiError('GET', 500, {}) };
  assert.instance(await errorOf(objects.remove(CONFIG_MAPS, 'o')), ApiError);
});

test('an Event names its KubeStellar, within the length that servers take; one that fails is logged', async () => {
  const server = new FakeServer();
  const warnings: unknown[] = [];
  const logger = {
    info: () => undefined,
    warn: (...line: unknown[]) => void warnings.push(line),
  } as unknown as Logger;
  const events = new Events(server.client, logger);
  await events.record(coreOf(), 'Warning', 'Rejected', 'x'.repeat(2000));
  const [event] = server.bodies as { involvedObject: { uid: string }; message: string; type: string }[];
  assert.equal([event?.involvedObject.uid, event?.message.length, event?.type], ['uid-1', 1024, 'Warning']);
  server.fails = { line: new RegExp(`create .*${EVENTS.plural}`), error: new ApiError('POST', 500, {}) };
  await events.record(coreOf(), 'Normal', 'Repaired', 'x');
  assert.is(warnings.length, 1);
});

test.run();
