/**
 * The view of a core in a hosting cluster, used from outside: RBAC and webhooks of a workload are data in the workspace
 * and act in the cluster (here the hosting cluster, by the syncer of wec.ts); and who shows a certificate is who it says.
 */

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type KubeObject, SECRETS } from '@kubestellar/api';
import { explain, KubeClient } from '@kubestellar/kube';
import { CA, type Subject } from '@kubestellar/pki';
import { assert } from '@kubestellar/testing';
import { parse, stringify } from 'yaml';
import { eventually } from '../eventually.ts';
import { area } from '../scenarios.ts';
import type { Release } from './release.ts';

export const view = area<Release>();

const RBAC = 'rbac.authorization.k8s.io';
const WORKSPACE = 'root:real';
const ASK = 'kubectl create configmap asked -n real --dry-run=server';

const GUARDS = `apiVersion: ${RBAC}/v1
kind: Role
metadata: {name: reads, namespace: real, labels: {part: guards}}
rules: [{apiGroups: [""], resources: [configmaps], verbs: [list]}]
---
apiVersion: ${RBAC}/v1
kind: RoleBinding
metadata: {name: reads, namespace: real, labels: {part: guards}}
roleRef: {apiGroup: ${RBAC}, kind: Role, name: reads}
subjects: [{apiGroup: ${RBAC}, kind: User, name: mallory}]
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingWebhookConfiguration
metadata: {name: asks-nobody, labels: {part: guards}}
webhooks:
- name: nobody.answers.test
  clientConfig: {url: "https://127.0.0.1:9/"}
  rules: [{apiGroups: [""], apiVersions: [v1], operations: [CREATE], resources: [configmaps]}]
  namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: real}}
  failurePolicy: Fail
  sideEffects: None
  timeoutSeconds: 1
  admissionReviewVersions: [v1]
`;

/** Whether mallory has the right that the Role gives. */
const MAY_LIST = `kubectl create -f - -o jsonpath='{.status.allowed}' <<'YAML'
apiVersion: authorization.k8s.io/v1
kind: SubjectAccessReview
spec:
  user: mallory
  groups: [system:authenticated]
  resourceAttributes: {verb: list, resource: configmaps, namespace: real}
YAML`;

const PLACEMENT = `apiVersion: edge.kubestellar.io/v2alpha1
kind: EdgePlacement
metadata: {name: guards}
spec:
  locationSelectors: [{matchLabels: {env: kind}}]
  downsync:
  - {apiGroup: ${RBAC}, labelSelectors: [{matchLabels: {part: guards}}]}
  - {apiGroup: admissionregistration.k8s.io, labelSelectors: [{matchLabels: {part: guards}}]}
`;

/** Natural RBAC of the workspace, by which alice may look at ConfigMaps there. */
const RIGHTS = `apiVersion: ${RBAC}/v1
kind: ClusterRole
metadata: {name: looks}
rules:
- {nonResourceURLs: ["/"], verbs: [access]}
- {apiGroups: [""], resources: [configmaps], verbs: [list]}
---
apiVersion: ${RBAC}/v1
kind: ClusterRoleBinding
metadata: {name: looks}
roleRef: {apiGroup: ${RBAC}, kind: ClusterRole, name: looks}
subjects: [{apiGroup: ${RBAC}, kind: User, name: alice}]
`;

/** What a client may try to be taken for an administrator by. */
const SPOOFED = {
  'X-Remote-User': ['kcp-admin'],
  'X-Remote-Group': ['system:kcp:admin', 'system:masters'],
  'X-Remote-Extra-Scopes': ['all'],
};

view(
  'RBAC and webhooks that are applied through the view act in the cluster, not in the workspace',
  async (release) => {
    const { hosting } = release;
    const file = join(await hosting.scratch('view'), 'guards.yaml');
    await writeFile(file, GUARDS);
    await release.fetchKubeconfig();
    await release.fetchViewKubeconfig();
    await release.inView(`kubectl ws ${WORKSPACE} >/dev/null
    kubectl apply -f - <<'YAML'
${PLACEMENT}YAML
    kubectl apply --server-side -f ${file} && kubectl diff --server-side -f ${file}`);
    await release.inCore(`kubectl ws ${WORKSPACE} >/dev/null`);
    await eventually(
      'the right in the cluster',
      () => hosting.must(MAY_LIST),
      (allowed) => allowed === 'true',
      60,
    );
    const refused = await eventually(
      'the webhook to be asked in the cluster',
      () => hosting.sh(ASK),
      ({ code }) => code !== 0,
      60,
    );
    assert.match(refused.stderr, 'failed calling webhook "nobody.answers.test"');
    await release.inCore(ASK);
    await release.inView(ASK);
    assert.is(await release.inCore(MAY_LIST), 'false');
    const roles = 'kubectl get roles -n real -o name';
    assert.is((await release.inView(roles)).trim(), `role.${RBAC}/reads`);
    assert.is((await release.inCore(roles)).trim(), '');
  },
);

