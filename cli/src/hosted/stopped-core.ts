import {
  FIELD_MANAGERS,
  HOSTED_CORE,
  HOSTED_DATA_FOLDER,
  HOSTED_USER,
  KUBESTELLAR_CONDITIONS,
  KUBESTELLARS,
  type KubeObject,
  type KubeStellar,
  PODS,
  STOP_CORE,
} from '@kubestellar/api';
import { explain, type KubeClient } from '@kubestellar/kube';
import { CommandFailure } from '../shell/failure.ts';
import { tidyingUp } from '../shell/interrupt.ts';
import type { Output } from '../shell/output.ts';
import { type Hosting, readCore, whyNot } from './connect.ts';
import { follow } from './follow.ts';

/** Limit of each step: stopping, the pod beside the data, starting (milliseconds). */
const LIMIT_MS = 5 * 60_000;
const POD = 'kubestellar-data';

type Pod = KubeObject<
  object,
  { phase?: string; conditions?: { type: string; status: string; message?: string }[] }
>;

/**
 * Stops the core, gives `use` a pod beside its data, and starts the core again, whatever the outcome of `use`.
 * @throws CommandFailure when there is no core, its data is not on a volume of its own, or a step takes too long
 */
export async function withStoppedCore(
  hosting: Hosting,
  purpose: string,
  output: Output,
  use: (pod: string) => Promise<void>,
): Promise<void> {
  const core = await readCore(hosting);
  if (!core)
    throw new CommandFailure(
      `there is no KubeStellar in namespace ${hosting.namespace}; name its namespace with -n`,
    );
  requireVolume(core);
  const other = core.metadata.annotations?.[STOP_CORE];
  if (other !== undefined && other !== purpose)
    throw new CommandFailure(
      `the core is already stopped for ${other}; if that is over, remove the annotation ${STOP_CORE} from the KubeStellar`,
    );
  const startAgain = async () => {
    await hosting.client.delete(PODS, { namespace: hosting.namespace, name: POD });
    await annotate(hosting, null);
    output.remark('starting the core again');
  };
  await undoneInTheEnd(startAgain, async () => {
    await annotate(hosting, purpose);
    await follow({ what: 'the core to stop', limit: LIMIT_MS }, output, async () => {
      const now = await readCore(hosting);
      const condition = now?.status?.conditions?.find(({ type }) => type === KUBESTELLAR_CONDITIONS.core);
      return condition?.reason === 'Stopped' ? undefined : `stopping the core for ${purpose}`;
    });
    await makePod(hosting, core, output);
    await use(POD);
  });
  await follow({ what: 'the core to be ready', limit: LIMIT_MS }, output, async () => {
    const now = await readCore(hosting);
    const condition = now?.status?.conditions?.find(({ type }) => type === KUBESTELLAR_CONDITIONS.core);
    if (!now || condition?.reason === 'Stopped') return 'the operator has not started the core yet';
    return whyNot(now, 'core');
  });
}

/** Does `undo` whatever the outcome of `work`, even when the user ends the command. */
async function undoneInTheEnd(undo: () => Promise<void>, work: () => Promise<void>): Promise<void> {
  await tidyingUp(undo, async () => {
    try {
      await work();
    } finally {
      await undo();
    }
  });
}

function requireVolume({ spec = {} }: KubeStellar): void {
  if (spec.etcd)
    throw new CommandFailure(
      `the data is in the etcd at ${spec.etcd.servers.join(', ')}; back it up with the tools of that etcd ("etcdctl snapshot save"), and keep the Secrets of the namespace`,
    );
  if (spec.storage?.type === 'EmptyDir')
    throw new CommandFailure('the data is in an EmptyDir, which is lost whenever the core is stopped');
}

async function annotate({ client, namespace }: Hosting, purpose: string | null): Promise<void> {
  const patch = { metadata: { annotations: { [STOP_CORE]: purpose } } };
  await client.mergePatch(KUBESTELLARS, { name: HOSTED_CORE.name, namespace }, patch, {
    fieldManager: FIELD_MANAGERS.cli,
  });
}

async function makePod(hosting: Hosting, core: KubeStellar, output: Output): Promise<void> {
  const { client, namespace } = hosting;
  await client.delete(PODS, { namespace, name: POD });
  await follow({ what: 'a previous pod to be deleted', limit: LIMIT_MS }, output, async () =>
    (await client.get(PODS, { namespace, name: POD })) ? 'removing the pod of an interrupted run' : undefined,
  );
  await client.create(PODS, dataPod(core, namespace, await imageOf(client, namespace, core)), {
    fieldManager: FIELD_MANAGERS.cli,
  });
  await follow({ what: `the pod ${POD}`, limit: LIMIT_MS }, output, async () => {
    try {
      const pod = await client.get<Pod>(PODS, { namespace, name: POD });
      const conditions = pod?.status?.conditions ?? [];
      if (conditions.some(({ type, status }) => type === 'Ready' && status === 'True')) return undefined;
      const reason = conditions.find(({ status, message }) => status === 'False' && message)?.message;
      return `starting a pod beside the data${reason ? `: ${reason}` : ''}`;
    } catch (error) {
      return explain(error);
    }
  });
}

/** The image of the core's own containers, which the node already has. */
async function imageOf(client: KubeClient, namespace: string, { spec = {} }: KubeStellar): Promise<string> {
  const given = spec.images?.kubestellar;
  if (given) return given;
  const pods = await client.list<KubeObject<{ containers: { image: string }[] }>>(PODS, {
    namespace,
    labelSelector: 'app.kubernetes.io/name=kubestellar-operator',
  });
  const image = pods[0]?.spec?.containers[0]?.image;
  if (image) return image;
  throw new CommandFailure(
    `the operator of namespace ${namespace} has no pod; the core cannot be stopped without it`,
  );
}

function dataPod(
  { apiVersion, kind, metadata, spec = {} }: KubeStellar,
  namespace: string,
  image: string,
): KubeObject {
  const owner = { apiVersion, kind, name: metadata.name, uid: metadata.uid };
  const { pod = {}, images = {} } = spec;
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: POD, namespace, ownerReferences: [owner] },
    spec: {
      restartPolicy: 'Never',
      automountServiceAccountToken: false,
      terminationGracePeriodSeconds: 5,
      securityContext: {
        runAsNonRoot: true,
        runAsUser: HOSTED_USER,
        runAsGroup: HOSTED_USER,
        fsGroup: HOSTED_USER,
        fsGroupChangePolicy: 'OnRootMismatch',
        seccompProfile: { type: 'RuntimeDefault' },
      },
      ...(pod.nodeSelector ? { nodeSelector: pod.nodeSelector } : {}),
      ...(pod.tolerations ? { tolerations: pod.tolerations } : {}),
      ...(images.pullSecrets ? { imagePullSecrets: images.pullSecrets } : {}),
      containers: [
        {
          name: 'data',
          image,
          ...(images.pullPolicy ? { imagePullPolicy: images.pullPolicy } : {}),
          command: ['kubestellar-data', 'wait'],
          resources: { requests: { cpu: '50m', memory: '96Mi' } },
          securityContext: {
            allowPrivilegeEscalation: false,
            readOnlyRootFilesystem: true,
            capabilities: { drop: ['ALL'] },
          },
          volumeMounts: [{ name: 'data', mountPath: HOSTED_DATA_FOLDER }],
        },
      ],
      volumes: [{ name: 'data', persistentVolumeClaim: { claimName: HOSTED_CORE.volumeClaim } }],
    },
  } as KubeObject;
}
