import { randomUUID } from 'node:crypto';
import { denaturedGroup, type KubeObject, type ObjectMeta } from '@kubestellar/api';
import { explain } from '@kubestellar/kube';
import { asNew } from './binary.ts';
import { type Call, wholeText } from './call.ts';
import { type Headers, headerOf, readable } from './headers.ts';
import type { Usage } from './limits.ts';
import { Refusal } from './refusal.ts';
import { replaceInStream, restoreNamesInStream } from './replace-stream.ts';
import {
  collectionPath,
  denaturedBody,
  denaturedPath,
  denaturedQuery,
  type WorkspacePath,
} from './rewrite.ts';
import { strategicMerge } from './strategic-merge.ts';
import type { Kcp, KcpResponse } from './upstream.ts';

/** How often others may write between our read and our write of an object. */
const TRIES_AGAINST_OTHERS = 5;
const JSON_TYPE = 'application/json';

/**
 * Answers a request for a denatured kind from the denatured resources of the workspace.
 * @param usage counts the body, which is held in memory as a whole
 * @throws Refusal for bodies that cannot be parsed
 */
export async function passDenatured(
  kcp: Kcp,
  call: Call,
  usage: Usage,
  path: WorkspacePath,
  group: string,
): Promise<void> {
  const send = (sent: Buffer) => sendDenatured(kcp, call, usage, path, group, sent);
  const response = await (call.body ? usage.hold(kcp.caller, call.body, send) : send(Buffer.alloc(0)));
  await call.respond(response, replaceInStream(denaturedGroup(group), group), restoreNamesInStream());
}

async function sendDenatured(
  kcp: Kcp,
  { method, headers: sentHeaders }: Call,
  usage: Usage,
  path: WorkspacePath,
  group: string,
  sent: Buffer,
): Promise<KcpResponse> {
  const type = headerOf(sentHeaders, 'content-type') ?? JSON_TYPE;
  const denatured = parseOrRefuse('path', () => denaturedPath(path, group));
  const url = denatured + denaturedQuery(path.query, group);
  const headers = readable(sentHeaders);
  if (sent.length === 0) return kcp.send({ method, url, headers });
  // DeleteOptions do not contain the group, and kcp reads all their encodings.
  if (method === 'DELETE') return kcp.send({ method, url, headers, body: sent });
  if (type.includes('protobuf')) {
    const object = JSON.stringify(await decode(kcp, headers, path, sent));
    const body = denaturedBodyOf(Buffer.from(object), JSON_TYPE);
    return kcp.send({ method, url, headers: { ...headers, 'content-type': JSON_TYPE }, body });
  }
  const body = denaturedBodyOf(sent, type);
  if (type.includes('strategic-merge-patch'))
    return merge(kcp, headers, usage, { object: denatured, url }, body);
  return kcp.send({ method, url, headers, body });
}

function denaturedBodyOf(body: Buffer, type: string): Buffer {
  return parseOrRefuse('object', () => denaturedBody(body, type));
}

/** @throws Refusal when the client has sent something that cannot be parsed */
function parseOrRefuse<T>(what: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw new Refusal(400, `the workspace proxy cannot parse the ${what}: ${explain(error)}`);
  }
}

/**
 * Programs with typed clients, such as some commands of kubectl, send protobuf, which denatured kinds do not support.
 * kcp translates it: a dry run creates a native object of another name.
 */
async function decode(
  kcp: Kcp,
  headers: Headers,
  { base, rest }: WorkspacePath,
  sent: Buffer,
): Promise<KubeObject> {
  const collection = collectionPath(rest);
  if (collection === undefined)
    throw new Refusal(415, 'subresources of this kind accept JSON only in this workspace; send JSON');
  const standIn = `view-${randomUUID()}`;
  const { object: body, identity } = parseOrRefuse('object', () => asNew(sent, standIn));
  const url = `${base}${collection}?dryRun=All`;
  const response = await kcp.send({ method: 'POST', url, headers: { ...headers, accept: JSON_TYPE }, body });
  const object = JSON.parse(await wholeText(response)) as KubeObject & { message?: string };
  if (response.status !== 201)
    throw new Refusal(
      response.status,
      // A function, because `$` patterns in a text would be expanded.
      (object.message ?? 'not accepted').replaceAll(
        standIn,
        () => identity.name ?? identity.generateName ?? '',
      ),
    );
  return { ...object, metadata: { ...sentMetadata(object), ...identity } as ObjectMeta };
}

/** The metadata without what the server has added. */
function sentMetadata({ metadata }: KubeObject): Partial<ObjectMeta> {
  const { name, uid, resourceVersion, generation, creationTimestamp, managedFields, ...sent } = metadata;
  return sent;
}

/** Patches on behalf of kcp, which cannot: reads the object, patches it and writes it back, unless it has changed. */
async function merge(
  kcp: Kcp,
  headers: Headers,
  usage: Usage,
  { object, url }: { readonly object: string; readonly url: string },
  patch: Buffer,
): Promise<KcpResponse> {
  const { 'content-type': _, ...kept } = headers;
  const reading: Headers = { ...kept, accept: JSON_TYPE };
  const write = (content: Buffer) => {
    const merged = parseOrRefuse('patch', () =>
      JSON.stringify(strategicMerge(JSON.parse(content.toString()), JSON.parse(patch.toString()))),
    );
    const headers = { ...reading, 'content-type': JSON_TYPE };
    return kcp.send({ method: 'PUT', url, headers, body: Buffer.from(merged) });
  };
  for (let attempt = 1; ; attempt++) {
    const live = await kcp.send({ method: 'GET', url: object, headers: reading });
    if (live.status !== 200) return live;
    // A small patch of a large object takes as much memory as a large one.
    const response = await usage.hold(kcp.caller, live.body, write);
    if (response.status !== 409 || attempt >= TRIES_AGAINST_OTHERS) return response;
    response.body.resume();
  }
}
