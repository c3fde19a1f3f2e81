/** The policy of mailbox workspaces, alone: it refuses what the translator would never write, whoever asks. */
import {
  API_BINDINGS,
  CUSTOM_RESOURCE_DEFINITIONS,
  type KubeObject,
  MAILBOX_POLICY,
  type Resource,
  SECRETS,
  VALIDATING_ADMISSION_POLICIES,
  VALIDATING_ADMISSION_POLICY_BINDINGS,
} from '@kubestellar/api';
import { isApiError, KubeClient } from '@kubestellar/kube';
import { assert } from '@kubestellar/testing';
import { USER } from '../core.ts';
import { crdOf } from '../kinds.ts';
import { arrives, fresh } from '../objects.ts';
import { webhook } from './conversion.ts';
import { area, type TenantsCore } from './core.ts';
import { bindingTo, exportAndBind, NETWORK_POLICIES, ownKind } from './exports.ts';

export const mailboxPolicies = area();

mailboxPolicies(
  'the policy of a mailbox workspace refuses what the translator would have copied, whoever asks',
  async (core) => {
    const tenant = await core.tenant();
    const api = await exportAndBind(tenant, [ownKind()]);
    const kubeconfig = `${core.home.path}/admin.kubeconfig`;
    const admin = await KubeClient.fromKubeconfig({ kubeconfig, context: 'system:admin' });
    const mailbox = admin.workspace(core.mailboxes.edge1.workspaceName);
    const shadow = crdOf({ ...NETWORK_POLICIES, plural: 'others', kind: 'Other' });
    shadow.metadata.annotations = { 'api-approved.kubernetes.io': 'https://example.test/approval' };
    const converted = crdOf(ownKind());
    converted.spec = { ...(converted.spec as object), conversion: webhook({ url: 'https://example.test/' }) };
    const dryRun = { ...USER, dryRun: true };
    for (const [what, resource, object] of [
      ['a binding with accepted claims', API_BINDINGS, bindingTo('x', tenant.workspace, api.exportName)],
      ['accepted claims of Kubernetes', API_BINDINGS, bindingTo('x', 'root:compute', 'kubernetes')],
      ['an export by its path', API_BINDINGS, bindingTo('x', tenant.workspace, api.exportName, false)],
      [
        'an export by the ID of its workspace',
        API_BINDINGS,
        bindingTo('x', api.cluster, api.exportName, false),
      ],
      ['an export of the mailbox itself', API_BINDINGS, bindingTo('x', undefined, api.exportName, false)],
      ['a CRD in a group of Kubernetes', CUSTOM_RESOURCE_DEFINITIONS, shadow],
      ['a CRD with a conversion webhook', CUSTOM_RESOURCE_DEFINITIONS, converted],
    ] as [string, Resource, KubeObject][]) {
      const answer = await mailbox.create(resource, object, dryRun).then(
        () => 'it was admitted',
        (error: unknown) => error,
      );
      assert.ok(isApiError(answer, 403, 422), `${what}: ${String(answer)}`);
      assert.match(String(answer), MAILBOX_POLICY, what);
    }
    const copied = bindingTo('bind-kubernetes', 'root:compute', 'kubernetes', false);
    await mailbox.create(API_BINDINGS, { ...copied, metadata: { name: fresh('binding') } }, dryRun);
    await mailbox.create(CUSTOM_RESOURCE_DEFINITIONS, crdOf(ownKind()), dryRun);
    await refusesTokens(core);
    // Even who can take the policy away does not for long.
    const wanted = { name: MAILBOX_POLICY };
    for (const resource of [VALIDATING_ADMISSION_POLICY_BINDINGS, VALIDATING_ADMISSION_POLICIES]) {
      await mailbox.delete(resource, wanted);
      await arrives(mailbox, resource, MAILBOX_POLICY);
    }
    await admin.connection.close();
  },
);

/** Whatever its rights, no ServiceAccount of a mailbox workspace gets at the credentials of another one. */
async function refusesTokens({ home, mailboxes }: TenantsCore): Promise<void> {
  const client = await KubeClient.fromKubeconfig({
    kubeconfig: `${home.path}/admin.kubeconfig`,
    context: 'system:admin',
    headers: {
      'Impersonate-User': ['system:serviceaccount:default:some-syncer'],
      'Impersonate-Group': ['system:masters'],
    },
  });
  const mailbox = client.workspace(mailboxes.edge1.workspaceName);
  const dryRun = { ...USER, dryRun: true };
  const secret = (type: string, annotations = {}): KubeObject & { type: string } => ({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: fresh('secret'), namespace: 'default', annotations },
    type,
  });
  await mailbox.create(SECRETS, secret('Opaque'), dryRun);
  const owner = { 'kubernetes.io/service-account.name': 'default' };
  for (const type of ['kubernetes.io/service-account-token', 'bootstrap.kubernetes.io/token']) {
    const answer = await mailbox
      .create(SECRETS, secret(type, owner), dryRun)
      .catch((error: unknown) => error);
    assert.ok(isApiError(answer, 403, 422), `a Secret of type ${type}: ${String(answer)}`);
    assert.match(String(answer), MAILBOX_POLICY);
  }
  await client.connection.close();
}
