/** How the scenarios of denaturing write objects that would act, and look at what the servers do. */
import {
  CLUSTER_ROLE_BINDINGS,
  CLUSTER_ROLES,
  CONFIG_MAPS,
  denaturedGroup,
  type KubeObject,
  PODS,
  type Resource,
} from '@kubestellar/api';
import type { KubeClient } from '@kubestellar/kube';
import { assert } from '@kubestellar/testing';
import { type Core, USER } from '../core.ts';
import { eventually } from '../eventually.ts';
import { arrives, type Content, create, leaves, namespace, place, read } from '../objects.ts';

export const RBAC = 'rbac.authorization.k8s.io';
export const ADMISSION = 'admissionregistration.k8s.io';
export const MATCHING_CONFIG_MAPS = {
  apiGroups: [''],
  apiVersions: ['v1'],
  operations: ['CREATE'],
  resources: ['configmaps'],
};

// biome-ignore lint/suspicious/noExplicitAny: what a server returns is looked at field by field
export type Seen = KubeObject & { spec: any };

const GROUPS = [
  '',
  RBAC,
  ADMISSION,
  'apiregistration.k8s.io',
  'flowcontrol.apiserver.k8s.io',
  'networking.k8s.io',
  'node.k8s.io',
  'scheduling.k8s.io',
  'storage.k8s.io',
];

/** A workspace whose objects go to edge1, its mailbox workspace, and that cluster. */
export class Stage {
  readonly wmw: KubeClient;
  readonly mailbox: KubeClient;
  readonly wec: KubeClient;
  readonly namespace: string;

  private constructor({ wmw, mailboxes, edge1 }: Core, in_: string) {
    this.wmw = wmw;
    this.mailbox = mailboxes.edge1;
    this.wec = edge1;
    this.namespace = in_;
  }

  /** Makes a Namespace, and places what is in it and what has its name as the label `part`. */
  static async of(core: Core): Promise<Stage> {
    const in_ = await namespace(core.wmw);
    const stage = new Stage(core, in_);
    for (const workspace of stage.workspaces) await letEverybodyEnter(workspace);
    const labelSelectors = [{ matchLabels: { part: in_ } }];
    await place(
      core.wmw,
      in_,
      GROUPS.map((apiGroup) => ({ apiGroup, labelSelectors })),
    );
    return stage;
  }

  /** Where the objects must not act. */
  get workspaces(): KubeClient[] {
    return [this.wmw, this.mailbox];
  }

  /** Makes an object in the workload workspace. */
  create(resource: Resource, name: string, content: Content, annotations = {}): Promise<KubeObject> {
    const labels = { part: this.namespace };
    return create(this.wmw, resource, name, this.namespace, content, { labels, annotations });
  }

  /** Waits until the cluster has the object, under its natural group. */
  async arrives(resource: Resource, name: string): Promise<Seen> {
    return (await arrives(this.wec, natural(resource), name, this.in_(resource))) as Seen;
  }

  /** The object as the workload workspace has it. */
  async source(resource: Resource, name: string): Promise<Seen> {
    return (await read(this.wmw, resource, name, this.in_(resource))) as Seen;
  }

  /** Deletes an object in the workload workspace. @returns once the cluster is rid of it */
  async remove(resource: Resource, name: string): Promise<void> {
    await this.wmw.delete(resource, { name, namespace: this.in_(resource) });
    await leaves(this.wec, natural(resource), name, this.in_(resource));
  }

  /** Makes a Pod. @returns what `look` finds in it in the workload workspace, and in its copy in the cluster */
  async podOnBoth(name: string, spec: Content, look: (pod: Seen) => unknown): Promise<unknown[]> {
    const containers = [{ name: 'main', image: 'busybox:1' }];
    await this.create(PODS, name, { spec: { containers, ...spec } });
    const copy = await this.arrives(PODS, name);
    const source = await this.source(PODS, name);
    await this.remove(PODS, name);
    return [look(source), look(copy)];
  }

  /** Waits until the cluster refuses a ConfigMap with these labels; the workspaces must take it. */
  async refusedInClusterOnly(labels: { [key: string]: string }, message: RegExp): Promise<void> {
    const attempt = (server: KubeClient) =>
      tryConfigMap(server, labels).then(
        () => 'accepted',
        (error: unknown) => String(error),
      );
    await eventually(
      'the cluster to refuse',
      () => attempt(this.wec),
      (answer) => message.test(answer),
      60,
    );
    for (const workspace of this.workspaces) assert.is(await attempt(workspace), 'accepted');
  }

  in_({ namespaced }: Resource): string | undefined {
    return namespaced ? this.namespace : undefined;
  }
}

/** Asks a server whether it would take a ConfigMap with these labels. @returns what it would make of it */
export function tryConfigMap(server: KubeClient, labels: { [key: string]: string }): Promise<KubeObject> {
  const metadata = { name: 'tried', namespace: 'default', labels };
  const object: KubeObject = { apiVersion: 'v1', kind: 'ConfigMap', metadata };
  return server.create(CONFIG_MAPS, object, { ...USER, dryRun: true });
}

/** Whether a server says that a user may do something. */
export async function isAllowed(
  server: KubeClient,
  user: string,
  resourceAttributes: object,
): Promise<boolean> {
  const body = {
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SubjectAccessReview',
    spec: { user, groups: ['system:authenticated'], resourceAttributes },
  };
  const path = '/apis/authorization.k8s.io/v1/subjectaccessreviews';
  const answer = await server.request<KubeObject<unknown, { allowed: boolean }>>('POST', path, { body });
  return answer.status?.allowed ?? false;
}

export function core(plural: string, kind: string): Resource {
  return { group: '', version: 'v1', plural, kind, namespaced: true };
}

export function clusterScoped(group: string, plural: string, kind: string): Resource {
  return { group, version: 'v1', plural, kind, namespaced: false };
}

export function twin(group: string, plural: string, kind: string, namespaced = false): Resource {
  return { ...clusterScoped(denaturedGroup(group), plural, kind), namespaced };
}

function natural(resource: Resource): Resource {
  return { ...resource, group: resource.group.replace(/\.denatured$/, '') };
}

/** Without that no right at all would count in a workspace, whatever its objects say. */
async function letEverybodyEnter(workspace: KubeClient): Promise<void> {
  const metadata = { name: 'everybody-enters' };
  const apiVersion = `${RBAC}/v1`;
  const role: KubeObject & Content = {
    apiVersion,
    kind: 'ClusterRole',
    metadata,
    rules: [{ nonResourceURLs: ['/'], verbs: ['access'] }],
  };
  const binding: KubeObject & Content = {
    apiVersion,
    kind: 'ClusterRoleBinding',
    metadata,
    roleRef: { apiGroup: RBAC, kind: 'ClusterRole', name: metadata.name },
    subjects: [{ apiGroup: RBAC, kind: 'Group', name: 'system:authenticated' }],
  };
  await workspace.apply(CLUSTER_ROLES, role, USER);
  await workspace.apply(CLUSTER_ROLE_BINDINGS, binding, USER);
}