view('what is deleted through the view leaves the cluster', async (release) => {
  const { hosting } = release;
  const file = join(await hosting.scratch('view'), 'guards.yaml');
  await release.inView(`kubectl delete -f ${file} && kubectl delete edgeplacement guards`);
  await eventually(
    'the objects to be gone',
    () => hosting.must(`kubectl get -f ${file} --ignore-not-found -o name`),
    (names) => names === '',
    60,
  );
});

view('a certificate has the rights of its user, whatever headers come with it', async (release) => {
  await release.inCore(`kubectl ws ${WORKSPACE} >/dev/null && kubectl apply -f - <<'YAML'
${RIGHTS}YAML`);
  const alice = { commonName: 'alice', organizations: ['team'] };
  const known = { username: 'alice', groups: ['team', 'system:authenticated'] };
  for (const headers of [{}, SPOOFED]) {
    await using({ release, by: 'view', subject: alice, headers }, async (client) => {
      assert.equal(await whoIs(client), known);
      await client.request('GET', '/api/v1/namespaces/default/configmaps');
      for (const path of ['/api/v1/namespaces/default/secrets', `/apis/${RBAC}/v1/clusterroles`])
        assert.match(await refusal(client, path), /403|forbidden/i);
    });
  }
  // Who is no proxy is not believed by kcp itself, either.
  await using({ release, by: 'kcp', subject: alice, headers: SPOOFED }, async (client) =>
    assert.equal(await whoIs(client), known),
  );
  await release.inCore(`kubectl delete clusterrole,clusterrolebinding looks`);
});

view(
  'headers alone, certificates of others and administrators of the server get nothing by the view',
  async (release) => {
    const path = '/api/v1/namespaces/default/configmaps';
    await using({ release, by: 'view', subject: undefined, headers: SPOOFED }, async (client) =>
      assert.match(await refusal(client, path), /401|403|unauthorized|forbidden/i),
    );
    const admin = { commonName: 'kcp-admin', organizations: ['system:kcp:admin'] };
    const authority = await CA.create('kubestellar-client-ca');
    await using({ release, by: 'view', subject: admin, authority }, async (client) =>
      assert.match(await refusal(client, path), /client certificate is not accepted/),
    );
    const master = { commonName: 'shard-admin', organizations: ['system:masters'] };
    await using({ release, by: 'view', subject: master }, async (client) =>
      assert.match(await refusal(client, path), /403|forbidden/i),
    );
  },
);

/** A client, and how it comes. */
interface Coming {
  readonly release: Release;
  readonly by: 'view' | 'kcp';
  /** Whom its certificate is for; undefined for none. */
  readonly subject: Subject | undefined;
  /** Who has issued it; default the core's own authority of clients. */
  readonly authority?: CA;
  readonly headers?: Readonly<Record<string, string[]>>;
}

/** Has a client in the workspace. */
async function using(coming: Coming, use: (client: KubeClient) => Promise<void>): Promise<void> {
  const { release, by, subject, headers } = coming;
  const file = by === 'view' ? release.viewKubeconfig : release.kubeconfig;
  const config = parse(await release.hosting.must(`kubectl config view --raw --kubeconfig ${file}`));
  const pair =
    subject && (await (coming.authority ?? (await clientAuthority(release))).issue(subject, 3600_000));
  const encode = (text: string) => Buffer.from(text).toString('base64');
  for (const entry of config.users) {
    entry.user = pair
      ? { 'client-certificate-data': encode(pair.certificate), 'client-key-data': encode(pair.key) }
      : {};
  }
  const root = await KubeClient.fromKubeconfig({ contents: stringify(config), context: 'base', headers });
  try {
    await use(root.workspace(WORKSPACE));
  } finally {
    await root.connection.close();
  }
}

/** The authority that the operator certifies clients with. */
async function clientAuthority({ hosting, namespace }: Release): Promise<CA> {
  type Secret = KubeObject & { data: { [key: string]: string } };
  const client = await KubeClient.fromKubeconfig({ kubeconfig: hosting.cluster.kubeconfig });
  try {
    const secret = await client.get<Secret>(SECRETS, { namespace, name: 'kubestellar-client-ca' });
    const text = (key: string) => Buffer.from(secret?.data[key] ?? '', 'base64').toString();
    return CA.parse({ certificate: text('tls.crt'), key: text('tls.key') });
  } finally {
    await client.connection.close();
  }
}

async function whoIs(client: KubeClient): Promise<{ username: string; groups: string[] }> {
  const { status } = await client.request<{ status: { userInfo: { username: string; groups: string[] } } }>(
    'POST',
    '/apis/authentication.k8s.io/v1/selfsubjectreviews',
    { body: { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' } },
  );
  const { username, groups } = status.userInfo;
  return { username, groups };
}

function refusal(client: KubeClient, path: string): Promise<string> {
  return client.request('GET', path).then(() => 'answered', explain);
}
