import {
  CONFIG_MAPS,
  CONVERSION,
  CUSTOM_RESOURCE_DEFINITIONS,
  DEFINED_BY,
  type KubeObject,
  PLACED_BY,
  PROTECT,
  type Resource,
} from '@kubestellar/api';
import { assert, suite } from '@kubestellar/testing';
import type { Plan } from '../customize/plan.ts';
import { mailboxOf, OURS, objectOf } from '../fixtures.ts';
import type { LocalObject, Want } from '../keys.ts';
import { type CopyPlace, type CopySource, type ProjectDependencies, Projector } from './project.ts';

const test = suite('projection of wanted objects');

const type = { resource: CONFIG_MAPS, identity: '' };
const local: LocalObject = { groupResource: 'configmaps', namespace: 'ns', name: 'x' };
const mailbox = mailboxOf('m');
const wants: Want[] = [];

function sourceOf(
  cluster: string,
  resourceVersion: string,
  data: object,
  more: Partial<CopySource> = {},
): CopySource {
  const object = objectOf(
    CONFIG_MAPS,
    cluster,
    'x',
    { namespace: 'ns', resourceVersion, uid: cluster },
    { data },
  );
  return { type, object, isPartial: false, plan: undefined, definer: undefined, ...more };
}

/** A mailbox workspace, and workspaces with these sources. */
function world(
  sources: CopySource[],
  place: Partial<CopyPlace> = {},
  more: Partial<ProjectDependencies> = {},
) {
  const written: KubeObject[] = [];
  const removed: (string | undefined)[] = [];
  const conflicts: [string[], readonly string[]][] = [];
  const made: string[] = [];
  const current: CopyPlace = { type, cached: undefined, isPartial: false, isListed: true, ...place };
  const deps: ProjectDependencies = {
    getPlace: () => current,
    listSources: () => sources,
    make: async ({ object }) => {
      made.push(object.metadata.uid ?? '');
      return { object };
    },
    reportConflicts: async (rivals, fields) => {
      conflicts.push([rivals.map(({ object }) => object.metadata.uid ?? ''), fields]);
    },
    ensureNamespace: async () => 'usable',
    write: async (_, __, copy) => {
      written.push(copy);
      return { ...copy.metadata, uid: 'copy', resourceVersion: '7' };
    },
    remove: async (_, __, ___, copy) => void removed.push(copy.metadata.uid),
    ...more,
  };
  const projector = new Projector(deps);
  const project = (mayWait = false) => projector.project(mailbox, local, wants, mayWait);
  return { projector, project, written, removed, conflicts, made, sources, current };
}

const dataOf = (copy: KubeObject | undefined) => (copy as { data?: object } | undefined)?.data;

test('the copy is what the source is, with our mark', async () => {
  const { project, written, conflicts } = world([sourceOf('w1', '1', { a: '1' })]);
  assert.is(await project(), 'done');
  assert.equal(dataOf(written[0]), { a: '1' });
  assert.equal(written[0]?.metadata.labels, OURS.labels);
  assert.equal(conflicts, [[['w1'], []]], 'it has no rival, or none any more');
});

test('without a source, or a place for the copy, nothing is written', async () => {
  const none = world([]);
  assert.is(await none.project(), 'done');
  const nowhere = world([sourceOf('w1', '1', {})], {}, { getPlace: () => undefined });
  assert.is(await nowhere.project(), 'done');
  assert.equal([...none.written, ...nowhere.written, ...nowhere.made], []);
});

test('of several sources the most recently written one counts, and where they disagree is reported', async () => {
  const { project, written, conflicts } = world([
    sourceOf('w1', '9', { a: 'old', only: 'w1' }),
    sourceOf('w2', '10', { a: 'new' }),
  ]);
  await project();
  assert.equal(dataOf(written[0]), { a: 'new', only: 'w1' });
  assert.equal(conflicts, [[['w2', 'w1'], ['data.a']]]);
});

test('the order of the sources is that of source-order.ts, and the caches keep theirs', async () => {
  const { project, made, sources } = world([sourceOf('w3', '5', {}), sourceOf('w2', '11', {})]);
  await project();
  assert.equal(made, ['w2', 'w3']);
  assert.is(sources[0]?.object.metadata.uid, 'w3', 'what is handed in stays as it is');
});

