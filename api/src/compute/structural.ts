/**
 * Converts the schemas of Kubernetes' built-in kinds to structural schemas, the kind that custom
 * resources may have: no references, every node typed, no descriptions.
 */
import { type JSONSchema, QUANTITY_PATTERN } from '../schema.ts';
import type { OpenAPISchema } from './openapi.ts';

type Schemas = { readonly [name: string]: OpenAPISchema };
type Properties = { readonly [name: string]: JSONSchema };
type Draft = { -readonly [Field in keyof JSONSchema]: JSONSchema[Field] };

const REFERENCE_PREFIX = '#/components/schemas/';

const ANY_OBJECT: JSONSchema = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };

/**
 * Types that the documents describe loosely. A quantity may be written as a fraction (`cpu: 0.5`),
 * which `x-kubernetes-int-or-string` would refuse, so any type is accepted and strings are checked.
 */
const SPECIAL: { readonly [name: string]: JSONSchema } = {
  'io.k8s.apimachinery.pkg.util.intstr.IntOrString': { 'x-kubernetes-int-or-string': true },
  'io.k8s.apimachinery.pkg.api.resource.Quantity': {
    'x-kubernetes-preserve-unknown-fields': true,
    pattern: QUANTITY_PATTERN,
  },
};

/**
 * The structural schema of the kind whose OpenAPI schema is called `name`, all references inlined.
 * @throws Error if the documents use a construct that this conversion doesn't know.
 */
export function structuralSchema(schemas: Schemas, name: string): JSONSchema {
  const root = convert({ $ref: REFERENCE_PREFIX + name }, schemas, []);
  // The server owns these three; a schema may state no more than their type.
  const own: Properties = {
    apiVersion: { type: 'string' },
    kind: { type: 'string' },
    metadata: { type: 'object' },
  };
  return { ...root, properties: { ...root.properties, ...own } };
}

function convert(source: OpenAPISchema, schemas: Schemas, within: readonly string[]): JSONSchema {
  const reference = source.$ref ?? onlyMember(source.allOf)?.$ref;
  if (reference !== undefined) {
    const name = reference.slice(REFERENCE_PREFIX.length);
    const target = schemas[name];
    if (!target) throw new Error(`the OpenAPI document refers to ${name}, which it doesn't contain`);
    const special = SPECIAL[name];
    if (special) return special;
    if (within.includes(name)) return ANY_OBJECT; // recursive: structural schemas can't express it
    return { ...convert(target, schemas, [...within, name]), ...listAndMapTypes(source) };
  }
  switch (source.type) {
    case 'object':
      return convertObject(source, schemas, within);
    case 'array':
      return convertArray(source, schemas, within);
    case 'string':
    case 'integer':
    case 'number':
    case 'boolean':
      return {
        type: source.type,
        ...(source.format === undefined ? {} : { format: source.format }),
        ...(source.enum === undefined ? {} : { enum: source.enum }),
      };
    default:
      throw new Error(
        `cannot make a structural schema of ${JSON.stringify(source)} in ${within.join(' > ')}`,
      );
  }
}

function convertObject(source: OpenAPISchema, schemas: Schemas, within: readonly string[]): JSONSchema {
  if (source.additionalProperties) {
    return {
      type: 'object',
      additionalProperties: convert(source.additionalProperties, schemas, within),
      ...listAndMapTypes(source),
    };
  }
  if (!source.properties) return ANY_OBJECT;
  const required = source.required ?? [];
  const properties = Object.entries(source.properties).map(([name, property]) => {
    const converted = convert(property, schemas, within);
    return [name, required.includes(name) && !isCollection(converted) ? converted : nullable(converted)];
  });
  return {
    type: 'object',
    properties: Object.fromEntries(properties),
    ...(required.length > 0 ? { required } : {}),
    ...listAndMapTypes(source),
  };
}

/**
 * Kubernetes reads null as absent, and manifests are full of it (`creationTimestamp: null`), also
 * where a field is required: Go writes an empty list or map as null.
 */
function nullable(schema: JSONSchema): JSONSchema {
  return { ...schema, nullable: true };
}

function isCollection(schema: JSONSchema): boolean {
  return schema.type === 'array' || schema.additionalProperties !== undefined;
}

function convertArray(source: OpenAPISchema, schemas: Schemas, within: readonly string[]): JSONSchema {
  if (!source.items) throw new Error(`a list without items in ${within.join(' > ')}`);
  const keys = source['x-kubernetes-list-map-keys'];
  const items = convert(source.items, schemas, within);
  return {
    type: 'array',
    items: Array.isArray(keys) ? withKeys(items, keys, resolve(source.items, schemas)) : items,
    ...listAndMapTypes(source),
  };
}

/**
 * The keys of a list map must be required or have a default. Only for them are Kubernetes' defaults
 * kept: any other would write into users' objects fields that they left open.
 */
function withKeys(items: JSONSchema, keys: readonly string[], source: OpenAPISchema): JSONSchema {
  const properties = { ...items.properties };
  const required = [...(items.required ?? [])];
  for (const key of keys) {
    if (!properties[key]) throw new Error(`a list map key ${key} that its items don't have`);
    if (required.includes(key)) continue;
    const { nullable: _, ...property } = properties[key];
    const fallback = source.properties?.[key]?.default;
    properties[key] = fallback === undefined ? property : { ...property, default: fallback };
    if (fallback === undefined) required.push(key);
  }
  return { ...items, properties, ...(required.length > 0 ? { required } : {}) };
}

function resolve(source: OpenAPISchema, schemas: Schemas): OpenAPISchema {
  const reference = source.$ref ?? onlyMember(source.allOf)?.$ref;
  return (reference && schemas[reference.slice(REFERENCE_PREFIX.length)]) || source;
}

function onlyMember(members: readonly OpenAPISchema[] | undefined): OpenAPISchema | undefined {
  return members?.length === 1 ? members[0] : undefined;
}

function listAndMapTypes(source: OpenAPISchema): JSONSchema {
  const kept: Draft = {};
  const listType = source['x-kubernetes-list-type'];
  if (listType === 'atomic' || listType === 'set' || listType === 'map')
    kept['x-kubernetes-list-type'] = listType;
  const keys = source['x-kubernetes-list-map-keys'];
  if (Array.isArray(keys)) kept['x-kubernetes-list-map-keys'] = keys;
  const mapType = source['x-kubernetes-map-type'];
  if (mapType === 'atomic' || mapType === 'granular') kept['x-kubernetes-map-type'] = mapType;
  return kept;
}
