import { HOSTED_CORE } from '../hosted.ts';
import { conditionsSchema, type KubeObject } from '../meta.ts';
import { type FromSchema, type JSONSchema, QUANTITY_PATTERN } from '../schema.ts';
import { AGE_COLUMN, operatorKind } from './definition.ts';

const DNS_NAME = '^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$';
/** A duration as Go writes it: hours, minutes and seconds. */
const DURATION = '^([0-9]+h)?([0-9]+m)?([0-9]+s)?$';

const strings = { type: 'object', additionalProperties: { type: 'string' } } as const satisfies JSONSchema;
const secretName = {
  type: 'string',
  minLength: 1,
  maxLength: 253,
  pattern: DNS_NAME,
} as const satisfies JSONSchema;
const port = { type: 'integer', minimum: 1, maximum: 65535 } as const satisfies JSONSchema;
const duration = { type: 'string', minLength: 2, pattern: DURATION } as const satisfies JSONSchema;

const endpoint = {
  type: 'object',
  required: ['host', 'port'],
  properties: {
    host: { type: 'string', minLength: 1, maxLength: 253, description: 'A DNS name or an IP address.' },
    port,
  },
} as const satisfies JSONSchema;

const exposure = {
  type: 'object',
  description: 'How clients outside of the hosting cluster reach kcp; TLS is never terminated in between.',
  required: ['type'],
  properties: {
    type: {
      type: 'string',
      enum: ['None', 'Ingress', 'Route', 'TLSRoute', 'LoadBalancer', 'NodePort'],
      description:
        'Ingress needs an ingress controller with TLS passthrough. Route is for OpenShift. TLSRoute is part of the Gateway API.',
    },
    annotations: {
      ...strings,
      description:
        'Added to the object that exposes kcp; they override annotations that the operator would choose.',
    },
    ingressClassName: {
      type: 'string',
      minLength: 1,
      description: 'The IngressClass; default: the default class of the cluster.',
    },
    parentRefs: {
      type: 'array',
      maxItems: 16,
      description:
        'The Gateways of a TLSRoute; their listeners must be of protocol TLS and mode Passthrough.',
      items: {
        type: 'object',
        required: ['name'],
        properties: {
          name: { type: 'string', minLength: 1 },
          namespace: { type: 'string', minLength: 1 },
          sectionName: { type: 'string', minLength: 1 },
          port,
        },
      },
    },
    nodePort: { ...port, description: 'Port of a NodePort; default: any free port.' },
    viewNodePort: {
      ...port,
      description: 'Port of a NodePort for the workspace proxy; default: any free port.',
    },
    loadBalancerClass: { type: 'string', minLength: 1 },
    loadBalancerSourceRanges: { type: 'array', items: { type: 'string' } },
  },
  'x-kubernetes-validations': [
    {
      rule: "self.type != 'TLSRoute' || (has(self.parentRefs) && size(self.parentRefs) > 0)",
      message: 'a TLSRoute needs parentRefs: the Gateways that accept the connections',
    },
  ],
} as const satisfies JSONSchema;

const images = {
  type: 'object',
  description: 'The container images; default: those of the release of the operator.',
  properties: {
    kubestellar: { type: 'string', minLength: 1 },
    kcp: { type: 'string', minLength: 1 },
    pullPolicy: { type: 'string', enum: ['IfNotPresent', 'Always', 'Never'] },
    pullSecrets: {
      type: 'array',
      items: { type: 'object', required: ['name'], properties: { name: secretName } },
    },
  },
} as const satisfies JSONSchema;

const storage = {
  type: 'object',
  description: "Where kcp's embedded etcd keeps its data; not used with an external etcd.",
  properties: {
    type: {
      type: 'string',
      enum: ['PersistentVolumeClaim', 'EmptyDir'],
      default: 'PersistentVolumeClaim',
      description: 'An EmptyDir loses all data with the pod; use it for trials only.',
    },
    size: {
      type: 'string',
      pattern: QUANTITY_PATTERN,
      default: '10Gi',
      description: 'May be increased later if the StorageClass supports it.',
    },
    storageClassName: { type: 'string', minLength: 1 },
    deletionPolicy: {
      type: 'string',
      enum: ['Delete', 'Retain'],
      default: 'Delete',
      description:
        'Whether the volume claim, and the keys that its data needs, are deleted with the KubeStellar.',
    },
  },
} as const satisfies JSONSchema;

