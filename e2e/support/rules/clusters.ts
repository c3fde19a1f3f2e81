/** The syncer as a process, and its peers (syncer 1, 3, 7, 10). */
import { CONFIG_MAPS, LEASES, type Lease, NAMESPACES, SYNCER_LEASE } from '@kubestellar/api';
import { assert } from '@kubestellar/testing';
import { eventually } from '../eventually.ts';
import { ROOT, run } from '../local.ts';
import { arrives, create, namespace, place, settles } from '../objects.ts';
import { area } from './area.ts';

export const clusters = area();

const SYNCER = `${ROOT}/bin/kubestellar-syncer`;

clusters(
  'syncer 1a: without the kubeconfig of a mailbox workspace, or the uid of its SyncTarget, the syncer ends and says so',
  async ({ home }) => {
    for (const [args, text] of [
      [[], '--from-kubeconfig is required'],
      [['--from-kubeconfig', home.wec('edge1')], '--sync-target-uid is required'],
      [
        ['--from-kubeconfig', '/nowhere', '--sync-target-uid', 'x', '--to-kubeconfig', '/nowhere'],
        '/nowhere',
      ],
      [['--bogus'], 'bogus'],
    ] as const) {
      const { code, stderr, stdout } = await run(SYNCER, [...args], home.env).done;
      assert.ok(code !== 0 && code !== null, `it goes on with ${args}`);
      assert.match(`${stderr}${stdout}`, text);
    }
  },
);

clusters('syncer 3b: an object that can not be brought down holds up no other one', async (core) => {
  const { wmw, edge1 } = core;
  const in_ = await namespace(wmw);
  await create(edge1, NAMESPACES, in_);
  for (const name of ['a', 'z']) await create(edge1, CONFIG_MAPS, name, in_);
  for (const name of ['a', 'm', 'z']) await create(wmw, CONFIG_MAPS, name, in_, { data: { from: 'us' } });
  await place(wmw, in_, [{ resources: ['configmaps'], namespaces: [in_] }]);
  await arrives(edge1, CONFIG_MAPS, 'm', in_, ({ data }) => data?.from === 'us');
});

clusters(
  'syncer 1b, 7c: of two syncers with one mailbox workspace the holder of the Lease works, the other one stands by',
  async (core) => {
    const { home, wmw, edge2, mailboxes } = core;
    const in_ = await namespace(wmw);
    const lease = async () => (await mailboxes.edge2.get<Lease>(LEASES, SYNCER_LEASE))?.spec;
    const before = await lease();
    assert.ok(before?.holderIdentity);
    const second = run(
      SYNCER,
      [
        ...['--from-kubeconfig', `${home.path}/wecs/edge2/syncer-mailbox.kubeconfig`],
        ...['--to-kubeconfig', home.wec('edge2'), '--sync-target-uid', 'second'],
        ...['--server-bind-address', '127.0.0.1:0'],
      ],
      home.env,
    );
    await second.printed('syncer starts');
    await place(wmw, in_, [{ resources: ['configmaps'], namespaces: [in_] }], {
      locationSelectors: [{ matchLabels: { name: 'edge2' } }],
    });
    await settles(wmw, edge2, in_);
    const renewed = await eventually(
      'the Lease to be renewed',
      lease,
      (now) => now?.renewTime !== before.renewTime,
    );
    assert.is(renewed?.holderIdentity, before.holderIdentity);
    assert.is(second.output().includes('at work'), false);
    second.kill('SIGTERM');
    assert.is((await second.done).code, 0);
  },
);
