import {
  CONFIG_MAPS,
  DEPLOYMENTS,
  EDGE_GROUP,
  EDGE_PLACEMENTS,
  EDGE_VERSION,
  type KubeObject,
  NAMESPACES,
  type Resource,
} from '@kubestellar/api';
import { isAlreadyExists, KubeClient } from '@kubestellar/kube';
import type { Kcp } from './kcp.ts';
import { FIELD_MANAGER, WMW } from './names.ts';
import { throwIfDead } from './process/component.ts';
import type { Run } from './run.ts';
import type { MailboxPath } from './syncer/onboard.ts';
import { syncerName } from './syncer/syncer.ts';
import { waitFor } from './wait.ts';
import { type Judgement, waitForObject } from './watch.ts';
import type { Wec } from './wec/wec.ts';

/** Name of the demo's Namespace, its objects and its EdgePlacement. */
export const DEMO = 'demo';

/** Seconds that the demo may take to arrive and to report back. */
const LIMIT = 120;

const labels = { app: DEMO };

/** The demo workload: what a user would put into a WMW. */
const OBJECTS: readonly (readonly [Resource, KubeObject & { data?: object }])[] = [
  [NAMESPACES, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: DEMO, labels } }],
  [
    CONFIG_MAPS,
    {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: DEMO, namespace: DEMO },
      data: { greeting: 'hello from the workload management workspace' },
    },
  ],
  [
    DEPLOYMENTS,
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: DEMO, namespace: DEMO, labels },
      spec: {
        replicas: 2,
        selector: { matchLabels: labels },
        template: {
          metadata: { labels },
          spec: {
            containers: [{ name: 'web', image: 'nginx:stable', envFrom: [{ configMapRef: { name: DEMO } }] }],
          },
        },
      },
    },
  ],
  [
    EDGE_PLACEMENTS,
    {
      apiVersion: `${EDGE_GROUP}/${EDGE_VERSION}`,
      kind: 'EdgePlacement',
      metadata: { name: DEMO },
      spec: {
        locationSelectors: [{ matchLabels: { env: DEMO } }],
        downsync: [
          { apiGroup: '', resources: ['configmaps'], namespaces: [DEMO], objectNames: [DEMO] },
          { apiGroup: 'apps', resources: ['deployments'], namespaces: [DEMO], objectNames: [DEMO] },
        ],
      },
    },
  ],
];

interface DeploymentStatus {
  replicas?: number;
  availableReplicas?: number;
  readyReplicas?: number;
  observedGeneration?: number;
  conditions?: { type: string; status: string }[];
}

/** How the demo does on one WEC, as last seen. */
export interface DemoResult {
  wec: string;
  /** Ready and wanted replicas on the WEC. */
  ready: number;
  wanted: number;
  /** Available replicas as the mailbox workspace in the core tells. */
  reported: number;
}

/**
 * Puts the demo workload into the WMW. What is there already stays as it is: people play with it.
 * @throws LocalError when the APIs do not become usable there
 */
export async function ensureDemo(run: Run, kcp: Kcp): Promise<void> {
  const client = await KubeClient.fromKubeconfig({ kubeconfig: kcp.kubeconfig, context: 'base' });
  const wmw = client.workspace(WMW);
  try {
    for (const [resource, object] of OBJECTS) {
      const what = `${object.kind} ${object.metadata.name} to be accepted in ${WMW}`;
      await waitFor({ what, limitSeconds: 60, signal: run.signal, log: run.log }, () =>
        ensureObject(wmw, resource, object),
      );
    }
    run.log(`demo: Namespace, ConfigMap, Deployment and EdgePlacement are in ${WMW}`);
  } finally {
    await client.connection.close();
  }
}

/**
 * Waits until the demo's Deployment is Available on a WEC and the copy in its mailbox workspace tells so.
 * @throws LocalError after two minutes, with what is missing where
 */
export async function waitForDemo(run: Run, kcp: Kcp, wec: Wec, mailbox: MailboxPath): Promise<DemoResult> {
  const ref = { namespace: DEMO, name: DEMO };
  const giveUp = () => throwIfDead(run, syncerName(wec.name));
  const wait = { limitSeconds: LIMIT, signal: run.signal, log: run.log, giveUp };
  const [edge, core] = [
    await KubeClient.fromKubeconfig({ kubeconfig: wec.kubeconfig }),
    await KubeClient.fromKubeconfig({ kubeconfig: kcp.kubeconfig, context: 'base' }),
  ];
  try {
    const arrived = `Deployment demo/demo to be Available on ${wec.name}`;
    const local = await waitForObject({ ...wait, what: arrived }, edge, DEPLOYMENTS, ref, isAvailable);
    const returned = `the status of Deployment demo/demo on ${wec.name} to reach its mailbox workspace ${mailbox}`;
    const seen = await waitForObject(
      { ...wait, what: returned },
      core.workspace(mailbox),
      DEPLOYMENTS,
      ref,
      isReported,
    );
    return {
      wec: wec.name,
      ready: local.readyReplicas ?? 0,
      wanted: local.replicas ?? 0,
      reported: seen.availableReplicas ?? 0,
    };
  } finally {
    await Promise.all([edge.connection.close(), core.connection.close()]);
  }
}

async function ensureObject(wmw: KubeClient, resource: Resource, object: KubeObject): Promise<void> {
  if (await wmw.get(resource, object.metadata)) return;
  try {
    await wmw.create(resource, object, { fieldManager: FIELD_MANAGER });
  } catch (error) {
    if (!isAlreadyExists(error)) throw error;
  }
}

function isAvailable(object: KubeObject | undefined): Judgement<DeploymentStatus> {
  if (!object) return { reason: 'it has not arrived there' };
  const status = (object.status ?? {}) as DeploymentStatus;
  if ((status.observedGeneration ?? 0) < (object.metadata.generation ?? 0))
    return { reason: 'its controller has not seen it' };
  if (!conditionHolds(status)) return { reason: `${status.availableReplicas ?? 0} replicas are available` };
  return { value: status };
}

function isReported(object: KubeObject | undefined): Judgement<DeploymentStatus> {
  if (!object) return { reason: 'there is no copy of it' };
  const status = (object.status ?? {}) as DeploymentStatus;
  return conditionHolds(status) ? { value: status } : { reason: 'the copy has no such status' };
}

function conditionHolds({ conditions = [] }: DeploymentStatus): boolean {
  return conditions.some(({ type, status }) => type === 'Available' && status === 'True');
}
