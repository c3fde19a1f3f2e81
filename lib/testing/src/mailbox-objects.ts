/** Objects for the tests of this folder. */
import type { APIBinding, Lease, SyncTarget, Workspace, WorkspacePhase } from '@kubestellar/api';

/** The name of the mailbox workspace of `syncTarget()`. */
export const MAILBOX = 'imw-mb-u1';

/** A SyncTarget in workspace `imw`. */
export function syncTarget(name = 't'): SyncTarget {
  const metadata = { name, uid: 'u1', annotations: { 'kcp.io/cluster': 'imw' } };
  return { apiVersion: 'edge.kubestellar.io/v2alpha1', kind: 'SyncTarget', metadata };
}

/** A mailbox workspace as kcp shows it. */
export function workspace(phase: WorkspacePhase, name = MAILBOX): Workspace {
  const annotations = { 'edge.kubestellar.io/sync-target-name': 't' };
  return {
    apiVersion: 'tenancy.kcp.io/v1alpha1',
    kind: 'Workspace',
    metadata: { name, uid: 'w1', annotations },
    spec: { type: { name: 'universal', path: 'root' }, ...(phase === 'Scheduling' ? {} : { cluster: 'c1' }) },
    status: { phase },
  };
}

/** The syncer's Lease in the mailbox workspace `c1`. */
export function lease(renewTime: string, spec: Lease['spec'] = {}): Lease {
  const metadata = {
    name: 'kubestellar-syncer',
    namespace: 'default',
    annotations: { 'kcp.io/cluster': 'c1' },
  };
  return {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata,
    spec: { holderIdentity: 'x', leaseDurationSeconds: 45, renewTime, ...spec },
  };
}

/** An APIBinding to an export. */
export function binding(exportName: string): APIBinding {
  const metadata = { name: 'any', annotations: { 'kcp.io/cluster': 'imw' } };
  const spec = { reference: { export: { path: 'root:espw', name: exportName } } };
  return { apiVersion: 'apis.kcp.io/v1alpha2', kind: 'APIBinding', metadata, spec };
}
