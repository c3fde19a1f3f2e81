/** APIs of the tenant's own: shadows of kinds that there are, claims on others' objects, and what they are read by. */
import {
  API_BINDINGS,
  API_EXPORTS,
  API_RESOURCE_SCHEMAS,
  EDGE_PLACEMENTS,
  SYNCER_CONFIGS,
} from '@kubestellar/api';
import fc from 'fast-check';
import { applied, asked, below, type Kind, type Move, OWN_NAMESPACES, pathOf, type Scene } from '../move.ts';

const kind = (group: string, plural: string, name: string, namespaced = true): Kind => ({
  ...{ group, version: 'v1', plural, kind: name, namespaced },
});

const NATIVE = [
  kind('', 'configmaps', 'ConfigMap'),
  kind('', 'secrets', 'Secret'),
  kind('coordination.k8s.io', 'leases', 'Lease'),
  kind('rbac.authorization.k8s.io', 'clusterrolebindings', 'ClusterRoleBinding', false),
];
const CLAIMABLE = [
  ...NATIVE,
  kind('', 'namespaces', 'Namespace', false),
  kind('', 'serviceaccounts', 'ServiceAccount'),
  API_BINDINGS,
  kind('apps', 'deployments', 'Deployment'),
  SYNCER_CONFIGS,
  kind('*', '*', 'Everything'),
];

/** What one export may offer: shadows, a namesake of somebody else's kind, kinds of the tenant's own. */
function offered({ victim }: Scene): Kind[] {
  return [
    ...NATIVE.slice(0, 3),
    kind(victim.group, 'gadgets', 'Gadget'),
    kind('hostile.test', 'traps', 'Trap'),
    kind('hostile.test', 'snares', 'Snare', false),
  ];
}

/** APIs of the tenant's own, from their making to what can be had by them. */
export function apiMoves(scene: Scene): [weight: number, fc.Arbitrary<Move>][] {
  const api = fc.constantFrom(...offered(scene));
  const claims = fc.uniqueArray(fc.constantFrom(...CLAIMABLE), {
    maxLength: 3,
    selector: (each) => each.plural,
  });
  const namespace = fc.constantFrom(...OWN_NAMESPACES);
  return [
    [6, fc.record({ api, claims }).map((choice) => exporting(scene, choice))],
    [4, fc.record({ api, namespace }).map(({ api: of, namespace: in_ }) => placing(scene, of, in_))],
    [8, fc.record({ api, seen: fc.constantFrom(...CLAIMABLE) }).map((choice) => reading(scene, choice))],
    [3, fc.record({ api, aim: fc.constantFrom(...aims(scene)) }).map((choice) => writing(scene, choice))],
    [1, api.map((of) => withdrawing(scene, of))],
  ];
}

function exportOf({ plural }: Kind): string {
  return `all-${plural}`;
}

function exporting({ own, identities }: Scene, { api, claims }: { api: Kind; claims: Kind[] }): Move {
  const base = below(own, '');
  const { group, version, plural, kind: name, namespaced } = api;
  const schema = `v1.${plural}.${group || 'core'}`;
  const permissionClaims = claims.map(({ group: of, plural: resource }) => {
    const identityHash = identities.get(`${resource}.${of}`);
    return { group: of, resource, verbs: ['*'], ...(identityHash ? { identityHash } : {}) };
  });
  const schemaBody = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };
  const names = { plural, singular: name.toLowerCase(), kind: name, listKind: `${name}List` };
  return {
    kind: 'export, bind and accept claims',
    steps: [
      applied(
        base,
        API_RESOURCE_SCHEMAS,
        { name: schema, annotations: { 'api-approved.kubernetes.io': 'https://hostile.test' } },
        {
          spec: {
            ...{ group, names, scope: namespaced ? 'Namespaced' : 'Cluster' },
            versions: [{ name: version, served: true, storage: true, schema: schemaBody, subresources: {} }],
          },
        },
      ),
      applied(
        base,
        API_EXPORTS,
        { name: exportOf(api) },
        {
          spec: {
            permissionClaims,
            resources: [{ group, name: plural, schema, storage: { crd: {} } }],
          },
        },
      ),
      applied(
        base,
        API_BINDINGS,
        { name: exportOf(api) },
        {
          spec: {
            reference: { export: { path: own.path, name: exportOf(api) } },
            permissionClaims: permissionClaims.map((claim) => ({
              ...{ ...claim, selector: { matchAll: true }, state: 'Accepted' },
            })),
          },
        },
      ),
    ],
  };
}

