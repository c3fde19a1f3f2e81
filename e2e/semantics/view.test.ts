import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { assert, suite } from '@kubestellar/testing';
import { eventually } from '../support/eventually.ts';
import { LocalHome } from '../support/local.ts';
import { RawClient } from '../support/raw-client.ts';

/** A WMW through workspace-proxy, by kubectl: manifests with RBAC and webhooks as they are (docs/denaturing.md). */
const test = suite('the view of a workload workspace', { timeout: 300_000 });

const RBAC = 'rbac.authorization.k8s.io';
const home = await LocalHome.create();
const view = join(home.path, 'e2e-view.kubeconfig');
const manifest = join(home.path, 'manifest.yaml');
const wec = `kubectl --kubeconfig ${home.wec('edge1')}`;
const kubectl = `kubectl --kubeconfig ${view}`;

test.before(async () => {
  await home.start(1);
  await home.must(`
    cp ${home.path}/admin.kubeconfig $KUBECONFIG && kubectl config use-context root
    kubectl kubestellar ensure wmw scene
    cp ${home.path}/view.kubeconfig ${view}
    KUBECONFIG=${view} kubectl ws :root:scene
    kubectl apply -f - <<'YAML'
apiVersion: edge.kubestellar.io/v2alpha1
kind: EdgePlacement
metadata: {name: scene}
spec:
  locationSelectors: [{matchLabels: {env: demo}}]
  downsync:
  - {apiGroup: ${RBAC}, labelSelectors: [{matchLabels: {part: scene}}]}
  - {apiGroup: admissionregistration.k8s.io, labelSelectors: [{matchLabels: {part: scene}}]}
YAML`);
  await write('list', 'Fail');
});

test.after(() => home.dispose());

test('semantics 7.1e: what is applied has no effect in the workspace, and one in the cluster', async () => {
  await home.must(`${kubectl} apply --server-side -f ${manifest}`);
  await eventually('the right in the cluster', () => mayList(wec), Boolean);
  assert.not(await mayList('kubectl'));
  const refused = await eventually(
    'the webhook to be asked',
    () => home.sh(`${wec} create configmap asked -n default --dry-run=server`),
    ({ code }) => code !== 0,
  );
  assert.match(refused.stderr, /failed calling webhook "nobody.answers.test"/);
  await home.must('kubectl create configmap asked -n default --dry-run=server');
});

test('semantics 7.1e: kubectl diff against what was applied is empty', async () => {
  await home.must(`${kubectl} diff --server-side -f ${manifest}`);
  await home.must(`${kubectl} diff -f ${manifest}`);
});

test('there is one group of each name, and objects say that they are of it', async () => {
  const resources = await home.must(`${kubectl} api-resources -o name`);
  assert.match(resources, new RegExp(`^clusterroles\\.${RBAC}$`, 'm'));
  assert.match(resources, /^mutatingadmissionpolicies\.admissionregistration\.k8s\.io$/m);
  assert.not.match(resources, /denatured/);
  const object = await home.must(`${kubectl} get clusterrole view:Reads -o yaml --show-managed-fields`);
  assert.match(object, `apiVersion: ${RBAC}/v1`);
  assert.not.match(object, /denatured/);
  const { stderr } = await home.sh(`${kubectl} get clusterrole view:absent`);
  assert.match(stderr, `clusterroles.${RBAC} "view:absent" not found`);
});

test('a name that is not well encoded is refused as such', async () => {
  const { code, stderr } = await home.sh(`${kubectl} get --raw /apis/${RBAC}/v1/clusterroles/%FF`);
  assert.is(code, 1);
  assert.match(stderr, 'the path has a segment that is not well encoded', stderr);
});

test('apply without --server-side changes objects, too', async () => {
  await home.must(`${kubectl} delete -f ${manifest} && ${kubectl} apply -f ${manifest}`);
  await write('watch', 'Ignore');
  await home.must(`${kubectl} apply -f ${manifest} && ${kubectl} diff -f ${manifest}`);
  const policy = `${wec} get validatingwebhookconfiguration asks -o jsonpath='{.webhooks[*].failurePolicy}'`;
  await eventually(
    'the change in the cluster',
    async () => (await home.sh(policy)).stdout,
    (text) => text === 'Ignore',
  );
});

