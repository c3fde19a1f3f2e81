import { CONFIG_MAPS, CUSTOM_RESOURCE_DEFINITIONS, NAMESPACES } from '@kubestellar/api';
import { keyOf } from '@kubestellar/kube';
import { assert, suite } from '@kubestellar/testing';
import { objectOf, placementOf, resolvedOf } from '../fixtures.ts';
import { localObject, typeId, type Want, type WatchedType } from '../keys.ts';
import { Desired } from './desired-state.ts';
import { NAMESPACE_TYPE } from './evaluate.ts';
import { type EvaluationParts, evaluationOn, type ProofParts, proofOn } from './evaluation-io.ts';
import { proveUnwanted } from './proof.ts';

const test = suite('evaluation and proof on the caches');

const type: WatchedType = { resource: CONFIG_MAPS, identity: '' };
const object = objectOf(CONFIG_MAPS, 'w', 'x', { namespace: 'ns' });
const local = localObject(type, object);
const namespace = objectOf(NAMESPACES, 'w', 'ns', { labels: { tier: 'gold' } });

/** Caches of a workspace `w` with a ConfigMap, which an EdgePlacement leads to these mailboxes. */
function world(mailboxes: string[] | undefined, synced = true) {
  const desired = new Desired();
  const spec = { downsync: [{ apiGroup: '', namespaceSelectors: [{ matchLabels: { tier: 'gold' } }] }] };
  const placements = [resolvedOf(placementOf('w', 'p', spec), mailboxes)];
  const state = { synced };
  const parts = {
    placements: { in: () => placements, clusters: () => ['w'], synced: true },
    catalog: { typeIn: () => type, definedBy: () => ['configmaps'], synced: true },
    watches: {
      of: (watched: WatchedType) => ({
        informer: {
          get synced() {
            return state.synced;
          },
          get: (key: string) =>
            [object, namespace].find(
              (each) =>
                keyOf(each) === key && (each === namespace) === (typeId(watched) === typeId(NAMESPACE_TYPE)),
            ),
        },
      }),
    },
    desired,
  } as unknown as EvaluationParts & ProofParts;
  const evaluation = evaluationOn(parts);
  return {
    desired,
    evaluation,
    state,
    prove: (mailbox: string) => proveUnwanted(proofOn(parts, evaluation), mailbox, local),
  };
}

test('what leads elsewhere is proven unwanted here, what leads here is to be evaluated', () => {
  const { prove } = world(['m']);
  assert.ok(prove('other').isProven);
  assert.equal(prove('m'), { isProven: false, outdated: [{ type, key: keyOf(object) }] });
});

test('nothing is proven while the type is not listed, or the destinations are not known', () => {
  assert.not(world(['m'], false).prove('other').isProven);
  assert.not(world(undefined).prove('other').isProven);
});

test('labels of Namespaces are those of the cache, none for one without, unknown for one that is not there', () => {
  const { evaluation } = world([]);
  assert.equal(evaluation.getNamespaceLabels('w', 'ns'), { tier: 'gold' });
  assert.is(evaluation.getNamespaceLabels('w', 'other'), undefined);
});

test('a CRD is needed where objects of its kind are wanted', () => {
  const { desired, evaluation } = world([]);
  const want: Want = { source: { type, key: keyOf(object) }, destinations: [], wantReturn: false };
  desired.set(want.source, 'w', local, new Map([['m', want]]));
  const crd = { type: { resource: CUSTOM_RESOURCE_DEFINITIONS, identity: '' }, key: 'w//configmaps' };
  assert.equal([...evaluation.getMailboxesNeeding(crd)], ['m']);
  assert.equal([...evaluation.getMailboxesNeeding({ ...crd, key: 'elsewhere//configmaps' })], []);
  assert.equal([...evaluation.getWants(want.source).keys()], ['m']);
});

test.run();
