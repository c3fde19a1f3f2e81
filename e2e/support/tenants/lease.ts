/** A syncer's Lease, written by somebody who has got hold of a syncer's credentials. */
import {
  CONFIG_MAPS,
  type Condition,
  LEASES,
  type Lease,
  SYNC_TARGETS,
  SYNCER_LEASE,
  type SyncTarget,
} from '@kubestellar/api';
import { KubeClient } from '@kubestellar/kube';
import { assert } from '@kubestellar/testing';
import { USER } from '../core.ts';
import { eventually } from '../eventually.ts';
import { ROOT, run } from '../local.ts';
import { arrives, create, namespace, place } from '../objects.ts';
import { area, type TenantsCore } from './core.ts';

export const lease = area();

const SYNCER = `${ROOT}/bin/kubestellar-syncer`;

lease(
  "a Lease for 68 years, written with a syncer's credentials, neither stops the syncer nor counts as its heartbeat",
  async (core) => {
    const { home, imw, edge2, mailboxes } = core;
    const { client } = await core.tenant();
    const thief = await KubeClient.fromKubeconfig({
      kubeconfig: `${home.path}/wecs/edge2/syncer-mailbox.kubeconfig`,
    });
    const mailbox = thief.workspace(mailboxes.edge2.workspaceName);
    const holder = await holderIn(core, 'edge2');
    const spec = {
      holderIdentity: 'thief/nowhere/1',
      leaseDurationSeconds: 2147483647,
      leaseTransitions: 2147483647,
      renewTime: '2999-01-01T00:00:00.000000Z',
    };
    await mailbox.mergePatch(LEASES, SYNCER_LEASE, { spec }, USER);
    const syncerReady = async () => {
      const target = await imw.get<SyncTarget>(SYNC_TARGETS, { name: 'edge2' });
      return target?.status?.conditions?.find(({ type }) => type === 'SyncerReady');
    };
    const refused = await eventually(
      'the Lease to be refused',
      syncerReady,
      (condition) => condition?.reason === 'LeaseRefused',
    );
    assert.is(refused?.status, 'False');
    assert.match(refused?.message ?? '', /leaseDurationSeconds is 2147483647, and not within 1 to 135/);
    await eventually(
      'the syncer to have its Lease back',
      () => holderIn(core, 'edge2'),
      (found) => found === holder,
    );
    await eventually('the syncer to be seen', syncerReady, (condition) => condition?.status === 'True');
    const in_ = await namespace(client);
    await create(client, CONFIG_MAPS, 'after', in_);
    await place(client, in_, [{ resources: ['configmaps'], namespaces: [in_] }], {
      locationSelectors: [{ matchLabels: { name: 'edge2' } }],
    });
    await arrives(edge2, CONFIG_MAPS, 'after', in_);
    await thief.connection.close();
  },
);

lease(
  'a syncer that nobody wanted beside the one at work is not ready, nor is the SyncTarget; one of its own installation is, and says for whom it stands by',
  async (core) => {
    const holder = await holderIn(core, 'edge1');
    const [own = ''] = holder.split('/');
    const { home, imw } = core;
    const syncerReady = async () => {
      const target = await imw.get<SyncTarget>(SYNC_TARGETS, { name: 'edge1' });
      return target?.status?.conditions?.find(({ type }) => type === 'SyncerReady');
    };
    const readiness = async (uid: string, isReported: (condition: Condition | undefined) => boolean) => {
      const syncer = run(
        SYNCER,
        [
          ...['--from-kubeconfig', `${home.path}/wecs/edge1/syncer-mailbox.kubeconfig`],
          ...['--to-kubeconfig', home.wec('edge1'), '--sync-target-uid', uid],
          ...['--server-bind-address', '127.0.0.1:0'],
        ],
        home.env,
      );
      await syncer.printed('standing by');
      const [, address] = /"address":"(127\.0\.0\.1:\d+)"/.exec(syncer.output()) ?? [];
      const answer = await eventually(
        'the syncer to have read all',
        async () => {
          const response = await fetch(`http://${address}/readyz`);
          return { code: response.status, text: await response.text() };
        },
        ({ text }) => text.includes(holder) && !text.includes('not read yet'),
      );
      await eventually('the SyncTarget to show who stands by', syncerReady, isReported);
      syncer.kill('SIGTERM');
      await syncer.done;
      return answer;
    };
    const unwanted = await readiness(
      'another',
      (condition) =>
        condition?.status === 'False' &&
        condition.reason === 'SecondSyncer' &&
        /"another\/.*" stands by while ".*" holds the Lease/.test(condition.message ?? ''),
    );
    assert.is(unwanted.code, 503);
    assert.match(unwanted.text, /another syncer, ".*", holds the Lease .* not of this installation/);
    await eventually('the SyncTarget to be ready', syncerReady, (condition) => condition?.status === 'True');
    const wanted = await readiness(
      own,
      (condition) =>
        condition?.status === 'True' && /of the same installation, stands by/.test(condition.message ?? ''),
    );
    assert.is(wanted.code, 200);
    assert.match(wanted.text, /standing by/);
    assert.is(await holderIn(core, 'edge1'), holder);
  },
);

/** Who holds the Lease of a cluster's syncer. */
async function holderIn({ mailboxes }: TenantsCore, cluster: 'edge1' | 'edge2'): Promise<string> {
  const found = await mailboxes[cluster].get<Lease>(LEASES, SYNCER_LEASE);
  return found?.spec?.holderIdentity ?? '';
}