test('what kubectl sends in binary form is understood, and told to who watches', async () => {
  const watching = home.sh(`timeout 20 ${kubectl} get roles -n default -w -o name | head -1`);
  const creating = `${kubectl} create role made -n default --verb=get --resource=pods`;
  await eventually(
    'the watch to be heard',
    async () => {
      await home.must(`${kubectl} delete role made -n default --ignore-not-found && ${creating}`);
      return Promise.race([watching, sleep(2_000, undefined)]);
    },
    (heard) => heard?.stdout.includes(`role.${RBAC}/made`) ?? false,
  );
  await home.must(`${kubectl} delete role made -n default`);
});

test('an update in binary form, as programs with typed clients send it, reaches the cluster', async () => {
  const reconcile = (verb: string) =>
    home.must(`${kubectl} auth reconcile -f - <<'YAML'
apiVersion: ${RBAC}/v1
kind: ClusterRole
metadata: {name: "view:Reconciled", labels: {part: scene}}
rules: [{apiGroups: [""], resources: [nodes], verbs: [${verb}]}]
YAML`);
  const isThere = (verbs: string) =>
    eventually(
      `the verbs ${verbs} in the cluster`,
      () => home.sh(`${wec} get clusterrole view:Reconciled -o jsonpath='{.rules[*].verbs[*]}'`),
      ({ stdout }) => stdout === verbs,
    );
  await reconcile('list');
  await isThere('list');
  const uid = `${kubectl} get clusterrole view:Reconciled -o jsonpath='{.metadata.uid}'`;
  const before = await home.must(uid);
  await reconcile('watch');
  await isThere('list watch');
  assert.is(await home.must(uid), before);
  assert.not(
    (await home.must('kubectl get clusterroles -o name')).includes('view'),
    'nothing native is made',
  );
  await home.must(`${kubectl} delete clusterrole view:Reconciled`);
});

test('deletion reaches the cluster', async () => {
  await home.must(`${kubectl} delete -f ${manifest}`);
  await eventually(
    'the objects to be gone',
    () => home.sh(`${wec} get -f ${manifest} --ignore-not-found -o name`),
    ({ stdout }) => stdout === '',
  );
});

test('workspaces without twins are as they are, and who has no credentials gets nothing', async () => {
  await home.must(`KUBECONFIG=${view} kubectl ws :root:espw`);
  assert.match(await home.must(`${kubectl} get clusterroles -o name`), /clusterrole/);
  const server = await home.must(
    `${kubectl} config view --minify -o jsonpath='{.clusters[0].cluster.server}'`,
  );
  const ask = `curl -s -o /dev/null -w '%{http_code}' -k ${server}/apis/${RBAC}/v1/clusterroles`;
  assert.match((await home.must(ask)).trim(), /^40[13]$/);
});

test("A1: a request hidden in the body of a DELETE is not carried out with the next user's token", async () => {
  await home.must(
    `kubectl create serviceaccount mallory -n default && kubectl create configmap victim -n default`,
  );
  await home.must(`KUBECONFIG=${view} kubectl ws :root:scene`);
  const token = (await home.must('kubectl create token mallory -n default')).trim();
  const config = await home.must(`${kubectl} config view --minify --raw -o json`);
  const [{ cluster }] = (JSON.parse(config) as Kubeconfig).clusters;
  const { port, pathname } = new URL(cluster.server);
  const ca = Buffer.from(cluster['certificate-authority-data'], 'base64').toString();
  const configMaps = `${pathname}/api/v1/namespaces/default/configmaps`;
  // What the next user of the connection sends would be the rest of this request.
  const hidden = `DELETE ${configMaps}/victim HTTP/1.1\r\nHost: kcp\r\nX-Rest: `;
  for (let attempt = 0; attempt < 5; attempt++) {
    const client = await RawClient.connect(Number(port), ca);
    client.send(
      `DELETE ${configMaps}/absent HTTP/1.1\r\nHost: kcp\r\nAuthorization: Bearer ${token}\r\n` +
        `Transfer-Encoding: chunked\r\n\r\n${hidden.length.toString(16)}\r\n${hidden}\r\n0\r\n\r\n`,
    );
    await client.whenAnswered(1);
    assert.is(client.answers[0]?.code, 403);
    const names = await home.must(`${kubectl} get configmaps -n default -o name`);
    client.close();
    assert.match(names, 'configmap/victim');
  }
});

