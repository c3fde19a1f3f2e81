/** RBAC and admission: data in the core, acting in the cluster (semantics 7.1; docs/denaturing.md). */
import { CLUSTER_ROLE_BINDINGS, CLUSTER_ROLES } from '@kubestellar/api';
import type { KubeClient } from '@kubestellar/kube';
import { assert } from '@kubestellar/testing';
import { type Core, USER } from '../core.ts';
import { eventually } from '../eventually.ts';
import { fresh } from '../objects.ts';
import { area } from './area.ts';
import { ADMISSION, isAllowed, MATCHING_CONFIG_MAPS, RBAC, Stage, tryConfigMap, twin } from './denatured.ts';

export const denaturedRights = area();

denaturedRights(
  'semantics 7.1a: ClusterRole and ClusterRoleBinding permit nothing in the workspaces, and what they say in the cluster',
  async (servers) => {
    const stage = await Stage.of(servers);
    const roles = twin(RBAC, 'clusterroles', 'ClusterRole');
    const bindings = twin(RBAC, 'clusterrolebindings', 'ClusterRoleBinding');
    const [name, user] = [fresh('reads-nodes'), fresh('mallory')];
    await stage.create(roles, name, { rules: [{ apiGroups: [''], resources: ['nodes'], verbs: ['list'] }] });
    await stage.create(bindings, name, {
      roleRef: { apiGroup: RBAC, kind: 'ClusterRole', name },
      subjects: [{ apiGroup: RBAC, kind: 'User', name: user }],
    });
    const may = (server: KubeClient) => isAllowed(server, user, { verb: 'list', resource: 'nodes' });
    await eventually('the right in the cluster', () => may(stage.wec), Boolean);
    for (const workspace of stage.workspaces) assert.not(await may(workspace));
    await stage.remove(bindings, name);
    await eventually(
      'the right to be gone',
      () => may(stage.wec),
      (allowed) => !allowed,
    );
  },
);

denaturedRights(
  'semantics 7.1a: Role and RoleBinding permit nothing in the workspaces, and what they say in the cluster',
  async (servers) => {
    const stage = await Stage.of(servers);
    const { namespace } = stage;
    const roles = twin(RBAC, 'roles', 'Role', true);
    const bindings = twin(RBAC, 'rolebindings', 'RoleBinding', true);
    await stage.create(roles, 'reads', {
      rules: [{ apiGroups: [''], resources: ['secrets'], verbs: ['get'] }],
    });
    await stage.create(bindings, 'reads', {
      roleRef: { apiGroup: RBAC, kind: 'Role', name: 'reads' },
      subjects: [{ kind: 'ServiceAccount', name: 'app', namespace }],
    });
    const user = `system:serviceaccount:${namespace}:app`;
    const may = (server: KubeClient) =>
      isAllowed(server, user, { verb: 'get', resource: 'secrets', namespace });
    await eventually('the right in the cluster', () => may(stage.wec), Boolean);
    for (const workspace of stage.workspaces) assert.not(await may(workspace));
  },
);

denaturedRights(
  'semantics 7.1g: a native ClusterRole and its binding act in their workspace and in the cluster, not in the mailbox workspace',
  async (servers) => {
    const stage = await Stage.of(servers);
    const [name, user] = [fresh('own'), fresh('trudy')];
    const rules = [{ apiGroups: [''], resources: ['pods'], verbs: ['list'] }];
    await stage.create(CLUSTER_ROLES, name, { rules });
    await stage.create(CLUSTER_ROLE_BINDINGS, name, {
      roleRef: { apiGroup: RBAC, kind: 'ClusterRole', name },
      subjects: [{ apiGroup: RBAC, kind: 'User', name: user }],
    });
    const may = (server: KubeClient) => isAllowed(server, user, { verb: 'list', resource: 'pods' });
    await eventually('the right in the cluster', () => may(stage.wec), Boolean);
    await eventually('the right in the workspace', () => may(stage.wmw), Boolean);
    assert.not(await may(stage.mailbox));
    await stage.remove(CLUSTER_ROLE_BINDINGS, name);
  },
);

