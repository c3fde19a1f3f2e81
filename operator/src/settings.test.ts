import { STOP_CORE } from '@kubestellar/api';
import { assert, suite } from '@kubestellar/testing';
import { coreOf } from './fixtures.ts';
import { ownerReferenceTo, settingsOf } from './settings.ts';

const test = suite('what a KubeStellar asks for');

const of = (spec: Parameters<typeof coreOf>[0] = {}) => settingsOf(coreOf(spec), '1.2.3');

test('what it leaves open is decided', () => {
  const settings = of();
  assert.match(settings.images.kubestellar, /:1\.2\.3$/);
  assert.match(settings.images.kcp, /:1\.2\.3$/);
  assert.equal(settings.exposure, { type: 'None', annotations: {} });
  assert.equal(settings.storage, { type: 'claim', size: '10Gi', className: undefined, retain: false });
  assert.equal([settings.inventory, settings.workload], [['root:imw1'], ['root:wmw1']]);
  assert.equal([settings.verbosity, settings.stopped, settings.namespace], [2, undefined, 'ks']);
  assert.ok(settings.proxy);
});

test('durations are milliseconds, whatever their units', () => {
  const { certificates } = of({ certificates: { serverLifetime: '1h30m5s', clientLifetime: '45s' } });
  assert.equal([certificates.serverLifetime, certificates.clientLifetime], [5_405_000, 45_000]);
  assert.is(certificates.authorityLifetime, 87_600 * 3_600_000);
});

test('each exposure takes what belongs to it', () => {
  const annotations = { a: 'b' };
  const exposed = (exposure: object) => of({ exposure: { annotations, ...exposure } as never }).exposure;
  assert.equal(exposed({ type: 'Ingress', ingressClassName: 'nginx' }), {
    ...{ type: 'Ingress', annotations, ingressClassName: 'nginx' },
  });
  assert.equal(exposed({ type: 'Route' }), { type: 'Route', annotations });
  assert.equal(exposed({ type: 'TLSRoute' }), { type: 'TLSRoute', annotations, parentRefs: [] });
  assert.equal(exposed({ type: 'LoadBalancer', loadBalancerSourceRanges: ['10.0.0.0/8'] }), {
    ...{ type: 'LoadBalancer', annotations, loadBalancerClass: undefined, sourceRanges: ['10.0.0.0/8'] },
  });
  assert.equal(exposed({ type: 'NodePort', nodePort: 30_000 }), {
    ...{ type: 'NodePort', annotations, nodePort: 30_000, viewNodePort: undefined },
  });
});

test('data is in an etcd of its own, nowhere, or on a volume that may outlive the KubeStellar', () => {
  assert.equal(of({ etcd: { servers: ['https://e'], tlsSecretName: 's' } }).storage, {
    ...{ type: 'etcd', servers: ['https://e'], prefix: undefined, tlsSecret: 's' },
  });
  assert.equal(of({ storage: { type: 'EmptyDir' } }).storage, { type: 'ephemeral' });
  const storage = of({
    storage: { size: '1Gi', storageClassName: 'fast', deletionPolicy: 'Retain' },
  }).storage;
  assert.equal(storage, { type: 'claim', size: '1Gi', className: 'fast', retain: true });
});

test('the proxy may be left out, and the core stopped', () => {
  assert.is(of({ view: { enabled: false } }).proxy, undefined);
  assert.is(settingsOf(coreOf({}, { [STOP_CORE]: 'a backup' }), '1').stopped, 'a backup');
});

test('what it owns goes with it', () => {
  assert.equal(ownerReferenceTo(coreOf()), {
    ...{
      apiVersion: 'operator.kubestellar.io/v1alpha1',
      kind: 'KubeStellar',
      name: 'kubestellar',
      uid: 'uid-1',
    },
    ...{ controller: true, blockOwnerDeletion: true },
  });
});

test.run();