/** A CRD of one workspace, whose objects a webhook converts. */
function definitionOf(cluster: string, second: number, resourceVersion: string): CopySource {
  const creationTimestamp = `2026-01-01T00:00:0${second}Z`;
  const spec = { scope: cluster, conversion: { strategy: 'Webhook', webhook: { of: cluster } } };
  const metadata = { uid: cluster, creationTimestamp, resourceVersion };
  const object = objectOf(CUSTOM_RESOURCE_DEFINITIONS, cluster, 'things.test', metadata, { spec });
  const crds = { resource: CUSTOM_RESOURCE_DEFINITIONS, identity: '' };
  return { type: crds, object, isPartial: false, plan: undefined, definer: undefined };
}

test('of CRDs the oldest source counts, and its conversion webhook is an annotation of the copy', async () => {
  const crds = { resource: CUSTOM_RESOURCE_DEFINITIONS as Resource, identity: '' };
  const crd: LocalObject = {
    groupResource: 'customresourcedefinitions.apiextensions.k8s.io',
    namespace: '',
    name: 'things.test',
  };
  for (const sources of [
    [definitionOf('old', 1, '5')],
    [definitionOf('new', 2, '10'), definitionOf('old', 1, '5')],
  ]) {
    const { projector, written } = world(sources, { type: crds });
    await projector.project(mailbox, crd, wants, false);
    const { spec, metadata } = written[0] as KubeObject & { spec: unknown };
    assert.equal(spec, { scope: 'old', conversion: { strategy: 'None' } });
    assert.equal(JSON.parse(metadata.annotations?.[CONVERSION] ?? ''), {
      strategy: 'Webhook',
      webhook: { of: 'old' },
    });
  }
});

test('a source that can not be customized is not sent as it is, others go on without it', async () => {
  const quarantined = { source: '', customizer: '', parameters: '', location: '', message: '' };
  const make: ProjectDependencies['make'] = async ({ object }) =>
    object.metadata.uid === 'w2' ? { quarantined } : { object };
  const { project, written } = world(
    [sourceOf('w1', '1', { a: '1' }), sourceOf('w2', '2', {})],
    {},
    { make },
  );
  await project();
  assert.equal(written.map(dataOf), [{ a: '1' }]);
  const alone = world([sourceOf('w2', '2', {})], {}, { make });
  assert.is(await alone.project(), 'done');
  assert.equal(alone.written, []);
});

test('a customization that needs a worker is waited for only where that is permitted', async () => {
  const make: ProjectDependencies['make'] = async ({ object }, mayWait) => (mayWait ? { object } : 'later');
  const { project, written } = world([sourceOf('w1', '1', {})], {}, { make });
  assert.equal(await project(), { waitFor: 'w1' });
  assert.equal(written, []);
  assert.is(await project(true), 'done');
  assert.is(written.length, 1);
});

test('while too little is known of a source nothing is written, not even what others have', async () => {
  const make: ProjectDependencies['make'] = async ({ object }) =>
    object.metadata.uid === 'w1' ? undefined : { object };
  const { project, written } = world([sourceOf('w1', '1', {}), sourceOf('w2', '2', {})], {}, { make });
  assert.is(await project(), 'done');
  assert.equal(written, []);
});

test('while the Namespace ends nothing is written; it is that of the newest source', async () => {
  const asked: unknown[] = [];
  const ensureNamespace: ProjectDependencies['ensureNamespace'] = async (_, name, home) => {
    asked.push([name, home]);
    return 'terminating';
  };
  const sources = [sourceOf('w1', '1', {}), sourceOf('w2', '2', {})];
  const { project, written } = world(sources, {}, { ensureNamespace });
  assert.is(await project(), 'done');
  assert.equal(written, []);
  assert.equal(asked, [['ns', 'w2']]);
});

const stored = (resourceVersion: string) =>
  objectOf(CONFIG_MAPS, mailbox.cluster, 'x', { namespace: 'ns', uid: 'copy', resourceVersion });

test('where comparing costs requests, what agreed once is not compared again before something changes', async () => {
  for (const partial of ['source', 'copy']) {
    const source = sourceOf('w1', '1', {}, { isPartial: partial === 'source' });
    const { project, written, sources, current } = world([source], { isPartial: partial === 'copy' });
    await project();
    current.cached = stored('7');
    await project();
    assert.is(written.length, 1, partial);
    sources[0] = { ...source, plan: { version: 'other' } as Plan };
    await project();
    assert.is(written.length, 2, 'how it is customized has changed');
    current.cached = stored('8');
    await project();
    assert.is(written.length, 3, 'somebody has written the copy');
    sources[0] = {
      ...source,
      object: { ...source.object, metadata: { ...source.object.metadata, resourceVersion: '2' } },
    };
    await project();
    assert.is(written.length, 4, 'the source has changed');
  }
});