denaturedRights(
  'semantics 7.1g: a ClusterRole whose name has separators gets to the cluster, is changed, and leaves again',
  async (servers) => {
    const stage = await Stage.of(servers);
    const name = `${fresh('team')}|reader #1`;
    const rules = (verb: string) => [{ apiGroups: [''], resources: ['pods'], verbs: [verb] }];
    await stage.create(CLUSTER_ROLES, name, { rules: rules('get') });
    await stage.arrives(CLUSTER_ROLES, name);
    await stage.wmw.mergePatch(CLUSTER_ROLES, { name }, { rules: rules('list') }, USER);
    await eventually(
      'the change in the cluster',
      () => stage.arrives(CLUSTER_ROLES, name),
      (role) => JSON.stringify(role).includes('"list"'),
    );
    await stage.remove(CLUSTER_ROLES, name);
  },
);

denaturedRights(
  'semantics 7.1a: ValidatingWebhookConfiguration is not called in the workspaces, and is in the cluster',
  (servers) => webhookActs('ValidatingWebhookConfiguration', servers),
);

denaturedRights(
  'semantics 7.1a: MutatingWebhookConfiguration is not called in the workspaces, and is in the cluster',
  (servers) => webhookActs('MutatingWebhookConfiguration', servers),
);

denaturedRights(
  'semantics 7.1a: ValidatingAdmissionPolicy and its binding refuse nothing in the workspaces, and in the cluster',
  async (servers) => {
    const stage = await Stage.of(servers);
    const policies = twin(ADMISSION, 'validatingadmissionpolicies', 'ValidatingAdmissionPolicy');
    const bindings = twin(ADMISSION, 'validatingadmissionpolicybindings', 'ValidatingAdmissionPolicyBinding');
    const [name, asked] = [fresh('never'), fresh('policy')];
    await stage.create(policies, name, {
      spec: {
        matchConstraints: {
          resourceRules: [MATCHING_CONFIG_MAPS],
          objectSelector: { matchLabels: { asked } },
        },
        validations: [{ expression: 'false', message: 'not here' }],
      },
    });
    await stage.create(bindings, name, { spec: { policyName: name, validationActions: ['Deny'] } });
    await stage.arrives(bindings, name);
    await stage.refusedInClusterOnly({ asked }, /not here/);
  },
);

denaturedRights(
  'semantics 7.1a: MutatingAdmissionPolicy and its binding change nothing in the workspaces, and in the cluster',
  async (servers) => {
    const stage = await Stage.of(servers);
    const policies = twin(ADMISSION, 'mutatingadmissionpolicies', 'MutatingAdmissionPolicy');
    const bindings = twin(ADMISSION, 'mutatingadmissionpolicybindings', 'MutatingAdmissionPolicyBinding');
    const [name, asked] = [fresh('change'), fresh('change')];
    const expression = 'Object{metadata: Object.metadata{labels: {"changed": "yes"}}}';
    await stage.create(policies, name, {
      spec: {
        matchConstraints: {
          resourceRules: [MATCHING_CONFIG_MAPS],
          objectSelector: { matchLabels: { asked } },
        },
        reinvocationPolicy: 'Never',
        mutations: [{ patchType: 'ApplyConfiguration', applyConfiguration: { expression } }],
      },
    });
    await stage.create(bindings, name, { spec: { policyName: name } });
    await stage.arrives(bindings, name);
    const changed = async (server: KubeClient) =>
      (await tryConfigMap(server, { asked })).metadata.labels?.changed;
    await eventually(
      'the change in the cluster',
      () => changed(stage.wec),
      (label) => label === 'yes',
      60,
    );
    for (const workspace of stage.workspaces) assert.is(await changed(workspace), undefined);
  },
);

/** Shows for a kind of webhook configuration, by a webhook that nobody answers, where it is called. */
async function webhookActs(kind: string, servers: Core): Promise<void> {
  const stage = await Stage.of(servers);
  const configurations = twin(ADMISSION, `${kind.toLowerCase()}s`, kind);
  const [name, asked] = [fresh('asks'), fresh('webhook')];
  const webhook = {
    name: 'nobody.answers.test',
    clientConfig: { url: 'https://127.0.0.1:9/' },
    rules: [MATCHING_CONFIG_MAPS],
    objectSelector: { matchLabels: { asked } },
    failurePolicy: 'Fail',
    sideEffects: 'None',
    admissionReviewVersions: ['v1'],
    timeoutSeconds: 1,
  };
  await stage.create(configurations, name, { webhooks: [webhook] });
  await stage.arrives(configurations, name);
  await stage.refusedInClusterOnly({ asked }, /failed calling webhook "nobody.answers.test"/);
}