const etcd = {
  type: 'object',
  description:
    'An etcd of your own instead of the embedded one. Start it with --watch-progress-notify-interval=5s, as kubeadm ' +
    'does: without it, quiet watches get no bookmarks, and clients open them again every 90 seconds.',
  required: ['servers'],
  properties: {
    servers: { type: 'array', minItems: 1, items: { type: 'string', pattern: '^https?://' } },
    prefix: { type: 'string', pattern: '^/' },
    tlsSecretName: {
      ...secretName,
      description: 'A Secret with ca.crt, and tls.crt and tls.key for the client; required for https.',
    },
  },
} as const satisfies JSONSchema;

const workspacePaths = (example: string, fallback: readonly string[]) =>
  ({
    type: 'array',
    default: fallback,
    items: { type: 'string', pattern: '^(root:)?[a-z0-9]([-a-z0-9]*[a-z0-9])?$' },
    description: `Children of root that are created if they do not exist, such as ${example}; [] for none.`,
  }) as const satisfies JSONSchema;

const workspaces = {
  type: 'object',
  properties: {
    inventory: workspacePaths('root:imw1', ['root:imw1']),
    workload: workspacePaths('root:wmw1', ['root:wmw1']),
  },
} as const satisfies JSONSchema;

const certificates = {
  type: 'object',
  description: 'Certificates are renewed when two thirds of their lifetime are over.',
  properties: {
    issuerSecretName: {
      ...secretName,
      description:
        "A Secret with the certificate (tls.crt) and key (tls.key) of a CA that issues kcp's server certificate; default: the operator creates a CA. Client certificates are always issued by the operator's own CA.",
    },
    authorityLifetime: { ...duration, default: '87600h' },
    authorityOverlap: {
      ...duration,
      default: '720h',
      description: 'How long a replaced CA is still trusted. Fetch new kubeconfigs within this time.',
    },
    serverLifetime: { ...duration, default: '8760h' },
    clientLifetime: { ...duration, default: '8760h' },
  },
} as const satisfies JSONSchema;

const containerResources = {
  type: 'object',
  properties: {
    requests: {
      type: 'object',
      additionalProperties: { 'x-kubernetes-int-or-string': true, pattern: QUANTITY_PATTERN },
    },
    limits: {
      type: 'object',
      additionalProperties: { 'x-kubernetes-int-or-string': true, pattern: QUANTITY_PATTERN },
    },
  },
} as const satisfies JSONSchema;

const resources = {
  type: 'object',
  description:
    'Resource requests and limits by container; default: measured requests, and no limits except for the workspace proxy.',
  properties: {
    kcp: containerResources,
    init: containerResources,
    'mailbox-controller': containerResources,
    'where-resolver': containerResources,
    'placement-translator': containerResources,
    view: containerResources,
  },
} as const satisfies JSONSchema;

const view = {
  type: 'object',
  description:
    'The workspace proxy of the core, in which RBAC and admission objects of workload workspaces are data under their native names.',
  properties: {
    enabled: { type: 'boolean', default: true },
    externalEndpoint: {
      ...endpoint,
      description:
        "Host and port by which clients outside of the cluster reach the workspace proxy. Not needed for a LoadBalancer or NodePort. An Ingress, Route or TLSRoute exposes the workspace proxy only when it is set, and needs a host other than kcp's.",
    },
  },
} as const satisfies JSONSchema;

const freeForm = {
  type: 'object',
  'x-kubernetes-preserve-unknown-fields': true,
} as const satisfies JSONSchema;

const pod = {
  type: 'object',
  description: "Where and how the core's pod is scheduled, with the fields of a PodSpec.",
  properties: {
    labels: strings,
    annotations: strings,
    nodeSelector: strings,
    tolerations: { type: 'array', items: freeForm },
    affinity: freeForm,
    priorityClassName: { type: 'string', minLength: 1 },
  },
} as const satisfies JSONSchema;

