import type { KubeObject, ManagedFieldsEntry } from '@kubestellar/api';
import { assert, suite } from '@kubestellar/testing';
import { WIDGETS } from '@kubestellar/testing/fake-api';
import { Applier } from './apply.ts';
import type { KubeClient } from './client.ts';

const test = suite('kube: applier');
type Content = { [field: string]: unknown };

const object = (spec: Content, managedFields?: ManagedFieldsEntry[]): KubeObject => ({
  apiVersion: 'test/v1',
  kind: 'Widget',
  metadata: { name: 'x', ...(managedFields ? { managedFields } : {}) },
  spec,
});

const ours = (...fields: string[]): ManagedFieldsEntry => ({
  manager: 'me',
  operation: 'Apply',
  fieldsV1: { 'f:spec': Object.fromEntries(fields.map((field) => [`f:${field}`, {}])) },
});

/** A client of a server that stores what `store` makes of an applied object, and answers with its metadata. */
function serverThat(store: (spec: Content) => Content = (spec) => spec) {
  const applied: Content[] = [];
  let live: KubeObject | undefined;
  const client = {
    path: '/clusters/w',
    apply: async (_: unknown, wanted: KubeObject) => {
      const spec = wanted.spec as Content;
      applied.push(spec);
      live = object(store(spec), [ours(...Object.keys(spec))]);
      live.metadata.resourceVersion = String(applied.length);
      return live.metadata;
    },
  };
  return {
    client: client as unknown as KubeClient,
    applied,
    live: (): KubeObject => {
      if (!live) throw new Error('nothing is stored');
      return live;
    },
  };
}

test('an absent object is applied once and then not written again', async () => {
  const { client, applied, live } = serverThat();
  const applier = new Applier('me');
  const first = await applier.ensure(client, WIDGETS, object({ a: 1 }), undefined);
  assert.ok(first.written);
  const second = await applier.ensure(client, WIDGETS, object({ a: 1 }), live());
  assert.not(second.written);
  assert.is(second.metadata.resourceVersion, first.metadata.resourceVersion);
  assert.is(applied.length, 1);
});

test('an object that another process has applied is not written again', async () => {
  const { client, live } = serverThat();
  await new Applier('me').ensure(client, WIDGETS, object({ a: 1 }), undefined);
  assert.not((await new Applier('me').ensure(client, WIDGETS, object({ a: 1 }), live())).written);
});

test('a drifted field is corrected', async () => {
  const { client, applied } = serverThat();
  await new Applier('me').ensure(client, WIDGETS, object({ a: 1 }), object({ a: 2 }, [ours('a')]));
  assert.equal(applied, [{ a: 1 }]);
});

test('a value that the server stores in another format is written once, and again when it drifts', async () => {
  const { client, applied, live } = serverThat((spec) => ({ ...spec, cpu: '1' }));
  const applier = new Applier('me');
  const ensure = (cpu: string, seen: KubeObject | undefined) =>
    applier.ensure(client, WIDGETS, object({ cpu }), seen);
  await ensure('1000m', undefined);
  assert.not((await ensure('1000m', live())).written);
  assert.not((await ensure('1000m', live())).written, 'remembered once that version has been seen');
  assert.ok((await ensure('2000m', live())).written);
  const drifted = object({ cpu: '7' }, [ours('cpu')]);
  assert.ok((await ensure('1000m', drifted)).written);
  assert.is(applied.length, 3);
});

test('the memory of a deleted object is not used for its successor', async () => {
  const { client, live } = serverThat((spec) => ({ ...spec, cpu: '1' }));
  const applier = new Applier('me');
  await applier.ensure(client, WIDGETS, object({ cpu: '1000m' }), undefined);
  applier.forget(client, WIDGETS, live());
  assert.ok((await applier.ensure(client, WIDGETS, object({ cpu: '1000m' }), live())).written);
});

test('a null is not applied', async () => {
  const { client, applied } = serverThat();
  const wanted = object({ a: null, b: { c: null, d: [{ e: null, f: 1 }] } });
  await new Applier('me').ensure(client, WIDGETS, wanted, undefined);
  assert.equal(applied, [{ b: { d: [{ f: 1 }] } }]);
});

test('replicas is left to a manager that wrote it through /scale', async () => {
  const scaler: ManagedFieldsEntry = {
    manager: 'hpa',
    operation: 'Update',
    subresource: 'scale',
    fieldsV1: { 'f:spec': { 'f:replicas': {} } },
  };
  const { client, applied } = serverThat();
  const applier = new Applier('me');
  const wanted = object({ replicas: 1, paused: false });
  const scaled = object({ replicas: 5, paused: false }, [ours('paused'), scaler]);
  assert.not((await applier.ensure(client, WIDGETS, wanted, scaled)).written);
  const stillOurs = object({ replicas: 5, paused: false }, [ours('paused', 'replicas'), scaler]);
  await applier.ensure(client, WIDGETS, wanted, stillOurs);
  assert.equal(applied, [{ paused: false }]);
  const unscaled = object({ replicas: 5, paused: false }, [ours('paused')]);
  await applier.ensure(client, WIDGETS, wanted, unscaled);
  assert.equal(applied[1], { replicas: 1, paused: false });
});

test.run();
