/** The smallest object of each kind of Kubernetes that a server takes and that disturbs nothing else in a cluster. */

type Content = { [field: string]: unknown };

/** An example: its content without apiVersion, kind and metadata; `name` where not every name will do. */
export interface Example {
  name?: string;
  content: Content;
}

const LABELS = { app: 'walk' };
const SELECTOR = { matchLabels: LABELS };
const POD = {
  containers: [{ name: 'main', image: 'busybox:1', command: ['sleep', 'infinity'] }],
  automountServiceAccountToken: false,
};
const TEMPLATE = { metadata: { labels: LABELS }, spec: POD };
const RULES = [{ apiGroups: [''], resources: ['pods'], verbs: ['get'] }];
const DEVICES = { requests: [{ name: 'one', exactly: { deviceClassName: 'walk.test' } }] };
/** Speaks of a kind that no server has. */
const MATCHED = {
  apiGroups: ['none.test'],
  apiVersions: ['v1'],
  operations: ['CREATE'],
  resources: ['nothings'],
};
const WEBHOOK = {
  name: 'none.walk.test',
  clientConfig: { url: 'https://127.0.0.1:9/none' },
  rules: [MATCHED],
  sideEffects: 'None',
  admissionReviewVersions: ['v1'],
  failurePolicy: 'Ignore',
};

function role(kind: string): Content {
  return {
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind, name: 'walk' },
    subjects: [{ kind: 'ServiceAccount', name: 'walk', namespace: 'walk' }],
  };
}

