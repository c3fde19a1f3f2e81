/** What the placement-translator tells the syncer to do (semantics 6.5; api 6). */
import {
  CONFIG_MAPS,
  DEPLOYMENTS,
  EDGE_PLACEMENTS,
  SYNCER_CONFIGS,
  type SyncerConfig,
} from '@kubestellar/api';
import type { KubeClient } from '@kubestellar/kube';
import { destination, USER } from '../core.ts';
import { eventually } from '../eventually.ts';
import { create, fresh, leadsTo, namespace, place } from '../objects.ts';
import { podTemplate } from '../semantics/summary-support.ts';
import { area } from './area.ts';

export const theOne = area();

const THE_ONE = { name: 'the-one' };

theOne(
  'api 6a; semantics 6.5a, 6.5c: the example: what the slice and the SyncerConfig say; withdrawn, an empty SyncerConfig stays',
  async (core) => {
    const { wmw } = core;
    const [ring, in_] = [await destination(core, fresh('ring')), await namespace(wmw)];
    const template = podTemplate('d1');
    const spec = { selector: { matchLabels: template.metadata.labels }, template };
    await create(wmw, DEPLOYMENTS, 'd1', in_, { spec });
    await place(
      wmw,
      in_,
      [
        { apiGroup: 'apps', resources: ['deployments'], namespaces: [in_], objectNames: ['*'] },
        { apiGroup: '', resources: ['namespaces'], objectNames: [in_] },
      ],
      {
        locationSelectors: [{ matchLabels: { ring: ring.name } }],
        wantSingletonReportedState: true,
        upsync: [{ apiGroup: 'g.test', resources: ['widgets'], names: ['*'] }],
      },
    );
    await leadsTo(wmw, in_, [`${ring.name} ${ring.name}`]);
    const deployments = { group: 'apps', resource: 'deployments', apiVersion: 'v1' };
    const namespaces = { group: '', resource: 'namespaces', apiVersion: 'v1' };
    const example = {
      namespaceScope: {},
      namespacedObjects: [{ ...deployments, objectsByNamespace: [{ namespace: in_, names: ['d1'] }] }],
      clusterScope: [{ ...namespaces, objects: [in_] }],
      upsync: [{ apiGroup: 'g.test', resources: ['widgets'], names: ['*'] }],
    };
    await theOneSays(ring.mailbox, example);
    await wmw.delete(EDGE_PLACEMENTS, { name: in_ });
    await theOneSays(ring.mailbox, { namespaceScope: {}, namespacedObjects: [], clusterScope: [] });
    await ring.end();
  },
);

theOne(
  'semantics 6.5b: the SyncerConfig that somebody edits or deletes is put right at once',
  async (core) => {
    const { wmw } = core;
    const [ring, in_] = [await destination(core, fresh('ring')), await namespace(wmw)];
    await create(wmw, CONFIG_MAPS, 'one', in_);
    await place(wmw, in_, [{ resources: ['configmaps'], namespaces: [in_], objectNames: ['one'] }], {
      locationSelectors: [{ matchLabels: { ring: ring.name } }],
    });
    const names = [{ namespace: in_, names: ['one'] }];
    const resource = { group: '', resource: 'configmaps', apiVersion: 'v1' };
    const right = {
      namespaceScope: {},
      namespacedObjects: [{ ...resource, objectsByNamespace: names }],
      clusterScope: [],
    };
    await theOneSays(ring.mailbox, right);
    await ring.mailbox.mergePatch(SYNCER_CONFIGS, THE_ONE, { spec: { namespacedObjects: [] } }, USER);
    await theOneSays(ring.mailbox, right);
    const wrong = { spec: { clusterScope: [{ ...resource, objects: ['x'] }] } };
    await ring.mailbox.mergePatch(SYNCER_CONFIGS, THE_ONE, wrong, USER);
    await theOneSays(ring.mailbox, right);
    await ring.mailbox.delete(SYNCER_CONFIGS, THE_ONE);
    await theOneSays(ring.mailbox, right);
    await ring.end();
  },
);

/** Waits until the SyncerConfig of the placement-translator has exactly this spec. */
async function theOneSays(mailbox: KubeClient, spec: object): Promise<void> {
  const text = JSON.stringify(spec);
  await eventually(
    `the-one to say ${text}`,
    async () => JSON.stringify(sorted((await mailbox.get<SyncerConfig>(SYNCER_CONFIGS, THE_ONE))?.spec)),
    (found) => found === JSON.stringify(sorted(spec)),
    60,
  );
}

/** The same with the keys of all maps in alphabetical order. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, each]) => [key, sorted(each)]));
}
