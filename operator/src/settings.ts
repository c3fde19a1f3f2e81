/** What a KubeStellar asks for, with all that it leaves open decided. */
import {
  type HostedContainer,
  KCP_IMAGE,
  type KubeStellar,
  type KubeStellarSpec,
  type OwnerReference,
  PROGRAM_IMAGE,
  STOP_CORE,
} from '@kubestellar/api';

/** Where clients outside of the hosting cluster reach kcp. */
export interface Endpoint {
  readonly host: string;
  readonly port: number;
}

/** How the way from outside is made; `annotations` are the user's. */
export type Exposure = { readonly annotations: Readonly<Record<string, string>> } & (
  | { readonly type: 'None' }
  | { readonly type: 'Ingress'; readonly ingressClassName: string | undefined }
  | { readonly type: 'Route' }
  | { readonly type: 'TLSRoute'; readonly parentRefs: readonly GatewayReference[] }
  | {
      readonly type: 'LoadBalancer';
      readonly loadBalancerClass: string | undefined;
      readonly sourceRanges: readonly string[] | undefined;
    }
  | {
      readonly type: 'NodePort';
      readonly nodePort: number | undefined;
      readonly viewNodePort: number | undefined;
    }
);

/** A Gateway, or a listener of it. */
interface GatewayReference {
  readonly name: string;
  readonly namespace?: string;
  readonly sectionName?: string;
  readonly port?: number;
}

/** Where kcp's data lives. */
export type Storage =
  | {
      readonly type: 'claim';
      readonly size: string;
      readonly className: string | undefined;
      readonly retain: boolean;
    }
  | { readonly type: 'ephemeral' }
  | {
      readonly type: 'etcd';
      readonly servers: readonly string[];
      readonly prefix: string | undefined;
      readonly tlsSecret: string | undefined;
    };

/** Requests and limits of a container. */
type ContainerResources = NonNullable<NonNullable<KubeStellarSpec['resources']>['kcp']>;

/** What the reconcile uses of a KubeStellar. */
export interface Settings {
  readonly namespace: string;
  readonly endpoint: Endpoint | undefined;
  readonly exposure: Exposure;
  /** Undefined when the workspace proxy is disabled; without an endpoint, the exposure chooses it. */
  readonly proxy: { readonly endpoint: Endpoint | undefined } | undefined;
  readonly images: { readonly kubestellar: string; readonly kcp: string };
  readonly pullPolicy: 'IfNotPresent' | 'Always' | 'Never' | undefined;
  readonly pullSecrets: readonly { readonly name: string }[];
  readonly storage: Storage;
  readonly inventory: readonly string[];
  readonly workload: readonly string[];
  readonly certificates: {
    readonly issuerSecret: string | undefined;
    /** Milliseconds, as the other lifetimes. */
    readonly authorityLifetime: number;
    readonly authorityOverlap: number;
    readonly serverLifetime: number;
    readonly clientLifetime: number;
  };
  readonly resources: Readonly<Record<HostedContainer, ContainerResources>>;
  readonly pod: NonNullable<KubeStellarSpec['pod']>;
  readonly verbosity: number;
  /** The purpose for which the core is stopped; undefined when it is to run. */
  readonly stopped: string | undefined;
}

/**
 * Measured by `npm run bench -- --scenario deploy` (docs/performance.md): memory at its peak under load, CPU between
 * rest and load. Without limits, but for the workspace proxy: kcp's memory, and the controllers', grows with what is
 * stored, and a limit would end it at the worst time.
 */
const RESOURCES: Readonly<Record<HostedContainer, ContainerResources>> = {
  kcp: { requests: { cpu: '200m', memory: '1250Mi' } },
  init: { requests: { cpu: '50m', memory: '100Mi' } },
  'mailbox-controller': { requests: { cpu: '20m', memory: '80Mi' } },
  'where-resolver': { requests: { cpu: '20m', memory: '80Mi' } },
  'placement-translator': { requests: { cpu: '50m', memory: '120Mi' } },
  // The memory that all clients together make it use is bounded (docs/denaturing.md), far below this limit.
  view: { requests: { cpu: '20m', memory: '96Mi' }, limits: { memory: '768Mi' } },
};

