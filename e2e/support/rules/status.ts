/** Reported state on its way back (semantics 5.1, 9, 11; syncer 4.6). */
import {
  apiVersionOf,
  COMBINED_STATUSES,
  CONFIG_MAPS,
  CUSTOM_RESOURCE_DEFINITIONS,
  EDGE_PLACEMENTS,
  type EdgePlacement,
  type KubeObject,
  LEASES,
  NAMESPACES,
  type Resource,
  SYNCER_CONFIGS,
  SYNCER_LEASE,
} from '@kubestellar/api';
import type { KubeClient } from '@kubestellar/kube';
import { assert } from '@kubestellar/testing';
import { destination, USER } from '../core.ts';
import { crdOf } from '../kinds.ts';
import {
  arrives,
  BOTH,
  create,
  define,
  fresh,
  kind,
  namespace,
  ONE,
  place,
  placementIs,
  type Read,
} from '../objects.ts';
import { area } from './area.ts';

export const status = area();

const COUNT = 'kubestellar.io/executing-count';
const counts = (n: string) => (object: Read) => object.metadata.annotations?.[COUNT] === n;
const phaseIs = (phase: string | undefined) => (object: Read) => phaseOf(object) === phase;
const phaseOf = (object: Read) => (object.status as { phase?: string } | undefined)?.phase;

status(
  'semantics 9a, 9b; syncer 4.6a; api 4g: the count follows the destinations; status comes back from exactly one',
  async (core) => {
    const { wmw, edge1, edge2, mailboxes } = core;
    const [things, in_] = [await kind([wmw]), await namespace(wmw)];
    await create(wmw, things, 'single', in_, { spec: { size: 1 } });
    const wanting = (locationSelectors: typeof ONE | typeof BOTH) =>
      place(wmw, in_, [{ apiGroup: things.group, namespaces: [in_] }], {
        locationSelectors,
        wantSingletonReportedState: true,
      });
    await wanting(ONE);
    await arrives(edge1, things, 'single', in_);
    await report(edge1, things, in_, { phase: 'one' });
    await arrives(wmw, things, 'single', in_, (object) => phaseIs('one')(object) && counts('1')(object));
    await wanting(BOTH);
    await arrives(edge2, things, 'single', in_);
    await arrives(wmw, things, 'single', in_, counts('2'));
    await report(edge2, things, in_, { phase: 'two' });
    await report(edge1, things, in_, { phase: 'still one' });
    await arrives(mailboxes.edge1, things, 'single', in_, phaseIs('still one'));
    await arrives(mailboxes.edge2, things, 'single', in_, phaseIs('two'));
    assert.is(phaseOf(await arrives(wmw, things, 'single', in_)), 'one', 'with two, the last status stays');
    await wanting(ONE);
    await arrives(
      wmw,
      things,
      'single',
      in_,
      (object) => phaseIs('still one')(object) && counts('1')(object),
    );
  },
);

status(
  'semantics 5.1b, 9c: one placement that asks for status is enough; when none does any more, the count stays',
  async (core) => {
    const { wmw, edge1 } = core;
    const [things, in_] = [await kind([wmw]), await namespace(wmw)];
    await create(wmw, things, 'single', in_);
    const tests = [{ apiGroup: things.group, namespaces: [in_] }];
    await place(wmw, `${in_}-plain`, tests);
    await arrives(edge1, things, 'single', in_);
    await report(edge1, things, in_, { phase: 'early' });
    await place(wmw, `${in_}-asks`, tests, { wantSingletonReportedState: true });
    await arrives(wmw, things, 'single', in_, (object) => phaseIs('early')(object) && counts('1')(object));
    await wmw.delete(EDGE_PLACEMENTS, { name: `${in_}-asks` });
    await place(wmw, `${in_}-plain`, tests, { locationSelectors: BOTH });
    await arrives(core.edge2, things, 'single', in_);
    assert.ok(counts('1')(await arrives(wmw, things, 'single', in_)));
  },
);

status(
  'semantics 9d: the status of CRDs and Namespaces is that of each server, also when somebody asks for it',
  async (core) => {
    const { wmw, edge1 } = core;
    const [things, in_] = [await kind([wmw]), await namespace(wmw)];
    const name = `${things.plural}.${things.group}`;
    await place(
      wmw,
      in_,
      [
        { apiGroup: CUSTOM_RESOURCE_DEFINITIONS.group, objectNames: [name] },
        { resources: ['namespaces'], objectNames: [in_] },
      ],
      { wantSingletonReportedState: true },
    );
    await arrives(edge1, CUSTOM_RESOURCE_DEFINITIONS, name);
    await arrives(edge1, NAMESPACES, in_);
    for (const [resource, each] of [
      [CUSTOM_RESOURCE_DEFINITIONS, name],
      [NAMESPACES, in_],
    ] as const) {
      const source = await arrives(wmw, resource, each, undefined, counts('1'));
      const writers = source.metadata.managedFields?.filter(
        ({ manager, subresource }) => manager === 'placement-translator' && subresource === 'status',
      );
      assert.equal(writers, []);
    }
  },
);