const specSchema = {
  type: 'object',
  properties: {
    externalEndpoint: {
      ...endpoint,
      description:
        'Host and port by which clients outside of the cluster reach kcp. Optional for a Route or a LoadBalancer, whose address is used once it is known.',
    },
    exposure,
    view,
    images,
    storage,
    etcd,
    workspaces,
    certificates,
    resources,
    pod,
    verbosity: { type: 'integer', minimum: 0, maximum: 10, default: 2 },
  },
  'x-kubernetes-validations': [
    {
      rule: "!has(self.exposure) || !(self.exposure.type in ['Ingress', 'TLSRoute', 'NodePort']) || has(self.externalEndpoint)",
      message: 'this type of exposure needs externalEndpoint: the host and port at which clients reach kcp',
    },
    {
      rule: "!has(self.view) || !has(self.view.externalEndpoint) || !has(self.externalEndpoint) || !has(self.exposure) || !(self.exposure.type in ['Ingress', 'Route', 'TLSRoute']) || self.view.externalEndpoint.host != self.externalEndpoint.host",
      message:
        'this type of exposure routes connections by their host: spec.view.externalEndpoint needs another host than spec.externalEndpoint',
    },
  ],
} as const satisfies JSONSchema;

const statusSchema = {
  type: 'object',
  properties: {
    observedGeneration: { type: 'integer', format: 'int64', minimum: 0 },
    version: { type: 'string', description: 'The release that the core runs.' },
    externalEndpoint: { ...endpoint, description: 'Endpoint in the external kubeconfig.' },
    viewEndpoint: {
      ...endpoint,
      description: 'Endpoint in the external kubeconfig for the workspace proxy.',
    },
    certificates: {
      type: 'array',
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['name'],
      items: {
        type: 'object',
        required: ['name', 'notAfter', 'renewalTime'],
        properties: {
          name: { type: 'string' },
          issuedAt: { type: 'string', format: 'date-time' },
          notAfter: { type: 'string', format: 'date-time' },
          renewalTime: { type: 'string', format: 'date-time' },
        },
      },
    },
    conditions: conditionsSchema,
  },
} as const satisfies JSONSchema;

/** A KubeStellar core in the hosting cluster (docs/decisions/0009-operator-owns-the-hosting-cluster.md). */
export type KubeStellar = KubeObject<KubeStellarSpec, KubeStellarStatus>;
export type KubeStellarSpec = FromSchema<typeof specSchema>;
export type KubeStellarStatus = FromSchema<typeof statusSchema>;

export const kubeStellar = operatorKind({
  kind: 'KubeStellar',
  plural: 'kubestellars',
  description: 'A KubeStellar core that the operator deploys into the namespace of this object.',
  namespaced: true,
  printerColumns: [
    { name: 'Ready', type: 'string', jsonPath: '.status.conditions[?(@.type=="Ready")].status' },
    { name: 'Reason', type: 'string', jsonPath: '.status.conditions[?(@.type=="Ready")].reason' },
    { name: 'Host', type: 'string', jsonPath: '.status.externalEndpoint.host' },
    { name: 'Port', type: 'integer', jsonPath: '.status.externalEndpoint.port' },
    { name: 'Version', type: 'string', jsonPath: '.status.version' },
    {
      name: 'Message',
      type: 'string',
      jsonPath: '.status.conditions[?(@.type=="Ready")].message',
      priority: 1,
    },
    AGE_COLUMN,
  ],
  properties: { spec: specSchema, status: statusSchema },
  validations: [
    {
      rule: `self.metadata.name == '${HOSTED_CORE.name}'`,
      message: `a namespace holds one core, and its KubeStellar is named "${HOSTED_CORE.name}"; use another namespace for another core`,
    },
  ],
});

/** The spec of a KubeStellar, for checks before a server does them. */
export const kubeStellarSpecSchema: JSONSchema = specSchema;
