import type { KubeObject, SyncTarget } from '@kubestellar/api';
import type { KubeClient } from '@kubestellar/kube';
import { assert, suite } from '@kubestellar/testing';
import { location, syncTarget } from './fixtures.ts';
import { locationStatusOf, reportOnLocation } from './locations.ts';

const test = suite('where-resolver: status of Locations');
const NOW = new Date('2026-01-02T03:04:05.678Z');
const place = location('imw', 'a', {}, { matchLabels: { id: 'a' } });

function target(name: string, ready?: 'True' | 'False'): SyncTarget {
  const base = syncTarget('imw', name, { id: 'a' });
  if (!ready) return base;
  const conditions = [{ type: 'Ready', status: ready, lastTransitionTime: '2026-01-01T00:00:00Z' }];
  return { ...base, status: { conditions } };
}

const reported = (targets: SyncTarget[], problem?: string) => {
  const status = locationStatusOf(place, { targets, ...(problem ? { problem } : {}) }, NOW);
  return [status.instances, status.availableInstances, status.conditions?.[0]?.reason];
};

test('a Location counts its instances, and those with an active syncer', () => {
  assert.equal(reported([]), [0, 0, 'NoInstance']);
  assert.equal(reported([target('x'), target('y', 'False')]), [2, 0, 'NoInstanceAvailable']);
  assert.equal(reported([target('x', 'True'), target('y')]), [2, 1, 'InstanceAvailable']);
});

test('instances that an invalid selector may select are not counted', () => {
  assert.equal(reported([target('x', 'True')], 'no such operator'), [0, 0, 'InvalidSelector']);
});

test('the transition time stays while the condition stays', () => {
  const first = locationStatusOf(place, { targets: [] }, NOW);
  assert.is(first.conditions?.[0]?.lastTransitionTime, '2026-01-02T03:04:05Z');
  const later = new Date('2027-01-01T00:00:00Z');
  const same = locationStatusOf({ ...place, status: first }, { targets: [target('x')] }, later);
  assert.is(same.conditions?.[0]?.lastTransitionTime, '2026-01-02T03:04:05Z');
  const other = locationStatusOf({ ...place, status: first }, { targets: [target('x', 'True')] }, later);
  assert.is(other.conditions?.[0]?.lastTransitionTime, '2027-01-01T00:00:00Z');
});

test('an unchanged status of a Location is written once', async () => {
  const written: KubeObject[] = [];
  const client = {
    apply: async (_: unknown, object: KubeObject) => {
      written.push(object);
      return object.metadata;
    },
  } as unknown as KubeClient;
  const instances = { targets: [target('x', 'True')] };
  await reportOnLocation(client, place, instances);
  const status = written[0] as typeof place;
  assert.is(status.metadata.uid, place.metadata.uid);
  await reportOnLocation(client, { ...place, status: status.status ?? {} }, instances);
  assert.is(written.length, 1);
});

test.run();