/** @param release the version of this operator, which is the tag of its images */
export function settingsOf(core: KubeStellar, release: string): Settings {
  const { metadata, spec = {} } = core;
  const { images = {}, workspaces = {}, certificates = {} } = spec;
  return {
    namespace: metadata.namespace ?? '',
    endpoint: spec.externalEndpoint,
    exposure: exposureOf(spec),
    proxy: spec.view?.enabled === false ? undefined : { endpoint: spec.view?.externalEndpoint },
    images: {
      kubestellar: images.kubestellar ?? `${PROGRAM_IMAGE}:${release}`,
      kcp: images.kcp ?? `${KCP_IMAGE}:${release}`,
    },
    pullPolicy: images.pullPolicy,
    pullSecrets: images.pullSecrets ?? [],
    storage: storageOf(spec),
    inventory: workspaces.inventory ?? ['root:imw1'],
    workload: workspaces.workload ?? ['root:wmw1'],
    certificates: {
      issuerSecret: certificates.issuerSecretName,
      authorityLifetime: milliseconds(certificates.authorityLifetime ?? '87600h'),
      authorityOverlap: milliseconds(certificates.authorityOverlap ?? '720h'),
      serverLifetime: milliseconds(certificates.serverLifetime ?? '8760h'),
      clientLifetime: milliseconds(certificates.clientLifetime ?? '8760h'),
    },
    resources: { ...RESOURCES, ...spec.resources },
    pod: spec.pod ?? {},
    verbosity: spec.verbosity ?? 2,
    stopped: metadata.annotations?.[STOP_CORE],
  };
}

/** The owner reference with which an object is deleted together with its KubeStellar. */
export function ownerReferenceTo({ apiVersion, kind, metadata }: KubeStellar): OwnerReference {
  const { name, uid = '' } = metadata;
  return { apiVersion, kind, name, uid, controller: true, blockOwnerDeletion: true };
}

function exposureOf({ exposure }: KubeStellarSpec): Exposure {
  const { annotations = {} } = exposure ?? {};
  switch (exposure?.type) {
    case 'Ingress':
      return { type: 'Ingress', annotations, ingressClassName: exposure.ingressClassName };
    case 'Route':
      return { type: 'Route', annotations };
    case 'TLSRoute':
      return { type: 'TLSRoute', annotations, parentRefs: exposure.parentRefs ?? [] };
    case 'LoadBalancer':
      return {
        type: 'LoadBalancer',
        annotations,
        loadBalancerClass: exposure.loadBalancerClass,
        sourceRanges: exposure.loadBalancerSourceRanges,
      };
    case 'NodePort':
      return {
        type: 'NodePort',
        annotations,
        nodePort: exposure.nodePort,
        viewNodePort: exposure.viewNodePort,
      };
    default:
      return { type: 'None', annotations };
  }
}

function storageOf({ etcd, storage = {} }: KubeStellarSpec): Storage {
  if (etcd) {
    return { type: 'etcd', servers: etcd.servers, prefix: etcd.prefix, tlsSecret: etcd.tlsSecretName };
  }
  if (storage.type === 'EmptyDir') return { type: 'ephemeral' };
  const { size = '10Gi', storageClassName, deletionPolicy } = storage;
  return { type: 'claim', size, className: storageClassName, retain: deletionPolicy === 'Retain' };
}

/** Parses a duration such as `8760h` or `1h30m`, which the CRD's pattern has accepted. */
function milliseconds(duration: string): number {
  const unit = (letter: string) => Number(new RegExp(`(\\d+)${letter}`).exec(duration)?.[1] ?? 0);
  return ((unit('h') * 60 + unit('m')) * 60 + unit('s')) * 1000;
}
