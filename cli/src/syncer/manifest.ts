/** The manifest that installs a syncer in its WEC: seven documents (docs/rules.md, syncer 8.3). */
import { toYaml } from '../shell/yaml.ts';
import { MAILBOX_NAMESPACE } from './access.ts';
import type { SyncerIdentity } from './identity.ts';
import { anyKindRules, type UpsyncConsent } from './upsync-consent.ts';

/** The settings of an installed syncer. */
export interface SyncerInstallation {
  readonly identity: SyncerIdentity;
  readonly syncTarget: string;
  readonly image: string;
  /** scheme://host:port of kcp; the token determines the workspace. */
  readonly server: string;
  /** CA certificates of the server, PEM; '' for the system's. */
  readonly ca: string;
  readonly token: string;
  /** What the cluster's owner allows to be upsynced. */
  readonly upsync?: UpsyncConsent;
}

const RBAC_GROUP = 'rbac.authorization.k8s.io';

/** @returns the YAML documents, each beginning with `---` */
export function syncerManifest(installation: SyncerInstallation): string {
  const { identity, upsync } = installation;
  const { id } = identity;
  const inNamespace = { name: id, namespace: id };
  const documents: object[] = [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: id } },
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: inNamespace },
    {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: {
        ...inNamespace,
        name: `${id}-token`,
        annotations: { 'kubernetes.io/service-account.name': id },
      },
      type: 'kubernetes.io/service-account-token',
    },
    clusterRole(id, upsync),
    {
      apiVersion: `${RBAC_GROUP}/v1`,
      kind: 'ClusterRoleBinding',
      metadata: { name: id },
      roleRef: { apiGroup: RBAC_GROUP, kind: 'ClusterRole', name: id },
      subjects: [{ kind: 'ServiceAccount', ...inNamespace }],
    },
    {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: inNamespace,
      stringData: { kubeconfig: kubeconfig(installation) },
    },
    deployment(installation),
  ];
  return documents.map((document) => `---\n${toYaml(document)}`).join('');
}

/** Any kind may be downsynced, RBAC and CustomResourceDefinitions included. */
function clusterRole(id: string, upsync: UpsyncConsent) {
  return {
    apiVersion: `${RBAC_GROUP}/v1`,
    kind: 'ClusterRole',
    metadata: { name: id },
    rules: [
      { apiGroups: [RBAC_GROUP], resources: ['clusterroles', 'clusterrolebindings'], verbs: ['*'] },
      ...anyKindRules(upsync),
    ],
  };
}

function kubeconfig({ server, ca, token }: SyncerInstallation): string {
  const trust = ca ? { 'certificate-authority-data': Buffer.from(ca).toString('base64') } : {};
  return toYaml({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'default-cluster', cluster: { ...trust, server: withPort(server) } }],
    contexts: [
      {
        name: 'default-context',
        context: { cluster: 'default-cluster', namespace: MAILBOX_NAMESPACE, user: 'default-user' },
      },
    ],
    'current-context': 'default-context',
    users: [{ name: 'default-user', user: { token } }],
  });
}

/** @returns scheme://host:port, with the scheme's usual port when the URL has none */
function withPort(server: string): string {
  const { protocol, hostname, port } = new URL(server);
  return `${protocol}//${hostname}:${port || (protocol === 'http:' ? '80' : '443')}`;
}

function deployment({ identity: { id, uid }, syncTarget, image }: SyncerInstallation) {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: id, namespace: id },
    spec: {
      replicas: 1,
      strategy: { type: 'Recreate' },
      selector: { matchLabels: { app: id } },
      template: {
        metadata: { labels: { app: id } },
        spec: {
          serviceAccountName: id,
          securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
          containers: [
            {
              name: 'kubestellar-syncer',
              image,
              imagePullPolicy: 'IfNotPresent',
              terminationMessagePolicy: 'FallbackToLogsOnError',
              command: ['kubestellar-syncer'],
              args: [
                '--from-kubeconfig=/kubestellar/kubeconfig',
                `--sync-target-name=${syncTarget}`,
                `--sync-target-uid=${uid}`,
                '--qps=20',
                '--burst=30',
                '--v=3',
              ],
              env: [{ name: 'NAMESPACE', valueFrom: { fieldRef: { fieldPath: 'metadata.namespace' } } }],
              securityContext: {
                allowPrivilegeEscalation: false,
                capabilities: { drop: ['ALL'] },
                readOnlyRootFilesystem: true,
              },
              volumeMounts: [{ name: 'kubestellar-config', mountPath: '/kubestellar/', readOnly: true }],
            },
          ],
          volumes: [{ name: 'kubestellar-config', secret: { secretName: id, optional: false } }],
        },
      },
    },
  };
}
