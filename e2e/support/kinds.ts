import type { KubeObject, Resource } from '@kubestellar/api';
import { CLUSTER_ROLES, CONFIG_MAPS, DEPLOYMENTS, SECRETS, SERVICE_ACCOUNTS } from '@kubestellar/api';

type Content = { [field: string]: unknown };

/** One class of kinds: an example, how it may be edited, and what a WEC's controllers report on it. */
export interface KindClass {
  title: string;
  resource: Resource;
  content: Content;
  /** A merge patch that users might make, and one that takes a field away. */
  edit: Content;
  removal: Content | undefined;
  /** What someone else might do to the copy in a WEC, in a field that we own. */
  drift: Content | undefined;
  /** A status to be reported by a WEC, where the test itself writes it. */
  status?: Content;
}

/** A namespaced and a cluster-scoped kind of our own, made by CRDs. */
export const WIDGETS: Resource = crdResource('widgets', 'Widget', true);
export const GALAXIES: Resource = crdResource('galaxies', 'Galaxy', false);

export const PRIORITY_CLASSES: Resource = {
  group: 'scheduling.k8s.io',
  version: 'v1',
  plural: 'priorityclasses',
  kind: 'PriorityClass',
  namespaced: false,
};

/** The classes of kinds that differ on their way from a WMW to the WECs. */
export const KIND_CLASSES: readonly KindClass[] = [
  {
    title: 'native to kcp, namespaced (ConfigMap)',
    resource: CONFIG_MAPS,
    content: { data: { a: '1', b: '2' } },
    edit: { data: { a: 'edited' } },
    removal: { data: { b: null } },
    drift: { data: { a: 'drifted' } },
  },
  {
    title: 'native to kcp, secret (Secret)',
    resource: SECRETS,
    content: { type: 'Opaque', data: { a: 'MQ==', b: 'Mg==' } },
    edit: { data: { a: 'Mw==' } },
    removal: { data: { b: null } },
    drift: { data: { a: 'NA==' } },
  },
  {
    title: 'native to kcp, with contents of its own on each server (ServiceAccount)',
    resource: SERVICE_ACCOUNTS,
    content: { automountServiceAccountToken: false },
    edit: { automountServiceAccountToken: true },
    removal: { automountServiceAccountToken: null },
    drift: undefined,
  },
  {
    title: 'native to kcp, cluster-scoped (ClusterRole)',
    resource: CLUSTER_ROLES,
    content: { rules: [{ apiGroups: [''], resources: ['pods'], verbs: ['get'] }] },
    edit: { rules: [{ apiGroups: [''], resources: ['pods'], verbs: ['list'] }] },
    removal: { rules: null },
    drift: { rules: [{ apiGroups: [''], resources: ['pods'], verbs: ['watch'] }] },
  },
  {
    title: 'bound, namespaced, with status (Deployment)',
    resource: DEPLOYMENTS,
    content: {
      spec: {
        replicas: 1,
        selector: { matchLabels: { app: 'x' } },
        template: {
          metadata: { labels: { app: 'x' } },
          spec: {
            containers: [
              {
                name: 'c',
                image: 'nginx',
                env: [{ name: 'A', value: '1' }],
                resources: { limits: { cpu: '1000m' } },
              },
            ],
          },
        },
      },
    },
    edit: { spec: { replicas: 2 } },
    removal: { spec: { replicas: null } },
    drift: { spec: { replicas: 5 } },
  },
  {
    title: 'bound, cluster-scoped (PriorityClass)',
    resource: PRIORITY_CLASSES,
    content: { value: 7, description: 'first' },
    edit: { description: 'edited' },
    removal: { description: null },
    drift: { description: 'drifted' },
  },
  {
    title: 'from a CRD, namespaced, with status (Widget)',
    resource: WIDGETS,
    content: { spec: { size: 1, color: 'red' } },
    edit: { spec: { size: 2 } },
    removal: { spec: { color: null } },
    drift: { spec: { size: 9 } },
    status: { phase: 'Good' },
  },
  {
    title: 'from a CRD, cluster-scoped (Galaxy)',
    resource: GALAXIES,
    content: { spec: { size: 1, color: 'red' } },
    edit: { spec: { size: 2 } },
    removal: { spec: { color: null } },
    drift: { spec: { size: 9 } },
    status: { phase: 'Good' },
  },
];

/** The CRD of one of our own kinds. @param subresources which of them it has; default the status */
export function crdOf(resource: Resource, subresources: { status?: object } = { status: {} }): KubeObject {
  const { group, version, plural, kind, namespaced } = resource;
  const open = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${group}` },
    spec: {
      group,
      scope: namespaced ? 'Namespaced' : 'Cluster',
      names: { plural, kind, singular: kind.toLowerCase(), listKind: `${kind}List` },
      versions: [
        {
          name: version,
          served: true,
          storage: true,
          subresources,
          schema: { openAPIV3Schema: { type: 'object', properties: { spec: open, status: open } } },
        },
      ],
    },
  };
}

/** An object of a resource. */
export function objectOf(resource: Resource, name: string, namespace: string, content: Content): KubeObject {
  const { group, version, kind, namespaced } = resource;
  return {
    apiVersion: group ? `${group}/${version}` : version,
    kind,
    metadata: { name, labels: { part: namespace }, ...(namespaced ? { namespace } : {}) },
    ...content,
  };
}

function crdResource(plural: string, kind: string, namespaced: boolean): Resource {
  return { group: 'matrix.test', version: 'v1', plural, kind, namespaced };
}
