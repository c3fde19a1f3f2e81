import { apiVersionOf, type Resource } from '@kubestellar/api';
import type { KubeClient, ObjectRef } from '@kubestellar/kube';
import type { Change, Output } from '../shell/output.ts';

/** Records a change of an object for the report; prints nothing. */
export function recordChange(
  output: Output,
  action: Change['action'],
  workspace: KubeClient,
  resource: Resource,
  { name, namespace }: ObjectRef,
): void {
  output.record({
    action,
    workspace: workspace.workspaceName,
    apiVersion: apiVersionOf(resource),
    kind: resource.kind,
    ...(namespace ? { namespace } : {}),
    name,
  });
}

/** Prints a change as kubectl does, and records it. */
export function printChange(
  output: Output,
  action: Change['action'],
  workspace: KubeClient,
  resource: Resource,
  ref: ObjectRef,
): void {
  const type = typeName(resource);
  output.result(action === 'deleted' ? `${type} "${ref.name}" deleted` : `${type}/${ref.name} ${action}`);
  recordChange(output, action, workspace, resource, ref);
}

/** @returns kubectl's name for objects of a resource: `synctarget.edge.kubestellar.io` */
export function typeName({ kind, group }: Resource): string {
  return group ? `${kind.toLowerCase()}.${group}` : kind.toLowerCase();
}
