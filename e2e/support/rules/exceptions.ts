/** What never leaves its workspace (semantics 4.1, 4.2; api 3.5). */
import { CONFIG_MAPS, CUSTOMIZERS, LEASES, SECRETS, SERVICE_ACCOUNTS } from '@kubestellar/api';
import { assert } from '@kubestellar/testing';
import { arrives, create, namespace, place, placementIs, problemsOf, read, settles } from '../objects.ts';
import { area } from './area.ts';

export const exceptions = area();

exceptions(
  'semantics 4.1b, 4.2a, 7.1d: what each server makes for itself stays, also when it is named; the placement tells',
  async (core) => {
    const { wmw, edge1 } = core;
    const in_ = await namespace(wmw);
    await create(wmw, SERVICE_ACCOUNTS, 'app', in_);
    await create(wmw, SECRETS, 'kept', in_, { type: 'Opaque' });
    const annotations = { 'kubernetes.io/service-account.name': 'app' };
    await create(
      wmw,
      SECRETS,
      'token',
      in_,
      { type: 'kubernetes.io/service-account-token' },
      { annotations },
    );
    await create(wmw, SECRETS, 'bootstrap-token-abcdef', in_, { type: 'bootstrap.kubernetes.io/token' });
    await place(wmw, in_, [
      { resources: ['serviceaccounts', 'configmaps', 'secrets'], namespaces: [in_] },
      { resources: ['serviceaccounts'], namespaces: [in_], objectNames: ['default'] },
      { resources: ['nodes'] },
    ]);
    await arrives(edge1, SERVICE_ACCOUNTS, 'app', in_);
    await arrives(edge1, SECRETS, 'kept', in_);
    for (const name of ['token', 'bootstrap-token-abcdef'])
      assert.is(await read(edge1, SECRETS, name, in_), undefined, name);
    for (const [resource, name] of [
      [SERVICE_ACCOUNTS, 'default'],
      [CONFIG_MAPS, 'kube-root-ca.crt'],
    ] as const)
      assert.not((await arrives(edge1, resource, name, in_)).metadata.labels, `${name} is the cluster's own`);
    const told = problemsOf(await placementIs(wmw, in_, (placement) => problemsOf(placement).length === 2));
    assert.ok(told.includes('downsync[2]: nodes never propagate, each is created by each cluster itself'));
    assert.ok(
      told.some((text) => text.startsWith('downsync[1]: serviceaccounts named default never propagate')),
    );
  },
);

exceptions(
  "semantics 4.1d, api 3.5b: Leases and KubeStellar's own kinds never leave the workspace",
  async (core) => {
    const { wmw, edge1, mailboxes } = core;
    const in_ = await namespace(wmw);
    await create(wmw, LEASES, 'lock', in_, { spec: { holderIdentity: 'me' } });
    await create(wmw, CUSTOMIZERS, 'custom', in_, { replacements: [] });
    await place(wmw, in_, [
      { namespaces: [in_] },
      { apiGroup: LEASES.group, resources: [LEASES.plural], namespaces: [in_] },
      { apiGroup: CUSTOMIZERS.group, resources: [CUSTOMIZERS.plural], namespaces: [in_] },
    ]);
    await settles(wmw, edge1, in_);
    for (const server of [edge1, mailboxes.edge1]) {
      assert.is(await read(server, LEASES, 'lock', in_), undefined);
      assert.is(await read(server, CUSTOMIZERS, 'custom', in_), undefined);
    }
    const told = await placementIs(wmw, in_, (placement) => problemsOf(placement).length === 2);
    assert.match(
      problemsOf(told).join('\n'),
      /leases.* a lock among .*\n.*customizers.* configuration of KubeStellar/,
    );
  },
);
