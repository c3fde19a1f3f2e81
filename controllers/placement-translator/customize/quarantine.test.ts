import { CONFIG_MAPS, QUARANTINED } from '@kubestellar/api';
import { assert, suite } from '@kubestellar/testing';
import { objectOf } from '../fixtures.ts';
import { type SourceKey, sourceKeyOf } from '../keys.ts';
import { formatQuarantine, Quarantine, type Quarantined } from './quarantine.ts';

const test = suite('quarantine of customizations');

const type = { resource: CONFIG_MAPS, identity: '' };
const entry: Quarantined = {
  source: 's',
  customizer: 'c',
  parameters: 'p',
  location: 'imw//edge1',
  message: 'too much',
};
const annotated = (text?: string) =>
  objectOf(CONFIG_MAPS, 'w', 'x', text === undefined ? {} : { annotations: { [QUARANTINED]: text } });
const key: SourceKey = sourceKeyOf(type, annotated());
const NOW = { source: 's', customizer: 'c' };

/** A translator that has just started; edge1 has the parameters `p`. */
const started = () => new Quarantine((location) => (location === 'imw//edge1' ? 'p' : undefined));

test('a translator that is started anew reads the annotation, also of a release with other keys', () => {
  const old = JSON.stringify({ ...entry, location: 'imw||edge1' });
  for (const text of [formatQuarantine(entry), old])
    assert.equal(started().find(key, annotated(text), NOW), entry);
});

test('it holds as long as object, Customizer and parameters are the same', () => {
  const object = annotated(formatQuarantine(entry));
  assert.is(started().find(key, object, { ...NOW, source: 'other' }), undefined);
  assert.is(started().find(key, object, { ...NOW, customizer: 'other' }), undefined);
  assert.is(new Quarantine(() => 'other').find(key, object, NOW), undefined);
});

test('without an annotation, or with one that nobody of ours has written, there is none', () => {
  for (const text of [undefined, 'null', '[]', '{', '"x"'])
    assert.is(started().find(key, annotated(text), NOW), undefined);
});

test('what is certain is in quarantine at once, what may be an accident at the third time', () => {
  const quarantine = started();
  assert.equal(quarantine.strike(key, entry, 'too much', true), entry);
  const other = started();
  const strikes = [1, 2, 3].map(() => other.strike(key, entry, 'ended', false)?.message);
  assert.equal(strikes, [undefined, undefined, 'ended']);
  assert.ok(other.release(key));
  assert.not(other.release(key));
});

test.run();
