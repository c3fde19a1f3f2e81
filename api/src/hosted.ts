/** What the operator, the chart and the commands must agree on about a core in a hosting cluster. */

/** The objects of a hosted core, all in the namespace of its KubeStellar. */
export const HOSTED_CORE = {
  /** Of the KubeStellar, of the Service that clients in the cluster use, and of the StatefulSet. */
  name: 'kubestellar',
  /** Port of the Service and of kcp. */
  port: 6443,
  /** Port of the Service and of the view. */
  viewPort: 6444,
  /** The Secret with a kubeconfig under each of HOSTED_KUBECONFIGS. */
  kubeconfigSecret: 'kubestellar',
  volumeClaim: 'kubestellar-pvc',
  ingress: 'kubestellar-ingress',
  /** Of a LoadBalancer or NodePort. */
  externalService: 'kubestellar-external',
  route: 'kubestellar-route',
  tlsRoute: 'kubestellar-tlsroute',
  viewRoute: 'kubestellar-view-route',
  viewTlsRoute: 'kubestellar-view-tlsroute',
  /** The authority of kcp's server certificate, unless an issuer is given. */
  serverAuthoritySecret: 'kubestellar-server-ca',
  /** The authority of kcp's clients. */
  clientAuthoritySecret: 'kubestellar-client-ca',
  /** The authority of the view as a proxy, whom kcp believes who it is that asks. */
  proxyAuthoritySecret: 'kubestellar-proxy-ca',
  /** What the container `kcp` gets to see: server certificate, trusted client authorities, key of service accounts. */
  kcpSecret: 'kubestellar-kcp',
  /** What the container `view` gets to see: its certificates, and the authorities that it trusts. */
  viewSecret: 'kubestellar-view',
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
  /** Those two by way of the view; absent where that is switched off or has no address outside. */
  view: 'view.kubeconfig',
  externalView: 'external-view.kubeconfig',
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

/** Label, value `kubestellar`, of the core's pod (reference, "Fetch a log from a KubeStellar runtime container"). */
export const HOSTED_APP_LABEL = 'app';

/** The Lease by which the operators of a namespace agree who works. */
export const OPERATOR_LEASE = 'kubestellar-operator';

/** Annotation on a KubeStellar, a time (RFC 3339): certificates issued before are replaced. */
export const ROTATE_CERTIFICATES = 'operator.kubestellar.io/rotate-certificates';
/** Annotation on a KubeStellar, a time (RFC 3339): authorities made before are replaced, and all certificates. */
export const ROTATE_AUTHORITIES = 'operator.kubestellar.io/rotate-authorities';

/** Annotation on a KubeStellar: for what the core is stopped, such as a backup; without it the core runs. */
export const STOP_CORE = 'operator.kubestellar.io/stop';
/** Where the container `kcp` has the volume. */
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