status('syncer 4.6b: what vanishes from a status vanishes on its way, too', async (core) => {
  const { wmw, edge1, mailboxes } = core;
  const [things, in_] = [await kind([wmw]), await namespace(wmw)];
  await create(wmw, things, 'single', in_);
  await place(wmw, in_, [{ apiGroup: things.group, namespaces: [in_] }], {
    wantSingletonReportedState: true,
  });
  await arrives(edge1, things, 'single', in_);
  await report(edge1, things, in_, { phase: 'one', left: 'for now' });
  await arrives(wmw, things, 'single', in_, phaseIs('one'));
  await report(edge1, things, in_, { phase: 'two', left: null });
  for (const server of [mailboxes.edge1, wmw]) {
    const { status: told } = await arrives(server, things, 'single', in_, phaseIs('two'));
    assert.equal(told, { phase: 'two' });
  }
});

status('syncer 4.6c: a kind without a status subresource returns its status, too', async (core) => {
  const { wmw, edge1, mailboxes } = core;
  const in_ = await namespace(wmw);
  const group = `${fresh('bare')}.test`;
  const things: Resource = { group, version: 'v1', plural: 'bares', kind: 'Bare', namespaced: true };
  await define(wmw, crdOf(things, {}), things);
  await create(wmw, things, 'single', in_, { spec: { size: 1 } });
  await place(wmw, in_, [{ apiGroup: group, namespaces: [in_] }], { wantSingletonReportedState: true });
  await arrives(edge1, things, 'single', in_);
  const ref = { name: 'single', namespace: in_ };
  await edge1.mergePatch(things, ref, { status: { phase: 'good' } }, { fieldManager: 'its-controller' });
  for (const server of [mailboxes.edge1, wmw]) await arrives(server, things, 'single', in_, phaseIs('good'));
  await wmw.mergePatch(things, ref, { spec: { size: 2 } }, USER);
  const copy = await arrives(
    edge1,
    things,
    'single',
    in_,
    ({ spec }) => (spec as { size: number }).size === 2,
  );
  assert.is(phaseOf(copy), 'good');
});

status(
  'semantics 11c: a cluster that has fallen silent counts as unknown, until it is heard again',
  async (core) => {
    const { wmw } = core;
    const [ring, in_] = [await destination(core, fresh('ring')), await namespace(wmw)];
    const locationSelectors = [...BOTH, { matchLabels: { ring: ring.name } }];
    await create(wmw, CONFIG_MAPS, 'told', in_);
    await place(wmw, in_, [{ resources: ['configmaps'], namespaces: [in_] }], { locationSelectors });
    // What a syncer does that lives: it renews its Lease, and reports.
    const renew = () => ring.mailbox.apply(LEASES, lease(new Date()), USER);
    const tell = async () => {
      const { metadata } = await arrives(ring.mailbox, SYNCER_CONFIGS, 'the-one', undefined, ({ spec }) =>
        JSON.stringify(spec).includes('told'),
      );
      const report = { status: { observedGeneration: metadata.generation, failing: 0 } };
      await ring.mailbox.mergePatch(SYNCER_CONFIGS, metadata, report, { ...USER, subresource: 'status' });
    };
    const told = async (counts: { [name: string]: number }) => {
      const accept = ({ clusters = {} }: Read) =>
        Object.entries(counts).every(([name, count]) => Reflect.get(clusters as object, name) === count);
      // A syncer may be silent for a minute before anybody minds.
      return arrives(wmw, COMBINED_STATUSES, 'configmaps--told', in_, accept, 150);
    };
    const counts = { wanted: 3, applied: 3, failing: 0, available: 3, unknown: 0 };
    await renew();
    await tell();
    await told(counts);
    await placementIs(wmw, in_, (found) => conditionOf(found, 'Applied') === 'True AllApplied');

    const silent = await told({ ...counts, applied: 2, available: 2, unknown: 1 });
    assert.equal(silent.silent, [ring.name]);
    const placement = await placementIs(wmw, in_, (found) =>
      conditionOf(found, 'Applied').startsWith('Unknown'),
    );
    assert.is(conditionOf(placement, 'Available'), 'Unknown ClustersSilent');

    await renew();
    await told(counts);
    await placementIs(wmw, in_, (found) => conditionOf(found, 'Applied') === 'True AllApplied');
    await wmw.delete(EDGE_PLACEMENTS, { name: in_ });
    await ring.end();
  },
);

/** The Lease of a syncer that was renewed at this time. */
function lease(time: Date): KubeObject {
  const renewTime = time.toISOString().replace('Z', '000Z');
  return {
    apiVersion: apiVersionOf(LEASES),
    kind: LEASES.kind,
    metadata: SYNCER_LEASE,
    spec: { holderIdentity: 'scenario', leaseDurationSeconds: 60, renewTime },
  };
}

function conditionOf({ status: told }: EdgePlacement, wanted: string): string {
  const { status: value, reason } = told?.conditions?.find(({ type }) => type === wanted) ?? {};
  return `${value} ${reason}`;
}

/** As a controller in a cluster reports on the object `single`. */
function report(
  cluster: KubeClient,
  things: Resource,
  in_: string,
  content: { [field: string]: string | null },
): Promise<KubeObject> {
  const ref = { name: 'single', namespace: in_ };
  return cluster.mergePatch(things, ref, { status: content }, { ...USER, subresource: 'status' });
}
