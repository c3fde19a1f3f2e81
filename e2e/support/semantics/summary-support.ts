/** A core with two clusters, and how the tests of the way back look at it. */
import {
  COMBINED_STATUSES,
  CONFIG_MAPS,
  type CombinedStatus,
  combinedStatusName,
  EDGE_PLACEMENTS,
  type EdgePlacement,
  EVENTS,
  groupResourceOf,
  type KubeObject,
  NAMESPACES,
  type Resource,
  STATUS_COLLECTORS,
  type StatusCollector,
} from '@kubestellar/api';
import { KubeClient } from '@kubestellar/kube';
import { assert } from '@kubestellar/testing';
import { eventually } from '../eventually.ts';
import type { LocalHome } from '../local.ts';

export const USER = { fieldManager: 'user' };

/** Clients to the servers of a LocalHome. */
export interface Servers {
  root: KubeClient;
  wmw: KubeClient;
  wecs: { edge1: KubeClient; edge2: KubeClient };
}

/** Starts a core with so many clusters, and makes a Namespace in its WMW. @returns a client at root */
export async function startCore(home: LocalHome, namespace: string, wecs: number): Promise<KubeClient> {
  await home.start(wecs);
  const root = await KubeClient.fromKubeconfig({
    kubeconfig: `${home.path}/admin.kubeconfig`,
    context: 'root',
  });
  await root
    .workspace('root:wmw1')
    .create(NAMESPACES, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } }, USER);
  return root;
}

/** Starts a core with the clusters edge1 and edge2, and makes a Namespace in its WMW. */
export async function startServers(home: LocalHome, namespace: string): Promise<Servers> {
  const root = await startCore(home, namespace, 2);
  const [edge1, edge2] = await Promise.all(
    ['edge1', 'edge2'].map((name) => KubeClient.fromKubeconfig({ kubeconfig: home.wec(name) })),
  );
  assert.ok(edge1 && edge2);
  return { root, wmw: root.workspace('root:wmw1'), wecs: { edge1, edge2 } };
}

/** Ends the connections. */
export async function closeServers({ root, wecs }: Servers): Promise<void> {
  await Promise.all([root, wecs.edge1, wecs.edge2].map(({ connection }) => connection.close()));
}

/** An EdgePlacement of the given name and spec. */
export function placement(name: string, spec: EdgePlacement['spec']): EdgePlacement {
  return {
    apiVersion: `${EDGE_PLACEMENTS.group}/${EDGE_PLACEMENTS.version}`,
    kind: EDGE_PLACEMENTS.kind,
    metadata: { name },
    spec: { locationSelectors: [{ matchLabels: { env: 'demo' } }], ...spec },
  };
}

export function configMap(
  namespace: string,
  name: string,
  labels: Record<string, string> = {},
): KubeObject & { data: Record<string, string> } {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, namespace, labels },
    data: { text: name },
  };
}

/** Waits until the CombinedStatus of an object is as expected. */
export function combinedStatus(
  wmw: KubeClient,
  resource: Resource,
  namespace: string,
  name: string,
  accept: (status: CombinedStatus | undefined) => boolean,
  seconds = 60,
): Promise<CombinedStatus | undefined> {
  const ref = {
    namespace: namespace || 'default',
    name: combinedStatusName(groupResourceOf(resource), name),
  };
  return eventually(
    `CombinedStatus ${ref.name}`,
    () => wmw.get<CombinedStatus>(COMBINED_STATUSES, ref),
    accept,
    seconds,
  );
}

/** Waits until the CombinedStatus of a ConfigMap is as expected. */
export function statusOfConfigMap(
  wmw: KubeClient,
  namespace: string,
  name: string,
  accept: (status: CombinedStatus | undefined) => boolean,
): Promise<CombinedStatus | undefined> {
  return combinedStatus(wmw, CONFIG_MAPS, namespace, name, accept);
}

/** Whether a CombinedStatus has these counts, and tells a message about each of `failing`. */
export function counts(wanted: number, applied: number, failing: number) {
  return (status: CombinedStatus | undefined): boolean =>
    status?.clusters.wanted === wanted &&
    status.clusters.applied === applied &&
    status.clusters.failing === failing;
}