/** An object of the API goes everywhere, and its definition, or the binding of it, with it. */
function placing({ own }: Scene, api: Kind, namespace: string): Move {
  const downsync = [{ apiGroup: api.group, resources: [api.plural], objectNames: ['bait'] }];
  const spec = { locationSelectors: [{}], downsync };
  return {
    kind: 'place an object of an own API',
    steps: [
      applied(below(own, ''), EDGE_PLACEMENTS, { name: exportOf(api) }, { spec }),
      applied(below(own, ''), api, { name: 'bait', namespace }, { data: { bait: 'YmFpdA==' } }),
    ],
  };
}

function reading({ own, mailboxes, victim }: Scene, { api, seen }: { api: Kind; seen: Kind }): Move {
  const everywhere = [victim, ...mailboxes, { cluster: '*' }];
  const what = seen.plural === '*' ? api : seen;
  return {
    kind: 'read through an own virtual workspace',
    steps: everywhere.map(({ cluster }) =>
      asked('GET', `${virtualWorkspace(own.cluster, api)}/clusters/${cluster}${pathOf(what)}`),
    ),
  };
}

type Aim = { target: string; method: string; kind: Kind; namespace?: string; name: string; body?: object };

/** What a tenant might like to do in mailboxes and in somebody else's workspace. */
function aims({ own, mailboxes, victim }: Scene): Aim[] {
  const [configMaps, secrets, leases, bindings] = NATIVE as [Kind, Kind, Kind, Kind];
  const subjects = [{ kind: 'ServiceAccount', name: 'tenant', namespace: 'default' }];
  const roleRef = { apiGroup: bindings.group, kind: 'ClusterRole', name: 'cluster-admin' };
  const { namespace } = victim;
  const targets = [own, victim, ...mailboxes].map(({ cluster }) => cluster);
  return targets.flatMap((target): Aim[] => [
    { target, method: 'DELETE', kind: configMaps, namespace, name: 'changing' },
    { target, method: 'DELETE', kind: secrets, namespace, name: 'changing' },
    {
      target,
      method: 'PATCH',
      kind: configMaps,
      namespace,
      name: 'changing',
      body: { data: { v: 'hostile' } },
    },
    { target, method: 'PATCH', kind: bindings, name: 'hostile', body: { subjects, roleRef } },
    {
      ...{ target, method: 'PATCH', kind: leases, namespace: 'default', name: 'kubestellar-syncer' },
      body: { spec: { holderIdentity: 'hostile', leaseDurationSeconds: 2_147_483_647 } },
    },
  ]);
}

function writing({ own }: Scene, { api, aim }: { api: Kind; aim: Aim }): Move {
  const base = `${virtualWorkspace(own.cluster, api)}/clusters/${aim.target}`;
  const { method, kind: of, namespace, name, body } = aim;
  const step = body
    ? applied(base, of, { name, namespace }, body)
    : asked(method, `${base}${pathOf(of, namespace, name)}`);
  return { kind: 'write through an own virtual workspace', steps: [step] };
}

function withdrawing({ own }: Scene, api: Kind): Move {
  return {
    kind: 'delete an own API',
    steps: [API_BINDINGS, API_EXPORTS].map((of) =>
      asked('DELETE', below(own, pathOf(of, undefined, exportOf(api)))),
    ),
  };
}

function virtualWorkspace(cluster: string, api: Kind): string {
  return `/services/apiexport/${cluster}/${exportOf(api)}`;
}
