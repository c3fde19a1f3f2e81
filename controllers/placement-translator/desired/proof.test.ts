import { CLUSTER_ROLES, CONFIG_MAPS, type KubeObject, type Resource } from '@kubestellar/api';
import { formatKey } from '@kubestellar/kube';
import { assert, suite } from '@kubestellar/testing';
import { objectOf, placementOf } from '../fixtures.ts';
import type { LocalObject, WatchedType } from '../keys.ts';
import {
  decideProof,
  type Evidence,
  type Finding,
  type Judgement,
  type ProofDependencies,
  proveUnwanted,
} from './proof.ts';

const test = suite('proof that nobody wants an object');

const type: WatchedType = { resource: CONFIG_MAPS, identity: '' };
const local: LocalObject = { groupResource: 'configmaps', namespace: 'ns', name: 'x' };
const PROVEN = { isProven: true };

function source(cluster: string, judgement: Partial<Judgement> = {}): Finding {
  const key = formatKey({ cluster, namespace: 'ns', name: 'x' });
  return { kind: 'source', source: { type, key }, isUnresolved: false, isWanted: false, ...judgement };
}

const evidence = (more: Partial<Evidence> = {}): Evidence => ({
  isComplete: true,
  isDesired: false,
  findings: [],
  ...more,
});

test('an object without any source is proven unwanted', () => {
  assert.equal(decideProof(evidence()), PROVEN);
});

test('an object whose sources lead elsewhere is proven unwanted', () => {
  assert.equal(decideProof(evidence({ findings: [source('w1'), source('w2')] })), PROVEN);
});

test('nothing is proven before all EdgePlacements and all that is served are known', () => {
  assert.equal(decideProof(evidence({ isComplete: false })), { isProven: false, outdated: [] });
});

test('nothing is proven of what the desired state has, and no source is evaluated for it', () => {
  const findings = [source('w1', { isWanted: true })];
  assert.equal(decideProof(evidence({ isDesired: true })), { isProven: false, outdated: [] });
  assert.equal(decideProof(evidence({ isDesired: true, findings })), { isProven: false, outdated: [] });
});

test('a type that is not listed yet proves nothing, if some EdgePlacement may select from it', () => {
  const unlisted = (mayBeSelected: boolean): Finding => ({ kind: 'unlisted', mayBeSelected });
  assert.equal(decideProof(evidence({ findings: [unlisted(true)] })), { isProven: false, outdated: [] });
  assert.equal(decideProof(evidence({ findings: [unlisted(false)] })), PROVEN);
});

test('a source of which it is not known where it leads proves nothing', () => {
  const findings = [source('w1'), source('w2', { isUnresolved: true })];
  assert.equal(decideProof(evidence({ findings })), { isProven: false, outdated: [] });
});

test('a source that leads there, which the desired state does not know yet, is to be evaluated', () => {
  const wanted = source('w2', { isWanted: true });
  const proof = decideProof(evidence({ findings: [source('w1'), wanted] }));
  assert.equal(proof, { isProven: false, outdated: [wanted.kind === 'source' && wanted.source] });
});

/** Workspaces with ConfigMaps, or ClusterRoles, in memory. */
function world(
  workspaces: { [cluster: string]: KubeObject | 'unlisted' | undefined },
  resource: Resource = CONFIG_MAPS,
) {
  const judged: string[] = [];
  const naming = (plural: string) =>
    placementOf('w1', 'p', { downsync: [{ apiGroup: '', resources: [plural] }] });
  const deps: ProofDependencies = {
    isComplete: () => true,
    listWorkspaces: () => Object.keys(workspaces),
    getPlacements: (cluster) =>
      cluster === 'empty' ? [] : [{ placement: naming(cluster === 'secretive' ? 'secrets' : 'configmaps') }],
    getType: (cluster, name) =>
      cluster !== 'unserved' && name.startsWith(resource.plural) ? { resource, identity: '' } : undefined,
    getObject: (_, { cluster, namespace, name }) => {
      const found = workspaces[cluster];
      if (found === 'unlisted' || !found) return found;
      const { metadata } = found;
      return metadata.name === name && (metadata.namespace ?? '') === namespace ? found : undefined;
    },
    judge: (_, { metadata }) => {
      judged.push(metadata.name);
      const { unresolved, wanted } = metadata.labels ?? {};
      return { isUnresolved: unresolved !== undefined, isWanted: wanted !== undefined };
    },
    isDesired: () => false,
  };
  return { deps, judged };
}

const configMap = (cluster: string, name = 'x', labels = {}) =>
  objectOf(CONFIG_MAPS, cluster, name, { namespace: 'ns', labels });

test('every workspace with an EdgePlacement is looked at, and there the object of this name', () => {
  const { deps, judged } = world({ w1: configMap('w1', 'other'), w2: configMap('w2') });
  assert.equal(proveUnwanted(deps, 'm', local), PROVEN);
  assert.equal(judged, ['x']);
  const wanted = world({ w1: undefined, w2: configMap('w2', 'x', { wanted: '' }) });
  const proof = proveUnwanted(wanted.deps, 'm', local);
  assert.equal(proof, { isProven: false, outdated: [{ type, key: 'w2/ns/x' }] });
  const unresolved = world({ w1: configMap('w1', 'x', { unresolved: '' }) });
  assert.not(proveUnwanted(unresolved.deps, 'm', local).isProven);
});

test('a workspace that does not serve the kind has no source of it', () => {
  const { deps } = world({ unserved: configMap('unserved', 'x', { wanted: '' }) });
  assert.equal(proveUnwanted(deps, 'm', local), PROVEN);
});

test('a type that is not listed counts only where some EdgePlacement names it', () => {
  assert.not(proveUnwanted(world({ w1: 'unlisted' }).deps, 'm', local).isProven);
  for (const cluster of ['empty', 'secretive'])
    assert.equal(proveUnwanted(world({ [cluster]: 'unlisted' }).deps, 'm', local), PROVEN, cluster);
});

test('an incomplete view is not even looked at, and the desired state is asked for this object', () => {
  const { deps, judged } = world({ w1: configMap('w1') });
  assert.not(proveUnwanted({ ...deps, isComplete: () => false }, 'm', local).isProven);
  assert.equal(judged, []);
  const asked: unknown[] = [];
  const isDesired = (...of: unknown[]) => asked.push(of) > 0;
  assert.not(proveUnwanted({ ...deps, isDesired }, 'm', local).isProven);
  assert.equal(asked, [['m', local]]);
});

test('a copy of a kind that acts may come from the native object, by its natural name', () => {
  const role = objectOf(CLUSTER_ROLES, 'w1', 'team|reader', { labels: { wanted: '' } });
  const { deps } = world({ w1: role }, CLUSTER_ROLES);
  const copy = {
    groupResource: 'clusterroles.rbac.authorization.k8s.io.denatured',
    namespace: '',
    name: 'denatured--teamz7creaderzz',
  };
  assert.not(proveUnwanted(deps, 'm', copy).isProven);
  assert.equal(proveUnwanted(deps, 'm', { ...copy, name: 'team' }), PROVEN);
});

test.run();
