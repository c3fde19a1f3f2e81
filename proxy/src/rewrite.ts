/** What a request for kinds that would act in a workspace becomes, and what its answer becomes; pure. */
import { apiVersionOf, DENATURED_GROUPS, parseApiVersion, twinGroupOf, twinNameOf } from '@kubestellar/api';
import { parse } from 'yaml';
import type { RequestPath } from './request-path.ts';

/** A path below a workspace, taken apart. */
export interface WorkspacePath {
  /** `/clusters/<workspace>`; empty where kcp takes the workspace that the caller, a ServiceAccount, is of. */
  base: string;
  /** What follows, in its one spelling. */
  rest: string;
  /** With its question mark; empty without one. */
  query: string;
}

/** Takes the path of a request apart; undefined when it leads to no single workspace. */
export function parsePath({ path, query }: RequestPath): WorkspacePath | undefined {
  if (/^\/apis?(\/|$)/.test(path)) return { base: '', rest: path, query };
  const match = /^(\/clusters\/[^/*]+)(\/.*)?$/.exec(path);
  return match ? { base: match[1] ?? '', rest: match[2] ?? '/', query } : undefined;
}

/** The group with a twin that a path below a workspace is about; undefined for all other paths. */
export function denaturedGroupOf(rest: string): string | undefined {
  return DENATURED_GROUPS.find((group) => rest === `/apis/${group}` || rest.startsWith(`/apis/${group}/`));
}

/** `/apis/<group>/<version>`, the namespace, the plural, the name, what follows it. */
const OBJECT_PATH = /^(\/apis\/[^/]+\/[^/]+\/(?:namespaces\/[^/]+\/)?((?!namespaces\/)[^/]+)\/)([^/]+)(.*)$/;
const BY_NAME = /(^|,)(metadata\.name(?:==?|!=))([^,]*)/g;

/** The path of the twin of what a path is about, without a query. */
export function twinPath({ base, rest }: WorkspacePath, group: string): string {
  const named = rest.replace(OBJECT_PATH, (_, before, plural, name, after) => {
    const twin = twinNameOf({ group, plural }, decodeURIComponent(name));
    return `${before}${encodeURIComponent(twin)}${after}`;
  });
  return base + named.replace(`/apis/${group}`, `/apis/${twinGroupOf(group)}`);
}

/** The path of the collection that an object, or a new one, belongs to; undefined for what is below an object. */
export function collectionPath(rest: string): string | undefined {
  const [, before = '', , , after] = OBJECT_PATH.exec(rest) ?? [];
  if (before === '') return rest;
  return after === '' ? before.slice(0, -1) : undefined;
}

/** The query for the twin: whoever watches one object selects it by its name. */
export function twinQuery(query: string, group: string): string {
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
  const object = contentType.includes('yaml') ? parseYaml(text) : JSON.parse(text);
  writeTwinVersions(object);
  return Buffer.from(JSON.stringify(object));
}

/** What kubectl and client-go send as YAML is JSON; real YAML takes a parser that is much slower. */
function parseYaml(text: string): unknown {
  if (/^\s*\{/.test(text)) return JSON.parse(text);
  if (text.length > LARGEST_YAML)
    throw new Error(`YAML of more than ${LARGEST_YAML} characters is not taken; send it as JSON`);
  // A search for keys that are there twice takes the square of the time; as in JSON, the last one counts.
  return parse(text, { uniqueKeys: false, prettyErrors: false });
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

/** Characters: however they are arranged, parsing them takes less than half a second. */
const LARGEST_YAML = 32 * 1024;
/** A longer name is none (characters; Kubernetes convention); kcp says so. */
const LONGEST_NAME = 253;

type Members = { [name: string]: unknown };

/**
 * In an object only what says of which group it is: the names of groups in rules and role references are data. What is
 * not of the form of an object stays as it is, for kcp to refuse. It is changed in place: copies of hundreds of
 * thousands of members would keep others waiting.
 */
function writeTwinVersions(object: unknown): void {
  if (!isMap(object)) return;
  const { apiVersion, metadata } = object;
  writeTwinVersion(object);
  if (!isMap(metadata)) return;
  const { group } = parseApiVersion(typeof apiVersion === 'string' ? apiVersion : '');
  const { managedFields, name } = metadata;
  if (typeof name === 'string' && name.length <= LONGEST_NAME)
    metadata.name = twinNameOf({ group, plural: '' }, name);
  if (Array.isArray(managedFields))
    for (const entry of managedFields) if (isMap(entry)) writeTwinVersion(entry);
}

function writeTwinVersion(members: Members): void {
  if (typeof members.apiVersion === 'string') members.apiVersion = twinVersion(members.apiVersion);
}

function isMap(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function twinVersion(apiVersion: string): string {
  const { group, version } = parseApiVersion(apiVersion);
  return apiVersionOf({ group: twinGroupOf(group), version });
}
