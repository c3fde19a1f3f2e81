import {
  CONFIG_MAPS,
  DEFINED_BY,
  DELETION_POLICY,
  ORIGIN,
  PROJECTED,
  PROJECTED_VALUE,
  PROTECT,
} from '@kubestellar/api';
import type { SourceId } from '@kubestellar/rules';
import { assert, suite } from '@kubestellar/testing';
import { objectOf } from '../fixtures.ts';
import { decideSources } from './former-copy.ts';

const test = suite('the copy of an object that was deleted and made anew');

const NOW: SourceId[] = [{ cluster: 'w', uid: 'now' }];
const LABELS = { [PROJECTED]: PROJECTED_VALUE };

/** @param uid of the object that it is made of; '' if its mark names none */
function copyOf(uid: string, annotations: { [key: string]: string } = {}, labels = LABELS) {
  const mark = `core/target/configmaps/ns/x/${uid && `w:${uid}`}`;
  return objectOf(CONFIG_MAPS, 'm', 'x', {
    namespace: 'ns',
    labels,
    annotations: { [ORIGIN]: mark, ...annotations },
  });
}

test('it ends with that object', () => {
  const former = copyOf('former', { [DEFINED_BY]: 'crd' });
  assert.equal(decideSources(former, copyOf('now', { [DEFINED_BY]: 'crd' }), NOW), {
    do: 'replace',
    former,
  });
  assert.is(decideSources(copyOf('former'), copyOf('now'), NOW).do, 'replace');
});

test('a copy of the same object, or none, or what is no copy of ours, is written with its source', () => {
  for (const cached of [undefined, copyOf('now'), copyOf('former', {}, {} as typeof LABELS)])
    assert.equal(decideSources(cached, copyOf('now'), NOW), { do: 'write', sources: NOW });
});

test('a protected one, and one that is to be orphaned, stays and names no source', () => {
  for (const [key, value] of [
    [PROTECT, 'true'],
    [DELETION_POLICY, 'Orphan'],
  ] as const)
    assert.equal(decideSources(copyOf('former', { [key]: value }), copyOf('now'), NOW), {
      do: 'write',
      sources: [],
    });
});

test('one whose object ended with the definition of its kind stays: nobody has asked to delete it', () => {
  const former = copyOf('former', { [DEFINED_BY]: 'former-binding' });
  assert.equal(decideSources(former, copyOf('now', { [DEFINED_BY]: 'binding' }), NOW), {
    do: 'write',
    sources: [],
  });
});

test('a mark that names no source stays so, or the syncer would see a source that it does not know', () => {
  assert.equal(decideSources(copyOf(''), copyOf('now'), NOW), { do: 'write', sources: [] });
});

test.run();
