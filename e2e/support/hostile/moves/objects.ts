/** Workload objects with odd names, keys and marks; those that a cluster has by itself; Leases; kinds of the tenant's own. */
import { CONFIG_MAPS, CUSTOM_RESOURCE_DEFINITIONS, LEASES, NAMESPACES, SECRETS } from '@kubestellar/api';
import fc from 'fast-check';
import { applied, asked, below, type Kind, type Move, OWN_NAMESPACES, pathOf, type Scene } from '../move.ts';

const namespace = fc.constantFrom(...OWN_NAMESPACES);
const name = fc.constantFrom('a', 'constructor', 'prototype', 'kube-root-ca.crt', 'the-one', 'x'.repeat(253));

/** Whatever fits anywhere, for objects that are nested as deeply as they like. */
export const BLOBS: Kind = {
  ...{ group: 'hostile.test', version: 'v1', plural: 'blobs', kind: 'Blob', namespaced: true },
};

/** What can be written as the workload itself. */
export function objectMoves(scene: Scene): [weight: number, fc.Arbitrary<Move>][] {
  const base = below(scene.own, '');
  const odd = fc
    .record({
      name,
      namespace,
      kind: fc.constantFrom(CONFIG_MAPS, SECRETS),
      data: data(),
      marks: marks(scene),
    })
    .map(
      ({ name: called, namespace: in_, kind, data: content, marks: { labels, annotations } }): Move => ({
        kind: 'write an odd object',
        steps: [
          applied(base, kind, { name: called, namespace: in_, labels, annotations }, { data: content }),
        ],
      }),
    );
  const adopting = fc
    .record({ which: fc.constantFrom(...scene.clusterOwned), kind: fc.constantFrom(CONFIG_MAPS, SECRETS) })
    .map(
      ({ which, kind }): Move => ({
        kind: 'adopt what a cluster has by itself',
        steps: [
          applied(base, NAMESPACES, { name: which.namespace, annotations: ADOPTING }, {}),
          applied(base, kind, { ...which, annotations: ADOPTING }, { data: { v: 'aG9zdGlsZQ==' } }),
        ],
      }),
    );
  const lease = fc.record({ namespace, seconds: fc.constantFrom(1, 46, 2_147_483_647) }).map(
    ({ namespace: in_, seconds }): Move => ({
      kind: 'write a Lease',
      steps: [
        applied(
          base,
          LEASES,
          { name: 'kubestellar-syncer', namespace: in_ },
          { spec: { holderIdentity: 'hostile', leaseDurationSeconds: seconds } },
        ),
      ],
    }),
  );
  const removing = fc.record({ name, namespace, kind: fc.constantFrom(CONFIG_MAPS, SECRETS) }).map(
    ({ name: called, namespace: in_, kind }): Move => ({
      kind: 'delete an odd object',
      steps: [asked('DELETE', `${base}${pathOf(kind, in_, called)}`)],
    }),
  );
  return [
    [8, odd],
    [3, adopting],
    [1, lease],
    [3, removing],
    [1, namespace.map((called) => naming(base, called))],
    [2, fc.constant(defining(base))],
  ];
}

/** The Namespaces and the kind that many other moves need. */
export function beginning({ own }: Scene): Move[] {
  const base = below(own, '');
  return [...OWN_NAMESPACES.map((called) => naming(base, called)), defining(base)];
}

function naming(base: string, called: string): Move {
  const labels = Object.fromEntries([['constructor', 'x']]);
  return { kind: 'write a Namespace', steps: [applied(base, NAMESPACES, { name: called, labels }, {})] };
}

const ADOPTING = { 'edge.kubestellar.io/adopt': 'true' };

/** Entries with the names of what every JavaScript object has. */
function data(): fc.Arbitrary<Record<string, string>> {
  const key = fc.constantFrom('PROTO', 'constructor', 'toString', 'hasOwnProperty', 'v', 'x'.repeat(253));
  return fc.dictionary(key, fc.constantFrom('aG9zdGlsZQ==', '', 'JShfX3Byb3RvX18p'), { maxKeys: 4 });
}

/** Labels and annotations that programs of ours look at, with lies. */
function marks({ victim }: Scene): fc.Arbitrary<{ labels: object; annotations: object }> {
  const labels = fc.subarray([
    ...[
      ['edge.kubestellar.io/projected', 'yes'] as const,
      ['constructor', 'x'] as const,
      ['env', 'demo'] as const,
    ],
  ]);
  const annotations = fc.subarray([
    ['edge.kubestellar.io/downsynced', `ConfigMap/${victim.namespace}/changing`] as const,
    ['edge.kubestellar.io/upsynced', `Secret/${victim.namespace}/changing`] as const,
    ['edge.kubestellar.io/customizer', 'hostile/c-0'] as const,
    ['edge.kubestellar.io/customizer', `${victim.namespace}/none`] as const,
    ['edge.kubestellar.io/expand-parameters', 'true'] as const,
    ['edge.kubestellar.io/downsync-overwrite', 'false'] as const,
    ['edge.kubestellar.io/created-fields', 'x'] as const,
    ['kubestellar.io/executing-count', '99'] as const,
    ['kcp.io/cluster', victim.cluster] as const,
    ['validation-error.kubestellar.io/0', 'x'] as const,
  ]);
  return fc
    .tuple(labels, annotations)
    .map(([some, more]) => ({ labels: Object.fromEntries(some), annotations: Object.fromEntries(more) }));
}

function defining(base: string): Move {
  const { group, version, plural, kind } = BLOBS;
  const schema = {
    openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
  };
  return {
    kind: 'define an own kind',
    steps: [
      applied(
        base,
        CUSTOM_RESOURCE_DEFINITIONS,
        { name: `${plural}.${group}` },
        {
          spec: {
            ...{
              group,
              scope: 'Namespaced',
              names: { plural, singular: 'blob', kind, listKind: 'BlobList' },
            },
            versions: [{ name: version, served: true, storage: true, schema }],
          },
        },
      ),
    ],
  };
}
