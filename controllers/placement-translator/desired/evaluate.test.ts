import { CONFIG_MAPS, CUSTOM_RESOURCE_DEFINITIONS, type ObjectMeta, type Resource } from '@kubestellar/api';
import { keyOf } from '@kubestellar/kube';
import { assert, suite } from '@kubestellar/testing';
import type { ResolvedPlacement } from '../cache/placements.ts';
import { destinationOf, objectOf, placementOf, resolvedOf } from '../fixtures.ts';
import type { Want, WatchedType } from '../keys.ts';
import { destinationsAt, type Evaluation, evaluate, isUnresolved, placementsSelecting } from './evaluate.ts';

const test = suite('where an object of a WMW is wanted');

const type: WatchedType = { resource: CONFIG_MAPS, identity: '' };
const CRDS: WatchedType = { resource: CUSTOM_RESOURCE_DEFINITIONS, identity: '' };

const configMap = (metadata: Partial<ObjectMeta> = {}, resource: Resource = CONFIG_MAPS) =>
  objectOf(resource, 'w', 'x', { namespace: 'ns', ...metadata });
const selecting = (name: string, more: object = {}) =>
  placementOf('w', name, { downsync: [{ apiGroup: '', resources: ['configmaps'] }], ...more });

/** A workspace `w` with these EdgePlacements. */
function world(placements: ResolvedPlacement[], more: Partial<Evaluation> = {}): Evaluation {
  return {
    getPlacements: (cluster) => (cluster === 'w' ? placements : []),
    getType: () => type,
    getNamespaceLabels: (_, name) => (name === 'ns' ? { tier: 'gold' } : undefined),
    getMailboxesNeeding: () => [],
    getWants: () => new Map(),
    ...more,
  };
}

const mailboxesOf = (wants: ReadonlyMap<string, Want>) => [...wants.keys()].sort();

test('an object is wanted where the EdgePlacements that select it lead, and nowhere else', () => {
  const other = placementOf('w', 'other', { downsync: [{ apiGroup: '', resources: ['secrets'] }] });
  const evaluation = world([
    resolvedOf(selecting('a'), ['m1', 'm2']),
    resolvedOf(selecting('b'), ['m2', 'm3']),
    resolvedOf(other, ['m4']),
  ]);
  const wants = evaluate(evaluation, type, configMap());
  assert.equal(mailboxesOf(wants), ['m1', 'm2', 'm3']);
  assert.equal(wants.get('m1')?.source, { type, key: keyOf(configMap()) });
  assert.equal(mailboxesOf(evaluate(evaluation, type, objectOf(CONFIG_MAPS, 'elsewhere', 'x'))), []);
});

test('destinations of several EdgePlacements come together, each once', () => {
  const [one, two] = [destinationOf('l1'), destinationOf('l2')];
  const evaluation = world([
    resolvedOf(selecting('a'), [], { destinations: new Map([['m', [one]]]) }),
    resolvedOf(selecting('b'), [], { destinations: new Map([['m', [one, two]]]) }),
  ]);
  assert.equal(evaluate(evaluation, type, configMap()).get('m')?.destinations, [one, two]);
});

test('Locations of one name in two workspaces are two destinations', () => {
  const both = [destinationOf('l', 'imw1'), destinationOf('l', 'imw2')];
  const evaluation = world([resolvedOf(selecting('a'), [], { destinations: new Map([['m', both]]) })]);
  assert.equal(evaluate(evaluation, type, configMap()).get('m')?.destinations, both);
});

test('singleton state is returned if some EdgePlacement that leads there asks for it', () => {
  const asking = selecting('asks', { wantSingletonReportedState: true });
  for (const all of [
    [resolvedOf(asking, ['m']), resolvedOf(selecting('b'), ['m'])],
    [resolvedOf(selecting('b'), ['m']), resolvedOf(asking, ['m'])],
  ])
    assert.ok(evaluate(world(all), type, configMap()).get('m')?.wantReturn);
  const wants = evaluate(
    world([resolvedOf(asking, ['m1']), resolvedOf(selecting('b'), ['m2'])]),
    type,
    configMap(),
  );
  assert.not(wants.get('m2')?.wantReturn);
});

test('an object that is being deleted is wanted nowhere', () => {
  const evaluation = world([resolvedOf(selecting('a'), ['m'])]);
  const ending = configMap({ deletionTimestamp: '2026-01-01T00:00:00Z' });
  assert.is(evaluate(evaluation, type, ending).size, 0);
});

test('an object of another API than its workspace serves is wanted nowhere, one of an unknown kind is', () => {
  const placements = [resolvedOf(selecting('a'), ['m'])];
  const other = world(placements, { getType: () => ({ ...type, identity: 'crd' }) });
  assert.is(evaluate(other, type, configMap()).size, 0);
  assert.is(evaluate(world(placements, { getType: () => undefined }), type, configMap()).size, 1);
});

const known: Want = { source: { type, key: 'w/ns/x' }, destinations: [], wantReturn: false };