/** By `<plural>.<group>`. */
export const EXAMPLES: { readonly [resource: string]: Example } = {
  configmaps: { content: { data: { a: '1' }, binaryData: { b: 'Mg==' } } },
  // The Endpoints of the Service's own name are the cluster's.
  endpoints: {
    name: 'stroll',
    content: { subsets: [{ addresses: [{ ip: '10.11.12.13' }], ports: [{ port: 80 }] }] },
  },
  limitranges: { content: { spec: { limits: [{ type: 'Pod', max: { cpu: '64' } }] } } },
  namespaces: { content: {} },
  persistentvolumeclaims: {
    content: {
      spec: {
        accessModes: ['ReadWriteOnce'],
        storageClassName: 'walk-none',
        resources: { requests: { storage: '1Gi' } },
      },
    },
  },
  persistentvolumes: {
    content: {
      spec: {
        capacity: { storage: '1Gi' },
        accessModes: ['ReadWriteOnce'],
        storageClassName: 'walk-none-either',
        hostPath: { path: '/walk' },
      },
    },
  },
  pods: { content: { spec: POD } },
  podtemplates: { content: { template: TEMPLATE } },
  replicationcontrollers: { content: { spec: { replicas: 0, selector: LABELS, template: TEMPLATE } } },
  resourcequotas: { content: { spec: { hard: { 'count/widgets.none.test': '5' } } } },
  secrets: { content: { type: 'Opaque', data: { a: 'MQ==' } } },
  serviceaccounts: { content: { automountServiceAccountToken: false } },
  services: { content: { spec: { clusterIP: 'None', selector: LABELS, ports: [{ port: 80 }] } } },
  'mutatingadmissionpolicies.admissionregistration.k8s.io': {
    content: {
      spec: {
        matchConstraints: { resourceRules: [MATCHED] },
        reinvocationPolicy: 'Never',
        mutations: [
          {
            patchType: 'JSONPatch',
            jsonPatch: { expression: "[JSONPatch{op: 'test', path: '/kind', value: 'x'}]" },
          },
        ],
      },
    },
  },
  'mutatingadmissionpolicybindings.admissionregistration.k8s.io': {
    content: { spec: { policyName: 'walk' } },
  },
  'mutatingwebhookconfigurations.admissionregistration.k8s.io': { content: { webhooks: [WEBHOOK] } },
  'validatingadmissionpolicies.admissionregistration.k8s.io': {
    content: {
      spec: {
        matchConstraints: { resourceRules: [MATCHED] },
        validations: [{ expression: 'true' }],
      },
    },
  },
  'validatingadmissionpolicybindings.admissionregistration.k8s.io': {
    content: { spec: { policyName: 'walk', validationActions: ['Deny'] } },
  },
  'validatingwebhookconfigurations.admissionregistration.k8s.io': { content: { webhooks: [WEBHOOK] } },
  'customresourcedefinitions.apiextensions.k8s.io': {
    name: 'strolls.walk.test',
    content: {
      spec: {
        group: 'walk.test',
        scope: 'Namespaced',
        names: { plural: 'strolls', singular: 'stroll', kind: 'Stroll', listKind: 'StrollList' },
        versions: [
          { name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object' } } },
        ],
      },
    },
  },
  'apiservices.apiregistration.k8s.io': {
    name: 'v1.hike.test',
    // Without a service the server itself is meant, which then serves nothing there.
    content: { spec: { group: 'hike.test', version: 'v1', groupPriorityMinimum: 100, versionPriority: 10 } },
  },
  'daemonsets.apps': { content: { spec: { selector: SELECTOR, template: TEMPLATE } } },
  'deployments.apps': { content: { spec: { replicas: 1, selector: SELECTOR, template: TEMPLATE } } },
  'replicasets.apps': { content: { spec: { replicas: 0, selector: SELECTOR, template: TEMPLATE } } },
  'statefulsets.apps': {
    content: { spec: { replicas: 0, serviceName: 'walk', selector: SELECTOR, template: TEMPLATE } },
  },
  'horizontalpodautoscalers.autoscaling': {
    content: {
      spec: { maxReplicas: 3, scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'none' } },
    },
  },
  'cronjobs.batch': {
    content: {
      spec: {
        schedule: '0 0 1 1 *',
        suspend: true,
        jobTemplate: { spec: { template: { spec: { ...POD, restartPolicy: 'Never' } } } },
      },
    },
  },
  'jobs.batch': {
    content: { spec: { suspend: true, template: { spec: { ...POD, restartPolicy: 'Never' } } } },
  },
  'endpointslices.discovery.k8s.io': {
    content: {
      addressType: 'IPv4',
      endpoints: [{ addresses: ['10.11.12.13'], conditions: { ready: true } }],
      ports: [{ name: 'web', port: 80, protocol: 'TCP' }],
    },
  },
  'flowschemas.flowcontrol.apiserver.k8s.io': {
    content: {
      spec: {
        priorityLevelConfiguration: { name: 'global-default' },
        matchingPrecedence: 9999,
        rules: [
          {
            subjects: [{ kind: 'User', user: { name: 'nobody-of-walk' } }],
            resourceRules: [
              { verbs: ['get'], apiGroups: ['none.test'], resources: ['*'], clusterScope: true },
            ],
          },
        ],
      },
    },
  },
  'prioritylevelconfigurations.flowcontrol.apiserver.k8s.io': {
    content: {
      spec: { type: 'Limited', limited: { nominalConcurrencyShares: 1, limitResponse: { type: 'Reject' } } },
    },
  },
  'ingressclasses.networking.k8s.io': { content: { spec: { controller: 'walk.test/none' } } },
  'ingresses.networking.k8s.io': {
    content: { spec: { defaultBackend: { service: { name: 'walk', port: { number: 80 } } } } },
  },
  'ipaddresses.networking.k8s.io': {
    name: '192.0.2.77',
    content: { spec: { parentRef: { resource: 'services', namespace: 'walk', name: 'walk' } } },
  },
  'networkpolicies.networking.k8s.io': {
    content: { spec: { podSelector: SELECTOR, policyTypes: ['Ingress'] } },
  },
  'servicecidrs.networking.k8s.io': { content: { spec: { cidrs: ['198.51.100.0/24'] } } },
  'runtimeclasses.node.k8s.io': { content: { handler: 'walk' } },
  'poddisruptionbudgets.policy': { content: { spec: { minAvailable: 1, selector: SELECTOR } } },
  'clusterrolebindings.rbac.authorization.k8s.io': { content: role('ClusterRole') },
  'clusterroles.rbac.authorization.k8s.io': { content: { rules: RULES } },
  'rolebindings.rbac.authorization.k8s.io': { content: role('Role') },
  'roles.rbac.authorization.k8s.io': { content: { rules: RULES } },
  'deviceclasses.resource.k8s.io': { content: { spec: {} } },
  'resourceclaims.resource.k8s.io': { content: { spec: { devices: DEVICES } } },
  'resourceclaimtemplates.resource.k8s.io': { content: { spec: { spec: { devices: DEVICES } } } },
  'resourceslices.resource.k8s.io': {
    content: {
      spec: {
        driver: 'walk.test',
        pool: { name: 'walk', generation: 1, resourceSliceCount: 1 },
        allNodes: true,
        devices: [{ name: 'one' }],
      },
    },
  },
  'priorityclasses.scheduling.k8s.io': { content: { value: 7, description: 'of the walk' } },
  'csidrivers.storage.k8s.io': { content: { spec: { attachRequired: false } } },
  'csinodes.storage.k8s.io': { content: { spec: { drivers: [] } } },
  'csistoragecapacities.storage.k8s.io': { content: { storageClassName: 'walk-none', capacity: '1Gi' } },
  'storageclasses.storage.k8s.io': { content: { provisioner: 'walk.test/none' } },
  'volumeattachments.storage.k8s.io': {
    content: {
      spec: { attacher: 'walk.test', nodeName: 'walk-none', source: { persistentVolumeName: 'walk-none' } },
    },
  },
  'volumeattributesclasses.storage.k8s.io': { content: { driverName: 'walk.test', parameters: { a: '1' } } },
};
