import { assert, suite } from '@kubestellar/testing';
import { byVersionPriority } from './served-resources.ts';

const test = suite('the preferred version of a resource');

test('stable before beta before alpha, higher numbers first (Kubernetes convention)', () => {
  const versions = ['v1alpha1', 'v1beta1', 'v10', 'v2', 'v2beta1', 'v1', 'weird', 'v1beta2'];
  const expected = ['v10', 'v2', 'v1', 'v2beta1', 'v1beta2', 'v1beta1', 'v1alpha1', 'weird'];
  assert.equal(versions.sort(byVersionPriority), expected);
});

test.run();
