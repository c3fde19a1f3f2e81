/** How requests for denatured kinds, and the responses, are rewritten; pure. */
import {
  apiVersionOf,
  DENATURED_GROUPS,
  denaturedGroup,
  denaturedName,
  parseApiVersion,
} from '@kubestellar/api';
import { parse } from 'yaml';
import type { RequestPath } from './request-path.ts';

/** A path below a workspace, taken apart. */
export interface WorkspacePath {
  /** `/clusters/<workspace>`; empty where kcp uses the workspace of the caller, a ServiceAccount. */
  base: string;
  /** The rest of the path, in its canonical spelling. */
  rest: string;
  /** With its question mark; empty without one. */
  query: string;
}

/** Parses the path of a request; undefined when it is not about a single workspace. */
export function parsePath({ path, query }: RequestPath): WorkspacePath | undefined {
  if (/^\/apis?(\/|$)/.test(path)) return { base: '', rest: path, query };
  const match = /^(\/clusters\/[^/*]+)(\/.*)?$/.exec(path);
  return match ? { base: match[1] ?? '', rest: match[2] ?? '/', query } : undefined;
}

/** The denatured group that a path in a workspace is about; undefined for all other paths. */
export function denaturedGroupOf(rest: string): string | undefined {
  return DENATURED_GROUPS.find((group) => rest === `/apis/${group}` || rest.startsWith(`/apis/${group}/`));
}

/** `/apis/<group>/<version>`, the namespace, the plural, the name, the rest. */
const OBJECT_PATH = /^(\/apis\/[^/]+\/[^/]+\/(?:namespaces\/[^/]+\/)?((?!namespaces\/)[^/]+)\/)([^/]+)(.*)$/;
const BY_NAME = /(^|,)(metadata\.name(?:==?|!=))([^,]*)/g;

/** The path of the denatured resource for a native path, without a query. */
export function denaturedPath({ base, rest }: WorkspacePath, group: string): string {
  const named = rest.replace(OBJECT_PATH, (_, before, plural, name, after) => {
    const denatured = denaturedName({ group, plural }, decodeURIComponent(name));
    return `${before}${encodeURIComponent(denatured)}${after}`;
  });
  return base + named.replace(`/apis/${group}`, `/apis/${denaturedGroup(group)}`);
}

/** The path of the collection that an object belongs to; undefined for subresources. */
export function collectionPath(rest: string): string | undefined {
  const [, before = '', , , after] = OBJECT_PATH.exec(rest) ?? [];
  if (before === '') return rest;
  return after === '' ? before.slice(0, -1) : undefined;
}

/** The query for the denatured resource: a watch of one object selects it by its name. */
export function denaturedQuery(query: string, group: string): string {
  const parameters = new URLSearchParams(query);
  const selector = parameters.get('fieldSelector');
  if (!selector?.includes('metadata.name')) return query;
  const denatured = (_: string, comma: string, field: string, name: string) =>
    `${comma}${field}${denaturedName({ group, plural: '' }, name)}`;
  parameters.set('fieldSelector', selector.replaceAll(BY_NAME, denatured));
  return `?${parameters}`;
}

/**
 * The body of a request for a denatured resource, made of an object, or a patch in the form of one, of the native group.
 * @throws Error when it is neither JSON nor YAML, which server-side apply accepts
 */
export function denaturedBody(body: Buffer, contentType: string): Buffer {
  if (body.length === 0 || contentType.includes('json-patch')) return body;
  const text = body.toString('utf8');
  const object = contentType.includes('yaml') ? parseYaml(text) : JSON.parse(text);
  writeDenaturedVersions(object);
  return Buffer.from(JSON.stringify(object));
}

/** The YAML of kubectl and client-go is JSON; other YAML needs a parser that is much slower. */
function parseYaml(text: string): unknown {
  if (/^\s*\{/.test(text)) return JSON.parse(text);
  if (text.length > LARGEST_YAML)
    throw new Error(`YAML of more than ${LARGEST_YAML} characters is not accepted; send it as JSON`);
  // A check for duplicate keys takes quadratic time; as in JSON, the last one counts.
  return parse(text, { uniqueKeys: false, prettyErrors: false });
}

/** The response of `/apis` without the denatured groups, which the native ones represent. */
export function withoutDenaturedGroups(text: string): string {
  const response = JSON.parse(text) as {
    groups?: { name: string }[];
    items?: { metadata: { name: string } }[];
  };
  const groups = DENATURED_GROUPS.map(denaturedGroup);
  if (response.groups) response.groups = response.groups.filter(({ name }) => !groups.includes(name));
  if (response.items)
    response.items = response.items.filter(({ metadata }) => !groups.includes(metadata.name));
  return JSON.stringify(response);
}

/** Characters: parsing them takes less than half a second, however they are arranged. */
const LARGEST_YAML = 32 * 1024;
/** Longest valid name (characters; Kubernetes convention); kcp refuses longer ones. */
const LONGEST_NAME = 253;

type Members = { [name: string]: unknown };

/**
 * Changes only the group of an object: names of groups in rules and role references are data. A body that is no object
 * stays unchanged, for kcp to refuse. The object is changed in place: copying hundreds of thousands of members would
 * delay other requests.
 */
function writeDenaturedVersions(object: unknown): void {
  if (!isMap(object)) return;
  const { apiVersion, metadata } = object;
  writeDenaturedVersion(object);
  if (!isMap(metadata)) return;
  const { group } = parseApiVersion(typeof apiVersion === 'string' ? apiVersion : '');
  const { managedFields, name } = metadata;
  if (typeof name === 'string' && name.length <= LONGEST_NAME)
    metadata.name = denaturedName({ group, plural: '' }, name);
  if (Array.isArray(managedFields))
    for (const entry of managedFields) if (isMap(entry)) writeDenaturedVersion(entry);
}

function writeDenaturedVersion(members: Members): void {
  if (typeof members.apiVersion === 'string') members.apiVersion = denaturedVersion(members.apiVersion);
}

function isMap(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function denaturedVersion(apiVersion: string): string {
  const { group, version } = parseApiVersion(apiVersion);
  return apiVersionOf({ group: denaturedGroup(group), version });
}
