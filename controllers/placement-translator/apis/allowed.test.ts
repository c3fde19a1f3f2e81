import {
  type APIBinding,
  type APIExport,
  type APIExportApproval,
  EDGE_GROUP,
  MAILBOX_BINDING,
  newAPIBinding,
} from '@kubestellar/api';
import { assert, suite } from '@kubestellar/testing';
import { type AllowedExport, allowedAPIs, whyNotAsApproved } from './allowed.ts';
import { bindingName } from './reconcile-apis.ts';

const test = suite('the exports that mailbox workspaces may bind');

const [COMPUTE, OURS, THEIRS] = ['c', '1', '2'].map((digit) => digit.repeat(64)) as [string, string, string];

function exported(name: string, identityHash: string, ...resources: string[]): APIExport {
  return {
    apiVersion: 'apis.kcp.io/v1alpha2',
    kind: 'APIExport',
    metadata: { name },
    spec: {
      resources: resources.map((resource) => {
        const [plural = '', ...group] = resource.split('.');
        return { name: plural, group: group.join('.'), schema: 's', storage: { crd: {} } };
      }),
    },
    status: { identityHash },
  };
}

function approval(name: string, identityHash: string, at: string, ...resources: string[]): APIExportApproval {
  return {
    apiVersion: 'edge.kubestellar.io/v2alpha1',
    kind: 'APIExportApproval',
    metadata: { name, creationTimestamp: at },
    spec: { export: { path: 'root:tenant', name }, identityHash, resources },
  };
}

function bindingOf(path: string, name: string, ...identities: string[]): APIBinding {
  const boundResources = identities.map((identityHash) => ({
    group: 'g',
    resource: 'r',
    schema: { name: 's', UID: 'u', identityHash },
  }));
  return { ...newAPIBinding('b', path, name), status: { boundResources } };
}

const kubernetes = exported('kubernetes', COMPUTE, 'deployments.apps', 'pods');

test('those of root:compute, and those that are approved', () => {
  const allowed = allowedAPIs([kubernetes], [approval('w', OURS, '2026', 'widgets.own.test')]);
  assert.is(allowed.exportOf('deployments.apps')?.name, 'kubernetes');
  assert.is(allowed.exportOf('pods')?.path, 'root:compute');
  assert.is(allowed.exportOf('widgets.own.test')?.path, 'root:tenant');
  assert.is(allowed.exportOf('gadgets.own.test'), undefined);
  assert.ok(allowed.isGenuine(OURS, 'widgets.own.test'));
  assert.not(allowed.isGenuine(OURS, 'deployments.apps'));
  assert.not(allowed.isGenuine(THEIRS, 'deployments.apps'));
});

test('no approval lets a group of Kubernetes or kcp be taken', () => {
  for (const resource of [
    'configmaps.core.kcp.io',
    'deployments.apps',
    'ingresses.networking.k8s.io',
    'edgeplacements.edge.kubestellar.io',
  ]) {
    const allowed = allowedAPIs([kubernetes], [approval('w', OURS, '2026', 'widgets.own.test', resource)]);
    assert.is(allowed.exportOf('widgets.own.test'), undefined, resource);
    assert.not(allowed.isGenuine(OURS, resource), resource);
  }
});

test('of two exports that are approved for one group the one approved first has it', () => {
  const late = approval('a', THEIRS, '2026', 'gadgets.own.test');
  const early = approval('b', OURS, '2025', 'widgets.own.test');
  const allowed = allowedAPIs([], [late, early]);
  assert.is(allowed.exportOf('widgets.own.test')?.identityHash, OURS);
  assert.is(allowed.exportOf('gadgets.own.test'), undefined);
});

test('a binding is known by its reference; it may not stay with another API than that of the export', () => {
  const allowed = allowedAPIs([kubernetes], [approval('w', OURS, '2026', 'widgets.own.test')]);
  const may = (path: string, name: string, ...identities: string[]) =>
    allowed.mayStay(bindingOf(path, name, ...identities));
  assert.ok(may('root:compute', 'kubernetes', COMPUTE, COMPUTE));
  assert.ok(may('root:compute', 'kubernetes'));
  assert.ok(may('root:tenant', 'w', OURS));
  assert.not(may('root:tenant', 'w', OURS, THEIRS));
  assert.not(may('root:tenant', 'kubernetes'));
  assert.ok(may('root:compute', 'not-known-yet'));
  assert.not(may('', 'kubernetes'));
});

test("kcp's own bindings and that to the edge API stay", () => {
  const allowed = allowedAPIs([], [], 'root:espw');
  assert.ok(allowed.mayStay(newAPIBinding('tenancy.kcp.io-abc', 'root', 'tenancy.kcp.io')));
  assert.ok(allowed.mayStay(newAPIBinding(MAILBOX_BINDING, 'root:espw', EDGE_GROUP)));
  assert.not(allowed.mayStay(newAPIBinding(MAILBOX_BINDING, 'root:tenant', EDGE_GROUP)));
  assert.not(allowed.mayStay(newAPIBinding('x', 'root:espw', 'other')));
});

test('an approval is of an export as it was: one with another identity, or with more, is not bound', () => {
  const [approved] = [allowedAPIs([], [approval('w', OURS, '2026', 'widgets.own.test')])].map((all) =>
    all.exportOf('widgets.own.test'),
  ) as [AllowedExport];
  assert.is(whyNotAsApproved(approved, exported('w', OURS, 'widgets.own.test')), undefined);
  assert.match(whyNotAsApproved(approved, exported('w', THEIRS, 'widgets.own.test')) ?? '', 'identity');
  assert.match(
    whyNotAsApproved(approved, exported('w', OURS, 'widgets.own.test', 'configmaps')) ?? '',
    'configmaps',
  );
  assert.match(whyNotAsApproved(approved, undefined) ?? '', 'does not exist');
});

test('the name of a binding tells exports of one name apart', () => {
  const exportAt = (path: string, isApproved: boolean): AllowedExport => ({
    ...{ path, name: 'kubernetes', identityHash: OURS, isApproved },
    resources: new Set<string>(),
  });
  const all = [exportAt('root:compute', false), exportAt('root:a', true), exportAt('root:b', true)];
  assert.is(all.map(bindingName)[0], 'bind-kubernetes');
  assert.is(new Set(all.map(bindingName)).size, 3);
});

test.run();
