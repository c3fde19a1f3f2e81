/** What a request for kinds that would act in a workspace becomes, and what its answer becomes; pure. */
import { apiVersionOf, DENATURED_GROUPS, parseApiVersion, twinGroupOf, twinNameOf } from '@kubestellar/api';
import { parse } from 'yaml';

/** A path below a workspace, taken apart. */
export interface WorkspacePath {
  /** `/clusters/<workspace>` */
  base: string;
  /** What follows, with its query. */
  rest: string;
}

/** Takes the path of a request apart; undefined when it leads to no single workspace. */
export function parsePath(url: string): WorkspacePath | undefined {
  const match = /^(\/clusters\/[^/*?]+)(\/.*)?$/.exec(url);
  return match ? { base: match[1] ?? '', rest: match[2] ?? '/' } : undefined;
}

/** The group with a twin that a path below a workspace is about; undefined for all other paths. */
export function denaturedGroupOf(rest: string): string | undefined {
  return DENATURED_GROUPS.find((group) => new RegExp(`^/apis/${escaped(group)}(?=[/?]|$)`).test(rest));
}

/** `/apis/<group>/<version>`, the namespace, the plural, the name, what follows it. */
const OBJECT_PATH = /^(\/apis\/[^/]+\/[^/]+\/(?:namespaces\/[^/]+\/)?((?!namespaces\/)[^/]+)\/)([^/]+)(.*)$/;
const BY_NAME = /(^|,)(metadata\.name(?:==?|!=))([^,]*)/g;

/** The path of the twin of what a path is about. @throws URIError when a name in it is not well encoded */
export function twinPath(rest: string, group: string): string {
  const { path, query } = /^(?<path>[^?]*)(?<query>.*)$/.exec(rest)?.groups ?? { path: rest, query: '' };
  const named = (path ?? '').replace(OBJECT_PATH, (_, before, plural, name, after) => {
    const twin = twinNameOf({ group, plural }, decodeURIComponent(name));
    return `${before}${encodeURIComponent(twin)}${after}`;
  });
  return named.replace(`/apis/${group}`, `/apis/${twinGroupOf(group)}`) + twinQuery(query ?? '', group);
}

/** The path of the collection that an object, or a new one, belongs to; undefined for what is below an object. */
export function collectionPath(rest: string): string | undefined {
  const [path = ''] = rest.split('?');
  const [, before = '', , , after] = OBJECT_PATH.exec(path) ?? [];
  if (before === '') return path;
  return after === '' ? before.slice(0, -1) : undefined;
}

/** Who watches one object selects it by its name. */
function twinQuery(query: string, group: string): string {
  const parameters = new URLSearchParams(query);
  const selector = parameters.get('fieldSelector');
  if (!selector?.includes('metadata.name')) return query;
  const twin = (_: string, comma: string, field: string, name: string) =>
    `${comma}${field}${twinNameOf({ group, plural: '' }, name)}`;
  parameters.set('fieldSelector', selector.replaceAll(BY_NAME, twin));
  return `?${parameters}`;
}

/**
 * The body of a request for a twin: an object, or a patch that looks like one, of the natural group.
 * @throws Error when it is no JSON, nor YAML, which server-side apply may be
 */
export function twinBody(body: Buffer, contentType: string): Buffer {
  if (body.length === 0 || contentType.includes('json-patch')) return body;
  const text = body.toString('utf8');
  const object: unknown = contentType.includes('yaml') ? parse(text) : JSON.parse(text);
  return Buffer.from(JSON.stringify(withTwinVersions(object)));
}

/** The answer of `/apis` without the groups of twins, which the natural ones stand for. */
export function withoutTwinGroups(text: string): string {
  const answer = JSON.parse(text) as {
    groups?: { name: string }[];
    items?: { metadata: { name: string } }[];
  };
  const twins = DENATURED_GROUPS.map(twinGroupOf);
  if (answer.groups) answer.groups = answer.groups.filter(({ name }) => !twins.includes(name));
  if (answer.items) answer.items = answer.items.filter(({ metadata }) => !twins.includes(metadata.name));
  return JSON.stringify(answer);
}

interface Metadata {
  name?: unknown;
  managedFields?: { apiVersion?: string }[];
}

/** In an object only what says of which group it is: the names of groups in rules and role references are data. */
function withTwinVersions(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const object = value as { apiVersion?: unknown; metadata?: Metadata };
  const { metadata } = object;
  return {
    ...object,
    ...(typeof object.apiVersion === 'string' ? { apiVersion: twinVersion(object.apiVersion) } : {}),
    ...(metadata ? { metadata: withTwinName(metadata, object.apiVersion) } : {}),
  };
}

function withTwinName(metadata: Metadata, apiVersion: unknown): Metadata {
  const { managedFields, name } = metadata;
  const { group } = parseApiVersion(typeof apiVersion === 'string' ? apiVersion : '');
  return {
    ...metadata,
    ...(typeof name === 'string' ? { name: twinNameOf({ group, plural: '' }, name) } : {}),
    ...(managedFields
      ? {
          managedFields: managedFields.map((entry) => ({
            ...entry,
            ...(entry.apiVersion ? { apiVersion: twinVersion(entry.apiVersion) } : {}),
          })),
        }
      : {}),
  };
}

function twinVersion(apiVersion: string): string {
  const { group, version } = parseApiVersion(apiVersion);
  return apiVersionOf({ group: twinGroupOf(group), version });
}

function escaped(text: string): string {
  return text.replaceAll('.', '\\.');
}
