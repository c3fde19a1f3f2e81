import type { KubeObject } from '@kubestellar/api';
import { assert, suite } from '@kubestellar/testing';
import { withoutWebhook } from './conversion.ts';

const test = suite('conversion webhooks of definitions in the core');

const DEFINITIONS = 'customresourcedefinitions.apiextensions.k8s.io';
const definition = (conversion?: object): KubeObject => ({
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'a.b', annotations: { note: 'mine' } },
  spec: { group: 'b', ...(conversion ? { conversion } : {}) },
});

test('the copy of a definition has no webhook, and says in an annotation what its user wrote', () => {
  const conversion = { strategy: 'Webhook', webhook: { clientConfig: { url: 'https://x.test/' } } };
  const source = definition(conversion);
  const copy = withoutWebhook(DEFINITIONS, source);
  assert.equal(copy.spec, { group: 'b', conversion: { strategy: 'None' } });
  const annotation = copy.metadata.annotations?.['edge.kubestellar.io/conversion'];
  assert.equal(JSON.parse(annotation ?? ''), conversion);
  assert.is(copy.metadata.annotations?.note, 'mine');
  assert.equal(source, definition(conversion), 'the source stays as it is');
});

test('a definition without a webhook stays as it is, and so do objects of other kinds', () => {
  for (const each of [definition(), definition({ strategy: 'None' })])
    assert.equal(withoutWebhook(DEFINITIONS, each), each);
  const other = definition({ strategy: 'Webhook' });
  assert.equal(withoutWebhook('things.test', other), other);
});

test.run();
