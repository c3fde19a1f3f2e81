/** `switch-domain`: the same server by another name (docs/commands.md, "switch-domain"). */
import { X509Certificate } from 'node:crypto';
import { readFileSync, realpathSync } from 'node:fs';
import { dirname } from 'node:path';
import { type Document, isMap, isSeq, parseDocument, type YAMLMap } from 'yaml';
import { absoluteFrom, PATH_FIELDS, readKubeconfig, SECTIONS } from '../kubeconfig/kubeconfig.ts';
import { CommandFailure, EXIT } from '../shell/failure.ts';
import { writePrivateFile } from '../shell/write-file.ts';
import { YAML_FORMAT, YAML_OPTIONS } from '../shell/yaml.ts';

/** What to switch; paths are absolute. */
export interface DomainSwitch {
  readonly input: string;
  readonly output: string;
  readonly context: string;
  /** As written in a URL. */
  readonly host: string;
  readonly port: number;
  /** File with the CA certificate, PEM. */
  readonly ca: string;
}

/** Fields of a cluster that would contradict its new name and CA; kubectl refuses some of them beside a CA. */
const CONTRADICTING = ['certificate-authority', 'insecure-skip-tls-verify', 'tls-server-name'];

/**
 * Writes the output kubeconfig: the input with another host, port and CA in the clusters whose server has the
 * scheme, host and port of that of the context's cluster. The input is only read.
 * @throws CommandFailure, exit code 10 when there is no such context
 */
export function switchDomainOf(wanted: DomainSwitch): void {
  const { input, output } = wanted;
  if (output === input || realPath(output) === realPath(input))
    throw new CommandFailure(`the output ${output} is the input; give it another name`);
  const origin = originOfContext(wanted);
  const ca = readCA(wanted.ca);
  // It was read and understood a moment ago, as a kubeconfig with that context.
  const document = parseDocument(readFileSync(input, 'utf8'), YAML_OPTIONS);
  for (const cluster of entries(document, 'clusters')) {
    const server = cluster.get('server');
    if (typeof server !== 'string' || URL.parse(server)?.origin !== origin) continue;
    cluster.set('server', renamed(server, wanted));
    for (const field of CONTRADICTING) cluster.delete(field);
    cluster.set('certificate-authority-data', ca);
  }
  // Relative paths in a kubeconfig are relative to its folder.
  if (dirname(output) !== dirname(input)) makePathsAbsolute(document, input);
  writePrivateFile(output, document.toString(YAML_FORMAT));
}

/** @returns scheme://host:port, the port only when it is not the scheme's usual one */
function originOfContext({ input, context }: DomainSwitch): string {
  const config = readKubeconfig({ paths: [input], explicit: true });
  const found = config.contexts.get(context);
  if (!found) {
    const known = [...config.contexts.keys()].join(', ') || 'none';
    throw new CommandFailure(
      `there is no context named '${context}' in ${input}; there are: ${known}`,
      EXIT.noContext,
    );
  }
  const clusterName = String(found.fields.cluster ?? '');
  const server = URL.parse(String(config.clusters.get(clusterName)?.fields.server ?? ''));
  if (server && /^https?:$/.test(server.protocol)) return server.origin;
  throw new CommandFailure(
    `context "${context}" of ${input} names the cluster "${clusterName}", which has no usable server URL`,
  );
}

/** Only what stands between "//" and the path changes: the rest is kept as it is written. */
function renamed(server: string, { host, port }: DomainSwitch): string {
  return server.replace(/^([a-z]+:\/\/)[^/?#]*/i, `$1${host}:${port}`);
}

/** @returns the certificates in base64, as kubeconfigs hold them */
function readCA(path: string): string {
  let content: Buffer;
  try {
    content = readFileSync(path);
  } catch (error) {
    throw new CommandFailure(`cannot read the CA certificate ${path}: ${(error as Error).message}`);
  }
  try {
    new X509Certificate(content);
  } catch {
    throw new CommandFailure(`${path} holds no certificate in PEM form`);
  }
  return content.toString('base64');
}

/** The clusters, users or contexts themselves, without their names. */
function entries(document: Document, section: keyof typeof SECTIONS): YAMLMap[] {
  const list = document.get(section);
  if (!isSeq(list)) return [];
  const found = list.items.map((item) => (isMap(item) ? item.get(SECTIONS[section]) : undefined));
  return found.filter((entry): entry is YAMLMap => isMap(entry));
}

function makePathsAbsolute(document: Document, input: string): void {
  for (const entry of [...entries(document, 'clusters'), ...entries(document, 'users')]) {
    for (const field of PATH_FIELDS) {
      const path = entry.get(field);
      if (typeof path === 'string' && path !== '') entry.set(field, absoluteFrom(input, path));
    }
  }
}

function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}
