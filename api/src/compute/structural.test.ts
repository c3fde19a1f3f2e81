import { assert, suite } from '@kubestellar/testing';
import type { OpenAPISchema } from './openapi.ts';
import { structuralSchema } from './structural.ts';

const test = suite('structural schemas');

/** Converts a kind with the one field `field`. @returns the converted field */
function converted(
  field: OpenAPISchema,
  others: { [name: string]: OpenAPISchema } = {},
  required: string[] = [],
) {
  const schemas = { Kind: { type: 'object', properties: { field }, required }, ...others };
  return structuralSchema(schemas, 'Kind').properties?.field;
}
const ref = (name: string) => ({ $ref: `#/components/schemas/${name}` });

test('references are inlined, both bare and as the one member of allOf', () => {
  const others = { Port: { type: 'integer', format: 'int32' } };
  const expected = { type: 'integer', format: 'int32', nullable: true };
  assert.equal(converted(ref('Port'), others), expected);
  assert.equal(converted({ allOf: [ref('Port')] }, others), expected);
});

test('descriptions and patch strategies are removed, list and map types are kept', () => {
  const field = {
    type: 'array',
    description: 'text',
    items: { type: 'string', description: 'text' },
    'x-kubernetes-list-type': 'set',
    'x-kubernetes-patch-strategy': 'merge',
  };
  assert.equal(converted(field), {
    type: 'array',
    items: { type: 'string' },
    'x-kubernetes-list-type': 'set',
    nullable: true,
  });
  const others = { Selector: { type: 'object', properties: {}, 'x-kubernetes-map-type': 'atomic' } };
  assert.is(converted(ref('Selector'), others)?.['x-kubernetes-map-type'], 'atomic');
});

test('only the defaults of list map keys are kept', () => {
  const Port = {
    type: 'object',
    required: ['port'],
    properties: {
      port: { type: 'integer', default: 0 },
      protocol: { type: 'string', default: 'TCP' },
      name: { type: 'string', default: '' },
    },
  };
  const field = {
    type: 'array',
    items: ref('Port'),
    'x-kubernetes-list-type': 'map',
    'x-kubernetes-list-map-keys': ['port', 'protocol'],
  };
  assert.equal(converted(field, { Port })?.items, {
    type: 'object',
    required: ['port'],
    properties: {
      port: { type: 'integer' },
      protocol: { type: 'string', default: 'TCP' },
      name: { type: 'string', nullable: true },
    },
  });
});

test('a list map key without a default becomes required', () => {
  const Entry = { type: 'object', properties: { name: { type: 'string' } } };
  const field = {
    type: 'array',
    items: ref('Entry'),
    'x-kubernetes-list-type': 'map',
    'x-kubernetes-list-map-keys': ['name'],
  };
  assert.equal(converted(field, { Entry })?.items, {
    type: 'object',
    required: ['name'],
    properties: { name: { type: 'string' } },
  });
});

test('null is accepted where Kubernetes reads it as absent', () => {
  assert.is(converted({ type: 'string' })?.nullable, true);
  assert.is(converted({ type: 'string' }, {}, ['field'])?.nullable, undefined);
  assert.is(converted({ type: 'array', items: { type: 'string' } }, {}, ['field'])?.nullable, true);
});

test('a quantity may be a string or any number, an int-or-string only one of the two', () => {
  const quantity = 'io.k8s.apimachinery.pkg.api.resource.Quantity';
  const schema = converted(ref(quantity), {
    [quantity]: { oneOf: [{ type: 'string' }, { type: 'number' }] },
  });
  assert.is(schema?.type, undefined);
  const pattern = new RegExp(schema?.pattern ?? '');
  for (const valid of ['0.5', '500m', '64Mi', '1e3', '-1']) assert.ok(pattern.test(valid), valid);
  for (const invalid of ['', '64 Mi', '5x', 'Mi']) assert.not.ok(pattern.test(invalid), invalid);

  const intOrString = 'io.k8s.apimachinery.pkg.util.intstr.IntOrString';
  const others = { [intOrString]: { oneOf: [{ type: 'integer' }, { type: 'string' }] } };
  assert.equal(converted(ref(intOrString), others), { 'x-kubernetes-int-or-string': true, nullable: true });
});

test('objects without known fields keep all their fields', () => {
  assert.is(converted({ type: 'object' })?.['x-kubernetes-preserve-unknown-fields'], true);
});

test('a recursive schema is cut where it repeats', () => {
  const Node = { type: 'object', properties: { child: ref('Node'), name: { type: 'string' } } };
  const node = converted(ref('Node'), { Node });
  assert.equal(node?.properties?.name, { type: 'string', nullable: true });
  assert.is(node?.properties?.child?.['x-kubernetes-preserve-unknown-fields'], true);
});

test("the kind's own metadata is left to the server, and that of a template is described", () => {
  const metadata = {
    type: 'object',
    properties: { labels: { type: 'object', additionalProperties: { type: 'string' } } },
  };
  const schemas = {
    Meta: metadata,
    Kind: {
      type: 'object',
      properties: {
        metadata: ref('Meta'),
        template: { type: 'object', properties: { metadata: ref('Meta') } },
      },
    },
  };
  const root = structuralSchema(schemas, 'Kind');
  assert.equal(root.properties?.metadata, { type: 'object' });
  assert.ok(root.properties?.template?.properties?.metadata?.properties?.labels?.additionalProperties);
});

test('an unknown construct is refused', () => {
  assert.throws(() => converted({ oneOf: [{ type: 'string' }] }), /cannot make a structural schema/);
  assert.throws(() => converted(ref('Missing')), /refers to Missing/);
  assert.throws(() => converted({ type: 'array' }), /a list without items/);
});

test.run();