/** Waits until the status of an EdgePlacement is as expected. */
export async function placementStatus(
  wmw: KubeClient,
  name: string,
  accept: (status: NonNullable<EdgePlacement['status']>) => boolean,
): Promise<NonNullable<EdgePlacement['status']>> {
  return eventually(
    `the status of EdgePlacement ${name}`,
    async () => (await wmw.get<EdgePlacement>(EDGE_PLACEMENTS, { name }))?.status ?? {},
    accept,
    60,
  );
}

interface Event extends KubeObject {
  type: string;
  reason: string;
  message: string;
  count: number;
  involvedObject: { kind: string; name: string };
}

/** Waits until there are Events about an object that are as expected. */
export function events(
  wmw: KubeClient,
  namespace: string,
  about: { kind: string; name: string },
  accept: (events: Event[]) => boolean,
): Promise<Event[]> {
  return eventually(
    `Events about ${about.kind} ${about.name}`,
    async () =>
      (await wmw.list<Event>(EVENTS, { namespace })).filter(
        ({ involvedObject }) => involvedObject.kind === about.kind && involvedObject.name === about.name,
      ),
    accept,
    60,
  );
}

const POLICIES: Resource = {
  group: 'admissionregistration.k8s.io',
  version: 'v1',
  plural: 'validatingadmissionpolicies',
  kind: 'ValidatingAdmissionPolicy',
  namespaced: false,
};
/** What makes a policy act. */
export const POLICY_BINDINGS: Resource = {
  ...POLICIES,
  plural: 'validatingadmissionpolicybindings',
  kind: 'ValidatingAdmissionPolicyBinding',
};

/** Makes a StatusCollector. */
export async function collector(
  wmw: KubeClient,
  name: string,
  spec: NonNullable<StatusCollector['spec']>,
): Promise<void> {
  const { group, version, kind } = STATUS_COLLECTORS;
  await wmw.create(
    STATUS_COLLECTORS,
    { apiVersion: `${group}/${version}`, kind, metadata: { name }, spec } as StatusCollector,
    USER,
  );
}

/** The rows of a table, the values of each as one text. */
export function rowsOf(status: CombinedStatus | undefined, name: string): string[] {
  const { rows = [] } = status?.results?.find((result) => result.name === name) ?? {};
  return rows.map(({ columns }) => columns.map(({ string, number }) => string ?? number).join(' '));
}

/** A template of Pods with the label `app`. */
export function podTemplate(app: string) {
  return {
    metadata: { labels: { app } },
    spec: { containers: [{ name: 'main', image: 'nginx:stable' }] } as { [field: string]: unknown },
  };
}

/** An object of a namespaced kind. */
export function namespacedObject(
  { group, version, kind }: Resource,
  namespace: string,
  name: string,
  content: object,
): KubeObject {
  return {
    apiVersion: group ? `${group}/${version}` : version,
    kind,
    metadata: { name, namespace },
    ...content,
  };
}

/** Makes a cluster refuse ConfigMaps with the label `unwelcome`. @returns once it does */
export async function refuseUnwelcome(wec: KubeClient): Promise<void> {
  await wec.create(
    POLICIES,
    {
      ...admission(POLICIES),
      spec: {
        failurePolicy: 'Fail',
        matchConstraints: {
          resourceRules: [
            {
              apiGroups: [''],
              apiVersions: ['v1'],
              operations: ['CREATE', 'UPDATE'],
              resources: ['configmaps'],
            },
          ],
        },
        validations: [
          {
            expression: '!has(object.metadata.labels) || !("unwelcome" in object.metadata.labels)',
            message: 'unwelcome things stay out',
          },
        ],
      },
    } as KubeObject,
    USER,
  );
  await wec.create(
    POLICY_BINDINGS,
    {
      ...admission(POLICY_BINDINGS),
      spec: { policyName: 'unwelcome', validationActions: ['Deny'] },
    } as KubeObject,
    USER,
  );
  const probe = configMap('default', 'probe', { unwelcome: 'yes' });
  const ask = () =>
    wec.create(CONFIG_MAPS, probe, { ...USER, dryRun: true }).then(
      () => 'allowed',
      (error: Error) => error.message,
    );
  await eventually('the policy to act', ask, (answer) => answer.includes('stay out'), 60);
}

function admission({ group, version, kind }: Resource): KubeObject {
  return { apiVersion: `${group}/${version}`, kind, metadata: { name: 'unwelcome' } };
}
