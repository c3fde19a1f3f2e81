/** What the operator, the chart and the commands must agree on about a core in a hosting cluster. */

/** The objects of a hosted core, all in the namespace of its KubeStellar. */
export const HOSTED_CORE = {
  /** Of the KubeStellar, of the Service that clients in the cluster use, and of the StatefulSet. */
  name: 'kubestellar',
  /** Port of the Service and of kcp. */
  port: 6443,
  /** Port of the Service and of the workspace proxy. */
  proxyPort: 6444,
  /** The Secret with a kubeconfig under each of HOSTED_KUBECONFIGS. */
  kubeconfigSecret: 'kubestellar',
  volumeClaim: 'kubestellar-pvc',
  ingress: 'kubestellar-ingress',
  /** Of a LoadBalancer or NodePort. */
  externalService: 'kubestellar-external',
  route: 'kubestellar-route',
  tlsRoute: 'kubestellar-tlsroute',
  proxyRoute: 'kubestellar-view-route',
  proxyTlsRoute: 'kubestellar-view-tlsroute',
  /** The CA of kcp's server certificate, unless an issuer is given. */
  serverCASecret: 'kubestellar-server-ca',
  /** The CA of kcp's clients. */
  clientCASecret: 'kubestellar-client-ca',
  /** The CA of the workspace proxy's client certificate, with which kcp accepts its user headers. */
  proxyCASecret: 'kubestellar-proxy-ca',
  /** What the container `kcp` mounts: server certificate, trusted client CAs, key of service accounts. */
  kcpSecret: 'kubestellar-kcp',
  /** What the container `view` (the workspace proxy) mounts: its certificates, and the CAs that it trusts. */
  proxySecret: 'kubestellar-view',
  /** The kubeconfigs of `init` and the controllers. */
  controllersSecret: 'kubestellar-controllers',
} as const;

/** Keys of the Secret of kubeconfigs. */
export const HOSTED_KUBECONFIGS = {
  /** For administrators inside of the hosting cluster. */
  admin: 'admin.kubeconfig',
  /** For clients inside of the hosting cluster. */
  internal: 'cluster.kubeconfig',
  /** For clients outside of it; absent until the external endpoint is known. */
  external: 'external.kubeconfig',
  /** Both through the workspace proxy; absent where that is disabled or has no endpoint outside. */
  proxy: 'view.kubeconfig',
  externalProxy: 'external-view.kubeconfig',
} as const;

/** The containers of the core's pod, as `kubectl logs -c` names them. */
export const HOSTED_CONTAINERS = [
  'kcp',
  'init',
  'mailbox-controller',
  'where-resolver',
  'placement-translator',
  'view',
] as const;
export type HostedContainer = (typeof HOSTED_CONTAINERS)[number];

/** Label, value `kubestellar`, of the core's pod (docs/commands.md; `kubectl logs -l app=kubestellar`). */
export const HOSTED_APP_LABEL = 'app';

/** The Lease for leader election among the operators of a namespace. */
export const OPERATOR_LEASE = 'kubestellar-operator';

/** Annotation on a KubeStellar, a time (RFC 3339): certificates issued before are replaced. */
export const ROTATE_CERTIFICATES = 'operator.kubestellar.io/rotate-certificates';
/** Annotation on a KubeStellar, a time (RFC 3339): CAs created before are replaced, and all certificates. */
export const ROTATE_CAS = 'operator.kubestellar.io/rotate-authorities';

/** Annotation on a KubeStellar: the purpose for which the core is stopped, such as a backup; without it the core runs. */
export const STOP_CORE = 'operator.kubestellar.io/stop';
/** Where the container `kcp` mounts the volume. */
export const HOSTED_DATA_FOLDER = '/var/lib/kcp';
/** User and group of the core's pod where the cluster does not choose. */
export const HOSTED_USER = 65_532;

/** Condition types of a KubeStellar; `Ready` is True when all others are. */
export const KUBESTELLAR_CONDITIONS = {
  ready: 'Ready',
  version: 'VersionAccepted',
  certificates: 'CertificatesReady',
  storage: 'StorageReady',
  core: 'CoreAvailable',
  exposed: 'Exposed',
} as const;