test('A3: an encoded path shows nothing native', async () => {
  const server = await home.must(
    `${kubectl} config view --minify -o jsonpath='{.clusters[0].cluster.server}'`,
  );
  const token = await home.must(`${kubectl} config view --minify --raw -o jsonpath='{.users[0].user.token}'`);
  for (const path of [RBAC.replace('.', '%2e'), `x/..%2f${RBAC}`, `./${RBAC}`, `/${RBAC}`]) {
    const ask = `curl -s --path-as-is -k -H @- "${server}/apis/${path}/v1/clusterroles"`;
    const answer = await home.must(`${ask} <<'HEADER'\nAuthorization: Bearer ${token}\nHEADER`);
    assert.is((JSON.parse(answer) as { code: number }).code, 400, answer);
  }
});

test('A3: a ServiceAccount that names no workspace in the path reaches nothing native either', async () => {
  await home.must(`
    kubectl create serviceaccount pipeline -n default
    kubectl create clusterrolebinding pipeline --clusterrole cluster-admin --serviceaccount default:pipeline`);
  const token = (await home.must('kubectl create token pipeline -n default')).trim();
  const jsonPath = "jsonpath='{.clusters[0].cluster.server}'";
  const { origin } = new URL(await home.must(`${kubectl} config view --minify -o ${jsonPath}`));
  const ask = async (path: string, flags = '') => {
    const line = `curl -s -k -H @- -H 'Content-Type: application/json' ${flags} '${origin}${path}'`;
    return JSON.parse(await home.must(`${line} <<'HEADER'\nAuthorization: Bearer ${token}\nHEADER`));
  };
  const roles = `/apis/${RBAC}/v1/clusterroles`;
  const names = async () => {
    const { items } = (await ask(roles)) as { items: { metadata: { name: string } }[] };
    return items.map(({ metadata }) => metadata.name);
  };
  assert.not((await names()).includes('cluster-admin'));
  const role = {
    apiVersion: `${RBAC}/v1`,
    kind: 'ClusterRole',
    metadata: { name: 'pipeline-made' },
    rules: [],
  };
  await ask(roles, `-X POST -d '${JSON.stringify(role)}'`);
  assert.ok((await names()).includes('pipeline-made'));
  const native = await home.sh('kubectl get clusterrole pipeline-made');
  assert.match(native.stderr, /not found/, 'the native kind');
});

interface Kubeconfig {
  clusters: [{ cluster: { server: string; 'certificate-authority-data': string } }];
}

async function mayList(command: string): Promise<boolean> {
  const { stdout } = await home.sh(`${command} create -f - -o jsonpath='{.status.allowed}' <<'YAML'
apiVersion: authorization.k8s.io/v1
kind: SubjectAccessReview
spec:
  user: mallory
  groups: [system:authenticated]
  resourceAttributes: {verb: list, resource: nodes}
YAML`);
  return stdout.trim() === 'true';
}

async function write(verb: string, failurePolicy: string): Promise<void> {
  await writeFile(
    manifest,
    `apiVersion: ${RBAC}/v1
kind: ClusterRole
metadata: {name: "view:Reads", labels: {part: scene}}
rules: [{apiGroups: [""], resources: [nodes], verbs: [${verb}]}]
---
apiVersion: ${RBAC}/v1
kind: ClusterRoleBinding
metadata: {name: "view:Reads", labels: {part: scene}}
roleRef: {apiGroup: ${RBAC}, kind: ClusterRole, name: "view:Reads"}
subjects: [{apiGroup: ${RBAC}, kind: User, name: mallory}]
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingWebhookConfiguration
metadata: {name: asks, labels: {part: scene}}
webhooks:
- name: nobody.answers.test
  clientConfig: {url: "https://127.0.0.1:9/"}
  rules: [{apiGroups: [""], apiVersions: [v1], operations: [CREATE], resources: [configmaps]}]
  namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: default}}
  failurePolicy: ${failurePolicy}
  sideEffects: None
  timeoutSeconds: 1
  admissionReviewVersions: [v1]
`,
  );
}

test.run();
