import { readFileSync } from 'node:fs';
import { dirname, isAbsolute, join } from 'node:path';
import { parse, type YAMLParseError } from 'yaml';
import { CommandFailure } from '../shell/failure.ts';
import type { KubeconfigFiles } from './files.ts';

/** A cluster, context or user as it stands in a file; fields that we don't know are kept. */
export type Fields = { readonly [field: string]: unknown };

/** An entry of the merged kubeconfig and its file. */
export interface Entry {
  readonly fields: Fields;
  readonly file: string;
}

/** The lists of a kubeconfig, with the name that the fields of an entry have in them. */
export const SECTIONS = { clusters: 'cluster', contexts: 'context', users: 'user' } as const;
export type Section = keyof typeof SECTIONS;

/** The contents of all files together; of entries with one name the first file's counts (kubectl's rule). */
export interface Kubeconfig {
  readonly files: KubeconfigFiles;
  readonly currentContext: string;
  readonly clusters: ReadonlyMap<string, Entry>;
  readonly contexts: ReadonlyMap<string, Entry>;
  readonly users: ReadonlyMap<string, Entry>;
}

/**
 * Reads and merges the kubeconfig files.
 * @throws CommandFailure when the file of --kubeconfig or all files are missing, or one is malformed
 */
export function readKubeconfig(files: KubeconfigFiles): Kubeconfig {
  const sections = {
    clusters: new Map<string, Entry>(),
    contexts: new Map<string, Entry>(),
    users: new Map<string, Entry>(),
  };
  let currentContext = '';
  let found = 0;
  for (const file of files.paths) {
    const text = readText(file);
    if (text === undefined) continue;
    found++;
    const content = parseFile(file, text);
    for (const section of Object.keys(SECTIONS) as Section[])
      addEntries(sections[section], content, section, file);
    if (currentContext === '') currentContext = String(content['current-context'] ?? '');
  }
  if (found === 0) {
    throw new CommandFailure(
      `there is no kubeconfig at ${files.paths.join(' or ')}; set $KUBECONFIG or --kubeconfig to the one of kcp`,
    );
  }
  return { files, currentContext, ...sections };
}

/** The entries that a context consists of; the current one unless named. */
export interface Selection {
  readonly contextName: string;
  readonly context: Entry;
  readonly clusterName: string;
  readonly cluster: Entry;
  readonly server: string;
}

/** @throws CommandFailure when there is no such context, or its cluster is missing or has no server URL */
export function selectContext(config: Kubeconfig, contextName = config.currentContext): Selection {
  const source = config.files.paths.join(', ');
  if (contextName === '') {
    throw new CommandFailure(
      `the kubeconfig (${source}) has no current context; use "kubectl config use-context root"`,
    );
  }
  const context = config.contexts.get(contextName);
  if (!context) {
    const known = [...config.contexts.keys()].join(', ') || 'none';
    throw new CommandFailure(`the kubeconfig (${source}) has no context "${contextName}"; it has: ${known}`);
  }
  const clusterName = String(context.fields.cluster ?? '');
  const cluster = config.clusters.get(clusterName);
  const server = cluster?.fields.server;
  if (!cluster || typeof server !== 'string' || !URL.canParse(server)) {
    throw new CommandFailure(
      `context "${contextName}" of the kubeconfig (${source}) names the cluster "${clusterName}", which has no usable server URL; set one with "kubectl config set-cluster"`,
    );
  }
  return { contextName, context, clusterName, cluster, server };
}

/** Fields of clusters and users that are paths, relative to the folder of their kubeconfig. */
export const PATH_FIELDS = ['certificate-authority', 'client-certificate', 'client-key', 'tokenFile'];

/** @returns the fields with file paths, which are relative to the entry's own file, made absolute */
export function withAbsolutePaths({ fields, file }: Entry): Fields {
  const paths = PATH_FIELDS.filter((field) => typeof fields[field] === 'string' && fields[field] !== '');
  const absolute = paths.map((field): [string, string] => [field, absoluteFrom(file, String(fields[field]))]);
  return { ...fields, ...Object.fromEntries(absolute) };
}

/** @returns the CA certificates of the cluster, PEM; '' when the system's are used */
export function caOf(cluster: Entry): string {
  const { 'certificate-authority-data': data, 'certificate-authority': path } = cluster.fields;
  if (typeof data === 'string' && data !== '') return Buffer.from(data, 'base64').toString('utf8');
  if (typeof path !== 'string' || path === '') return '';
  const file = absoluteFrom(cluster.file, path);
  const text = readText(file);
  if (text === undefined)
    throw new CommandFailure(
      `the kubeconfig ${cluster.file} names the CA file ${file}, which does not exist`,
    );
  return text;
}

/** @returns a path of the kubeconfig `file`, made absolute */
export function absoluteFrom(file: string, path: string): string {
  return isAbsolute(path) ? path : join(dirname(file), path);
}

function readText(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new CommandFailure(`cannot read the kubeconfig ${file}: ${(error as Error).message}`);
  }
}

function parseFile(file: string, text: string): Fields {
  let content: unknown;
  try {
    // The parser's messages and warnings show the text around an error, which may be a token or a key.
    content = parse(text, { logLevel: 'error' }) ?? {};
  } catch (error) {
    const [at] = (error as Partial<YAMLParseError>).linePos ?? [];
    throw malformed(file, `it is no YAML${at ? `, see its line ${at.line}` : ''}`);
  }
  if (typeof content === 'object' && content !== null && !Array.isArray(content)) return content as Fields;
  throw malformed(file, 'it holds no fields');
}

function malformed(file: string, why: string): CommandFailure {
  return new CommandFailure(
    `the kubeconfig ${file} is malformed: ${why}; fix it, or use another one with --kubeconfig`,
  );
}

function addEntries(into: Map<string, Entry>, content: Fields, section: Section, file: string): void {
  const list = content[section] ?? [];
  if (!Array.isArray(list)) throw malformed(file, `${section} is no list`);
  for (const item of list as Fields[]) {
    const name = item?.name;
    const fields = item?.[SECTIONS[section]];
    if (typeof name !== 'string' || into.has(name)) continue;
    into.set(name, { fields: typeof fields === 'object' && fields !== null ? (fields as Fields) : {}, file });
  }
}
