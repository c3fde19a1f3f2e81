/** The core's workload. It is a StatefulSet, which never runs two pods (and so two etcds) on one volume. */
import { HOSTED_CORE, HOSTED_DATA_FOLDER, HOSTED_USER, type KubeObject } from '@kubestellar/api';
import { CLIENT_CONTAINERS, kubeconfigKey } from '../pki/clients.ts';
import { serverUrl } from '../pki/kubeconfig.ts';
import { KCP_FILES } from '../pki/server.ts';
import { PROXY_NAME } from '../pki/workspace-proxy.ts';
import type { Endpoint, Settings } from '../settings.ts';
import { container, healthArgs, POD_IP, probes } from './container.ts';
import { CORE_SELECTOR, DATA_VERSION, PORT_NAMES } from './labels.ts';
import { PROXY_VOLUME, proxyContainer } from './proxy-container.ts';

/** What the workload depends on beside the KubeStellar itself. */
export interface WorkloadOptions {
  readonly endpoint: Endpoint | undefined;
  /** The release of this operator. */
  readonly release: string;
  /** OpenShift chooses user and group itself, and refuses others. */
  readonly isOpenShift: boolean;
}

/** A StatefulSet in the parts that are read. */
export type StatefulSet = KubeObject<
  Record<string, unknown>,
  {
    observedGeneration?: number;
    readyReplicas?: number;
    updatedReplicas?: number;
    currentRevision?: string;
    updateRevision?: string;
  }
>;

const DATA = HOSTED_DATA_FOLDER;
const PKI = '/etc/kcp/pki';
const ETCD_PKI = '/etc/kcp/etcd';
const KUBECONFIG_FOLDER = '/etc/kubestellar';
const NOBODY = HOSTED_USER;

const CONTROLLER_PORTS = {
  'mailbox-controller': 10203,
  'where-resolver': 10202,
  'placement-translator': 10204,
} as const;
type Controller = keyof typeof CONTROLLER_PORTS;

/** From level 8 on kcp logs the bodies of its own requests, Secrets and tokens among them. */
const KCP_MOST_VERBOSE = 5;

/** The StatefulSet `kubestellar`, without apiVersion and kind. */
export function statefulSet(
  settings: Settings,
  options: WorkloadOptions,
): Omit<StatefulSet, 'apiVersion' | 'kind'> {
  const { pod } = settings;
  const labels = {
    'app.kubernetes.io/name': HOSTED_CORE.name,
    'app.kubernetes.io/component': 'core',
    ...CORE_SELECTOR,
  };
  return {
    metadata: { name: HOSTED_CORE.name, labels, annotations: { [DATA_VERSION]: options.release } },
    spec: {
      replicas: settings.stopped === undefined ? 1 : 0,
      serviceName: HOSTED_CORE.name,
      selector: { matchLabels: { ...CORE_SELECTOR } },
      podManagementPolicy: 'OrderedReady',
      template: {
        metadata: {
          labels: { ...pod.labels, ...labels, 'app.kubernetes.io/managed-by': 'kubestellar-operator' },
          ...(pod.annotations ? { annotations: pod.annotations } : {}),
        },
        spec: podSpec(settings, options),
      },
    },
  };
}

function podSpec(settings: Settings, options: WorkloadOptions): object {
  const { pod, pullSecrets } = settings;
  return {
    // Nothing in the pod calls the API of the hosting cluster.
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    securityContext: {
      runAsNonRoot: true,
      seccompProfile: { type: 'RuntimeDefault' },
      ...(options.isOpenShift
        ? {}
        : { runAsUser: NOBODY, runAsGroup: NOBODY, fsGroup: NOBODY, fsGroupChangePolicy: 'OnRootMismatch' }),
    },
    terminationGracePeriodSeconds: 60,
    ...(pullSecrets.length > 0 ? { imagePullSecrets: pullSecrets.map(({ name }) => ({ name })) } : {}),
    ...(pod.nodeSelector ? { nodeSelector: pod.nodeSelector } : {}),
    ...(pod.tolerations ? { tolerations: pod.tolerations } : {}),
    ...(pod.affinity ? { affinity: pod.affinity } : {}),
    ...(pod.priorityClassName ? { priorityClassName: pod.priorityClassName } : {}),
    // Kubernetes keeps the order: init starts when kcp serves, the controllers start when init is done.
    initContainers: [kcp(settings, options), init(settings)],
    containers: [
      ...(Object.keys(CONTROLLER_PORTS) as Controller[]).map((name) => controller(name, settings)),
      ...(settings.proxy ? [proxyContainer(settings)] : []),
    ],
    volumes: [...volumes(settings), ...CLIENT_CONTAINERS.map(kubeconfigVolume)],
  };
}