test('what is not ours in the place of a copy is never in agreement with the source', async () => {
  let tries = 0;
  const write = async () => void tries++;
  const { project, current } = world([sourceOf('w1', '1', {})], { isPartial: true }, { write });
  current.cached = stored('7');
  for (const _ of [1, 2]) assert.is(await project(), 'done');
  assert.is(tries, 2);
});

test('a copy that was deleted is made again, although it agreed before', async () => {
  const { project, projector, written, current } = world([sourceOf('w1', '1', {})], { isPartial: true });
  await project();
  current.cached = stored('7');
  projector.forget(mailbox, local);
  await project();
  assert.is(written.length, 2);
});

test('what the caches have in full is compared each time', async () => {
  const { project, written, current } = world([sourceOf('w1', '1', {})]);
  await project();
  current.cached = stored('7');
  await project();
  assert.is(written.length, 2);
});

const ORIGIN = 'edge.kubestellar.io/origin';
const markedWith = (...sources: string[]) => ({ [ORIGIN]: `core/target-of-m/configmaps/ns/x/${sources}` });
/** The same of a copy of which no EdgePlacement, and no definition, is known. */
const placedWith = (...sources: string[]) => ({
  [PLACED_BY]: '',
  [DEFINED_BY]: '',
  ...markedWith(...sources),
});
const copyMarked = (metadata: object) => {
  const copy = stored('7');
  return {
    ...copy,
    metadata: { ...copy.metadata, ...OURS, ...metadata },
  } as KubeObject;
};

test('the mark says of which core, for which SyncTarget, and of which objects of which workspaces the copy is', async () => {
  const one = world([sourceOf('w1', '1', {})]);
  await one.project();
  assert.is(one.written[0]?.metadata.annotations?.[ORIGIN], 'core/target-of-m/configmaps/ns/x/w1:w1');
  const two = world([sourceOf('w2', '1', {}), sourceOf('w1', '2', {})]);
  await two.project();
  assert.equal(two.written[0]?.metadata.annotations, placedWith('w1:w1', 'w2:w2'));
});

test('the copy of an object that was deleted and made anew is deleted, and made anew once it is gone', async () => {
  const { project, written, removed, current } = world([sourceOf('w1', '1', {})]);
  current.cached = copyMarked({ annotations: markedWith('w1:former') });
  assert.is(await project(), 'done');
  assert.equal([removed, written], [['copy'], []]);
  current.cached = copyMarked({
    annotations: markedWith('w1:former'),
    deletionTimestamp: '2026-01-01T00:00:00Z',
  });
  assert.is(await project(), 'done');
  assert.equal([removed, written], [['copy'], []], 'it is waited for');
  current.cached = undefined;
  await project();
  assert.equal(written[0]?.metadata.annotations, placedWith('w1:w1'));
});

test('a protected copy of an object that was deleted and made anew stays, and its mark names no source any more', async () => {
  const { project, written, removed, current } = world([sourceOf('w1', '1', {})]);
  current.cached = copyMarked({ annotations: { ...markedWith('w1:former'), [PROTECT]: 'true' } });
  await project();
  current.cached = copyMarked({ annotations: written[0]?.metadata.annotations });
  await project();
  assert.equal(removed, []);
  assert.equal(
    written.map(({ metadata }) => metadata.annotations),
    [placedWith(), placedWith()],
  );
});

test('a copy without a mark, of one more source, or that went over to another workspace, is marked in place', async () => {
  for (const annotations of [
    {},
    markedWith('w1:w1'),
    markedWith('w2:gone'),
    markedWith('w1:w1', 'w2:gone'),
  ]) {
    const { project, written, removed, current } = world([sourceOf('w1', '1', {})]);
    current.cached = copyMarked({ annotations });
    await project();
    assert.equal(removed, [], JSON.stringify(annotations));
    assert.equal(written[0]?.metadata.annotations, placedWith('w1:w1'));
  }
});

test('a definition that was made anew is updated in place: what is in it would be deleted with it', async () => {
  const crds = { resource: CUSTOM_RESOURCE_DEFINITIONS as Resource, identity: '' };
  const resource = 'customresourcedefinitions.apiextensions.k8s.io';
  const { projector, written, removed, current } = world([definitionOf('w1', 1, '5')], { type: crds });
  current.cached = copyMarked({ annotations: { [ORIGIN]: `core/t/${resource}//things.test/w1:former` } });
  await projector.project(
    mailbox,
    { groupResource: resource, namespace: '', name: 'things.test' },
    wants,
    false,
  );
  assert.equal(removed, []);
  assert.is(written[0]?.metadata.annotations?.[ORIGIN], `core/target-of-m/${resource}//things.test/`);
});

test.run();