test('an EdgePlacement whose destinations are not known withdraws nothing, and adds nothing', () => {
  const getWants = () => new Map([['m', known]]);
  const evaluation = world([resolvedOf(selecting('a'), undefined)], { getWants });
  assert.equal([...evaluate(evaluation, type, configMap())], [['m', known]]);
  const other = placementOf('w', 'other', { downsync: [{ apiGroup: '', resources: ['secrets'] }] });
  assert.is(evaluate(world([resolvedOf(other, undefined)], { getWants }), type, configMap()).size, 0);
});

test('an EdgePlacement over budget is taken to select what it may have selected', () => {
  const other = placementOf('w', 'other', { downsync: [{ apiGroup: '', resources: ['secrets'] }] });
  const over = resolvedOf(other, undefined, { isOverBudget: true });
  const evaluation = world([over], { getWants: () => new Map([['m', known]]) });
  assert.equal(mailboxesOf(evaluate(evaluation, type, configMap())), ['m']);
  assert.ok(isUnresolved(evaluation, type, configMap(), 'm'));
});

test('a CRD goes wherever objects of its kind go, beside where it is selected itself', () => {
  const crd = objectOf(CUSTOM_RESOURCE_DEFINITIONS, 'w', 'things.test');
  const downsync = [{ apiGroup: 'apiextensions.k8s.io', resources: ['customresourcedefinitions'] }];
  const itself = resolvedOf(placementOf('w', 'crds', { downsync }), ['m1']);
  const evaluation = world([itself], { getType: () => CRDS, getMailboxesNeeding: () => ['m1', 'm2'] });
  const wants = evaluate(evaluation, CRDS, crd);
  assert.equal(mailboxesOf(wants), ['m1', 'm2']);
  assert.equal(wants.get('m1')?.destinations.length, 1, 'what selects it counts');
  assert.equal(wants.get('m2')?.destinations, []);
  const others = world([], { getMailboxesNeeding: () => ['m1'] });
  assert.is(evaluate(others, type, configMap()).size, 0, 'nothing but CRDs goes along');
});

test('what goes along with its objects has the destinations of its workspace there', () => {
  const evaluation = world([resolvedOf(selecting('a'), ['m']), resolvedOf(selecting('b'), undefined)]);
  const source = { type, key: 'w/ns/x' };
  assert.equal(destinationsAt(evaluation, source, 'm'), [destinationOf('at-m')]);
  const own = { ...known, destinations: [destinationOf('own')] };
  const wanted = { ...evaluation, getWants: () => new Map([['m', own]]) };
  assert.equal(destinationsAt(wanted, source, 'm'), [destinationOf('own')]);
});

test('an object is unresolved as to a mailbox if it is unknown whether an EdgePlacement that selects it leads there', () => {
  const unknown = resolvedOf(selecting('a'), undefined);
  const unproven = resolvedOf(selecting('a'), ['m1'], { unproven: new Set(['m2']) });
  const other = resolvedOf(placementOf('w', 'o', { downsync: [{ apiGroup: 'apps' }] }), undefined);
  const isSo = (placement: ResolvedPlacement, mailbox = 'm2', watched = type, object = configMap()) =>
    isUnresolved(world([placement]), watched, object, mailbox);
  assert.ok(isSo(unknown));
  assert.ok(isSo(unproven));
  assert.not(isSo(unproven, 'm3'));
  assert.not(isSo(other), 'it does not select the object');
  assert.not(isSo(resolvedOf(selecting('a'), ['m1'])), 'its destinations are known');
  const crd = objectOf(CUSTOM_RESOURCE_DEFINITIONS, 'w', 'things.test');
  assert.ok(isSo(other, 'm2', CRDS, crd), 'it may select what the CRD defines');
});

test('the EdgePlacements that select an object name their StatusCollectors, those that are not resolved are left out', () => {
  const test = {
    apiGroup: '',
    namespaceSelectors: [{ matchLabels: { tier: 'gold' } }],
    statusCollectors: ['c'],
  };
  const collecting = placementOf('w', 'a', { downsync: [test] });
  const evaluation = world([resolvedOf(collecting, ['m']), resolvedOf(selecting('b'), undefined)]);
  const found = placementsSelecting(evaluation, type, configMap());
  assert.equal(
    found.map(({ placement, collectors }) => [placement.metadata.name, collectors]),
    [['a', ['c']]],
  );
  assert.equal(placementsSelecting(evaluation, type, configMap({ namespace: 'other' })), []);
});

test('a want names the EdgePlacements that lead there, and whether one of them orphans', () => {
  const both = world([
    resolvedOf(selecting('b'), ['m', 'n']),
    resolvedOf(selecting('a', { deletionPolicy: 'Orphan' }), ['m']),
  ]);
  const wants = evaluate(both, type, configMap());
  assert.equal(wants.get('m')?.placements, ['uid-a', 'uid-b']);
  assert.ok(wants.get('m')?.isOrphaned);
  assert.equal(wants.get('n')?.placements, ['uid-b']);
  assert.not(wants.get('n')?.isOrphaned);
});

test.run();