/** kcp as a sidecar container: it runs as long as the pod, and ends after the controllers. */
function kcp(settings: Settings, { endpoint }: WorkloadOptions): object {
  const { storage, verbosity } = settings;
  const outside = endpoint ?? {
    host: `${HOSTED_CORE.name}.${settings.namespace}.svc`,
    port: HOSTED_CORE.port,
  };
  return {
    ...container('kcp', settings, settings.images.kcp),
    restartPolicy: 'Always',
    args: [
      'start',
      `--root-directory=${DATA}`,
      `--secure-port=${HOSTED_CORE.port}`,
      `--tls-cert-file=${PKI}/${KCP_FILES.certificate}`,
      `--tls-private-key-file=${PKI}/${KCP_FILES.key}`,
      `--client-ca-file=${PKI}/${KCP_FILES.clientCAs}`,
      `--root-ca-file=${PKI}/${KCP_FILES.serverCAs}`,
      ...(settings.proxy ? PROXY_FLAGS : []),
      `--service-account-key-file=${PKI}/${KCP_FILES.serviceAccountKey}`,
      `--service-account-private-key-file=${PKI}/${KCP_FILES.serviceAccountKey}`,
      `--service-account-signing-key-file=${PKI}/${KCP_FILES.serviceAccountKey}`,
      '--service-account-issuer=https://kubestellar',
      // Its administrators have certificates, so it need not create tokens and keep them on the volume.
      '--batteries-included=workspace-types',
      `--shard-base-url=${serverUrl('localhost', HOSTED_CORE.port)}`,
      `--shard-external-url=${serverUrl(outside.host, outside.port)}`,
      `--external-hostname=${outside.host}`,
      '--profiling=false',
      // Otherwise every authenticated user could create a workspace.
      '--enable-home-workspaces=false',
      ...(storage.type === 'etcd' ? etcdFlags(storage) : []),
      // Its level 2 writes a megabyte a minute.
      `--v=${Math.min(Math.max(0, verbosity - 1), KCP_MOST_VERBOSE)}`,
    ],
    ports: [{ name: PORT_NAMES.kcp, containerPort: HOSTED_CORE.port, protocol: 'TCP' }],
    startupProbe: kcpProbe('/readyz', { periodSeconds: 1, failureThreshold: 300 }),
    readinessProbe: kcpProbe('/readyz', { periodSeconds: 5, failureThreshold: 3 }),
    livenessProbe: kcpProbe('/livez', { periodSeconds: 10, failureThreshold: 6 }),
    volumeMounts: [
      { name: 'data', mountPath: DATA },
      { name: 'pki', mountPath: PKI, readOnly: true },
      ...(storage.type === 'etcd' && storage.tlsSecret
        ? [{ name: 'etcd', mountPath: ETCD_PKI, readOnly: true }]
        : []),
      { name: 'kcp-tmp', mountPath: '/tmp' },
    ],
  };
}

/** kcp accepts the X-Remote-User headers only from a client with the workspace proxy's certificate. */
const PROXY_FLAGS = [
  `--requestheader-client-ca-file=${PKI}/${KCP_FILES.proxyCAs}`,
  `--requestheader-allowed-names=${PROXY_NAME}`,
  '--requestheader-username-headers=X-Remote-User',
  '--requestheader-group-headers=X-Remote-Group',
  '--requestheader-extra-headers-prefix=X-Remote-Extra-',
];

function etcdFlags({ servers, prefix, tlsSecret }: Extract<Settings['storage'], { type: 'etcd' }>): string[] {
  return [
    `--etcd-servers=${servers.join(',')}`,
    ...(prefix ? [`--etcd-prefix=${prefix}`] : []),
    ...(tlsSecret
      ? [
          `--etcd-cafile=${ETCD_PKI}/ca.crt`,
          `--etcd-certfile=${ETCD_PKI}/tls.crt`,
          `--etcd-keyfile=${ETCD_PKI}/tls.key`,
        ]
      : []),
  ];
}

function kcpProbe(path: string, timing: { periodSeconds: number; failureThreshold: number }): object {
  return { httpGet: { scheme: 'HTTPS', path, port: PORT_NAMES.kcp }, timeoutSeconds: 5, ...timing };
}

function init(settings: Settings): object {
  return {
    ...container('init', settings, settings.images.kubestellar),
    command: ['kubestellar'],
    args: [
      'init',
      '--local-kcp=false',
      `--ensure-imw=${settings.inventory.join(',')}`,
      `--ensure-wmw=${settings.workload.join(',')}`,
    ],
    env: [KUBECONFIG_ENV],
    volumeMounts: [kubeconfigMount('init'), { name: 'init-tmp', mountPath: '/tmp' }],
  };
}

function controller(name: Controller, settings: Settings): object {
  const port = CONTROLLER_PORTS[name];
  return {
    ...container(name, settings, settings.images.kubestellar),
    command: [name],
    args: healthArgs(port, settings),
    env: [KUBECONFIG_ENV, POD_IP],
    ports: [{ name: PORT_NAMES[name], containerPort: port, protocol: 'TCP' }],
    ...probes(PORT_NAMES[name]),
    volumeMounts: [kubeconfigMount(name)],
  };
}

/** Where each client finds its own kubeconfig. */
const KUBECONFIG_ENV = { name: 'KUBECONFIG', value: `${KUBECONFIG_FOLDER}/kubeconfig` };

function kubeconfigMount(name: string): object {
  return { name: `kubeconfig-${name}`, mountPath: KUBECONFIG_FOLDER, readOnly: true };
}

function volumes({ storage, proxy }: Settings): object[] {
  return [
    {
      name: 'data',
      ...(storage.type === 'claim'
        ? { persistentVolumeClaim: { claimName: HOSTED_CORE.volumeClaim } }
        : { emptyDir: {} }),
    },
    { name: 'pki', secret: { secretName: HOSTED_CORE.kcpSecret, defaultMode: 0o440 } },
    ...(storage.type === 'etcd' && storage.tlsSecret
      ? [{ name: 'etcd', secret: { secretName: storage.tlsSecret, defaultMode: 0o440 } }]
      : []),
    ...(proxy ? [PROXY_VOLUME] : []),
    { name: 'kcp-tmp', emptyDir: { sizeLimit: '64Mi' } },
    { name: 'init-tmp', emptyDir: { sizeLimit: '64Mi' } },
  ];
}

/** Each container sees only its own kubeconfig of the controllers' Secret. */
function kubeconfigVolume(name: string): object {
  return {
    name: `kubeconfig-${name}`,
    secret: {
      secretName: HOSTED_CORE.controllersSecret,
      defaultMode: 0o440,
      items: [{ key: kubeconfigKey(name), path: 'kubeconfig' }],
    },
  };
}
