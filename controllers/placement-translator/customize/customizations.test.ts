import {
  CONFIG_MAPS,
  CUSTOMIZER,
  CUSTOMIZERS,
  type Customizer,
  EXPAND_PARAMETERS,
  LOCATIONS,
  type Location,
  type ObjectMeta,
} from '@kubestellar/api';
import { Informer } from '@kubestellar/kube';
import { assert, suite } from '@kubestellar/testing';
import { FakeServer, until } from '@kubestellar/testing/fake-server';
import { destinationOf, loggerOf, objectOf } from '../fixtures.ts';
import { copyKeyOf, sourceKeyOf } from '../keys.ts';
import { Customizations } from './customizations.ts';
import { parametersDigest } from './plan.ts';

const test = suite('what copies depend on: Customizers and Locations');

const type = { resource: CONFIG_MAPS, identity: '' };
const objectWith = (name: string, annotations: ObjectMeta['annotations']) =>
  objectOf(CONFIG_MAPS, 'w', name, { namespace: 'ns', annotations });
const customized = objectWith('customized', { [CUSTOMIZER]: 'c' });
const expanded = objectWith('expanded', { [EXPAND_PARAMETERS]: 'true' });
const plain = objectWith('plain', {});
let version = 1;

function customizerOf(value: string, metadata: Partial<ObjectMeta> = {}): Customizer {
  const more = { namespace: 'ns', resourceVersion: `${version++}`, ...metadata };
  return objectOf(CUSTOMIZERS, 'w', 'c', more, { replacements: [{ path: '$.data.a', value }] }) as Customizer;
}

function locationOf(name: string, env: string): Location {
  return objectOf(LOCATIONS, 'imw', name, { labels: { env }, resourceVersion: `${version++}` }) as Location;
}

const running: { stop(): Promise<void> }[] = [];
test.after.each(async () => {
  for (const each of running.splice(0)) await each.stop();
});

/** Three objects that go to the Locations edge1 and edge2. */
async function world() {
  const server = new FakeServer();
  server.put('w', CUSTOMIZERS, customizerOf('"1"'));
  for (const name of ['edge1', 'edge2']) server.put('imw', LOCATIONS, locationOf(name, 'test'));
  const locations = new Informer<Location>({
    client: server.client,
    resource: LOCATIONS,
    logger: loggerOf(),
  });
  const told: string[] = [];
  const customizations = new Customizations(server.client, locations, loggerOf(), {
    onSource: (source) => void told.push(`source ${source}`),
    onCopies: (source, copies) => void told.push(`copies of ${source}: ${[...copies].join(', ')}`),
    onCustomizer: (key) => void told.push(`customizer ${key}`),
  });
  running.push(customizations, locations);
  assert.not(customizations.synced);
  locations.start();
  await customizations.start();
  for (const object of [customized, expanded, plain]) {
    const destinations = ['edge1', 'edge2'].map((name) => [
      copyKeyOf(`at-${name}`, type, object),
      [destinationOf(name)],
    ]);
    customizations.follow(sourceKeyOf(type, object), object, new Map(destinations as never));
  }
  told.length = 0;
  /** What is told until it holds. */
  const tell = async (act: () => unknown, count: number) => {
    told.length = 0;
    act();
    await until(() => told.length >= count);
    return told;
  };
  return { server, customizations, told, tell };
}

const id = (name: string) => `configmaps//w/ns/${name}`;

test('a Customizer that changes concerns itself and the objects that refer to it', async () => {
  const { server, customizations, tell } = await world();
  assert.ok(customizations.synced);
  const put = () => server.put('w', CUSTOMIZERS, customizerOf('"2"'));
  assert.equal(await tell(put, 2), ['customizer w/ns/c', `source ${id('customized')}`]);
  const drop = () => server.drop('w', CUSTOMIZERS, customizerOf(''));
  assert.equal(await tell(drop, 2), ['customizer w/ns/c', `source ${id('customized')}`]);
  assert.is(customizations.customizer('w/ns/c'), undefined);
});

test('of a Customizer of which only other things change no object is looked at', async () => {
  const { server, tell } = await world();
  const put = () => server.put('w', CUSTOMIZERS, customizerOf('"1"', { labels: { other: 'x' } }));
  assert.equal(await tell(put, 1), ['customizer w/ns/c']);
});

test('a Location whose parameters change concerns the copies there, of objects that use them', async () => {
  const { server, tell, customizations } = await world();
  const before = customizations.parametersDigest('imw//edge1');
  const put = () => server.put('imw', LOCATIONS, locationOf('edge1', 'prod'));
  assert.equal(await tell(put, 1), [`copies of ${id('expanded')}: at-edge1/configmaps/ns/expanded`]);
  assert.is(customizations.parametersDigest('imw//edge1'), parametersDigest(locationOf('edge1', 'prod')));
  assert.is.not(customizations.parametersDigest('imw//edge1'), before);
  assert.is(customizations.parametersDigest('imw//other'), undefined);
});

test('a Location whose parameters stay, or that is deleted, concerns nobody', async () => {
  const { server, tell } = await world();
  server.put('imw', LOCATIONS, locationOf('edge1', 'test'));
  server.drop('imw', LOCATIONS, locationOf('edge1', 'test'));
  const last = () => server.put('imw', LOCATIONS, locationOf('edge2', 'prod'));
  assert.equal(await tell(last, 1), [`copies of ${id('expanded')}: at-edge2/configmaps/ns/expanded`]);
});

test('a Customizer that expands parameters gets those of all Locations where its objects go', async () => {
  const { server, tell, customizations } = await world();
  const where = () => customizations.locationsUsing('w/ns/c').map(({ metadata }) => metadata.name);
  assert.equal(where(), []);
  const annotations = { [EXPAND_PARAMETERS]: 'true' };
  await tell(() => server.put('w', CUSTOMIZERS, customizerOf('"%(env)"', { annotations })), 2);
  const copies = ['edge1', 'gone'].map((name) => [copyKeyOf(name, type, customized), [destinationOf(name)]]);
  const follow = () =>
    customizations.follow(sourceKeyOf(type, customized), customized, new Map(copies as never));
  assert.equal(
    await tell(follow, 1),
    ['customizer w/ns/c'],
    'where it is used decides what is wrong with it',
  );
  assert.equal(where(), ['edge1']);
});

test('what is forgotten, or goes nowhere, follows nothing', async () => {
  const { server, customizations, tell } = await world();
  const forget = () => customizations.forget(sourceKeyOf(type, customized));
  assert.equal(await tell(forget, 1), ['customizer w/ns/c']);
  customizations.follow(sourceKeyOf(type, expanded), expanded, new Map());
  server.put('imw', LOCATIONS, locationOf('edge1', 'prod'));
  const put = () => server.put('w', CUSTOMIZERS, customizerOf('"3"'));
  assert.equal(await tell(put, 1), ['customizer w/ns/c']);
});

test('a plan is made of what is cached', async () => {
  const { customizations } = await world();
  assert.is(customizations.plan(plain, [destinationOf('edge1')]), undefined);
  const plan = customizations.plan(expanded, [destinationOf('edge1')]);
  assert.equal(plan?.task?.own?.at(-1), ['env', 'test']);
});

test.run();
