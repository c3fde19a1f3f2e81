import {
  CUSTOM_RESOURCE_DEFINITIONS,
  DEPLOYMENTS,
  type KubeObject,
  type ObjectMeta,
  type Resource,
} from '@kubestellar/api';
import { ApiError, ConnectionError } from '@kubestellar/kube';
import { type Problem, problem } from '@kubestellar/rules';
import { assert, suite } from '@kubestellar/testing';
import { OURS, objectOf } from '../../fixtures.ts';
import type { Want } from '../../keys.ts';
import { type ClusterStatusDependencies, ClusterStatuses, type WatchedCopy } from './cluster-status.ts';

const test = suite('what is known of an object on its clusters');

const type = { resource: DEPLOYMENTS, identity: 'x' };
const object = objectOf(DEPLOYMENTS, 'w', 'app', { namespace: 'ns' });
const AVAILABLE = { status: { conditions: [{ type: 'Available', status: 'True' }] } };
const STATUS = { managedFields: [{ manager: 'syncer', subresource: 'status' }] };
const DENIED = problem('Forbidden', 'no');

const copyOf = (
  content: object,
  isPartial = false,
  metadata: Partial<ObjectMeta> = {},
  resource: Resource = DEPLOYMENTS,
): WatchedCopy => ({
  ...{ resource, isPartial },
  copy: objectOf(resource, 'c', 'app', { namespace: 'ns', ...OURS, ...metadata }, content),
});

/** One mailbox `m`, with this copy. */
function world(copy: WatchedCopy | undefined, more: Partial<ClusterStatusDependencies> = {}) {
  let reads = 0;
  const full: { copy: KubeObject | undefined } = { copy: objectOf(DEPLOYMENTS, 'c', 'app', {}, AVAILABLE) };
  const statuses = new ClusterStatuses({
    getCopy: () => copy,
    readCopy: async () => {
      reads++;
      return full.copy;
    },
    getMismatch: () => undefined,
    getRefusal: () => undefined,
    getState: () => 'applied',
    getLocation: () => ({ location: 'edge1', labels: { a: 'b' } }),
    ...more,
  });
  const want: Want = { source: { type, key: 'w/ns/app' }, destinations: [], wantReturn: false };
  const list = async (withCopies = false) => {
    const [first] = await statuses.list(type, object, new Map([['m', want]]), withCopies);
    return first;
  };
  return { list, statuses, full, reads: () => reads };
}

test('an applied copy has the state that was reported, and what its status says', async () => {
  const { list } = world(copyOf(AVAILABLE));
  const fact = await list();
  assert.equal([fact?.mailbox, fact?.location, fact?.labels], ['m', 'edge1', { a: 'b' }]);
  assert.equal([fact?.state, fact?.available, fact?.copy], ['applied', true, undefined]);
  assert.ok((await list(true))?.copy, 'where it is asked for');
});

test('without a copy nothing has arrived, whatever was reported of an earlier one', async () => {
  assert.is((await world(undefined).list())?.state, 'pending');
  assert.is((await world(undefined, { getState: () => 'unknown' }).list())?.state, 'unknown');
});

test('an API that is another comes first, then what refuses the copy, then what the syncer reports', async () => {
  const mismatch = problem('APIMismatch', 'another');
  const refused = { getRefusal: () => DENIED };
  const first = await world(copyOf(AVAILABLE), { ...refused, getMismatch: () => mismatch }).list();
  assert.equal(first?.state, mismatch);
  assert.is(first?.available, undefined, "the other API's object is none of this one's");
  assert.equal((await world(copyOf(AVAILABLE), refused).list())?.state, DENIED);
});

test("an object of the mailbox workspace's own is no copy, and its user is notified of that", async () => {
  const own = copyOf(AVAILABLE, false, { labels: {} });
  const fact = await world(own, { getRefusal: () => DENIED }).list(true);
  assert.is((fact?.state as Problem | undefined)?.reason, 'NotOurs');
  assert.equal([fact?.available, fact?.copy], [undefined, undefined]);
  const mismatch = problem('APIMismatch', 'another');
  assert.equal((await world(own, { getMismatch: () => mismatch }).list())?.state, mismatch);
});

test('a copy that the caches hold in part is read when it has a status, once for each version', async () => {
  const { list, reads } = world(copyOf({}, true, STATUS));
  assert.ok((await list())?.available);
  assert.ok((await list())?.available);
  assert.is(reads(), 1);
  assert.ok((await list(true))?.copy);
  assert.is(reads(), 2, 'what was read did not hold the copy');
  await list(true);
  assert.is(reads(), 2);
});

test('a copy without a status, and a CRD, is not read', async () => {
  const none = world(copyOf({}, true));
  assert.is((await none.list())?.available, undefined);
  const crd = world(copyOf({}, true, STATUS, CUSTOM_RESOURCE_DEFINITIONS));
  await crd.list(true);
  assert.equal([none.reads(), crd.reads()], [0, 0]);
});

test('what was read is forgotten with the object', async () => {
  const { list, statuses, reads } = world(copyOf({}, true, STATUS));
  await list();
  const key = 'm/deployments.apps/ns/app' as Parameters<typeof statuses.forget>[0] extends Iterable<infer Key>
    ? Key
    : never;
  statuses.forget([key]);
  await list();
  assert.is(reads(), 2);
});

test('a kind that is no longer served says nothing; what may pass is tried again', async () => {
  const failing = (error: Error) =>
    world(copyOf({}, true, STATUS), { readCopy: () => Promise.reject(error) }).list();
  assert.is((await failing(new ApiError('GET', 403, {})))?.available, undefined);
  const error = await failing(new ConnectionError('GET', 'https://localhost', new Error('refused'))).catch(
    (reason: unknown) => reason,
  );
  assert.instance(error, ConnectionError);
});

test.run();
