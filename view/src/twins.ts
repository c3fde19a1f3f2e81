import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { buffer, json } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { type KubeObject, type ObjectMeta, twinGroupOf } from '@kubestellar/api';
import { explain } from '@kubestellar/kube';
import { asNew } from './binary.ts';
import { fail } from './fail.ts';
import { type Headers, headersOf, readable, withLength } from './headers.ts';
import { naturalNamesInStream, replaceInStream } from './replace-stream.ts';
import { collectionPath, twinBody, twinPath, type WorkspacePath } from './rewrite.ts';
import { strategicMerge } from './strategic-merge.ts';
import type { Kcp } from './upstream.ts';

/** Nothing of a request for twins is larger: etcd takes 1.5 MiB. */
const LARGEST_BODY = 8 * 1024 * 1024;
/** How often others may write between our reading and our writing an object. */
const TRIES_AGAINST_OTHERS = 5;
const JSON_TYPE = 'application/json';

/** An answer to the client instead of one from kcp. */
class Refusal extends Error {
  readonly code: number;

  constructor(code: number, message: string) {
    super(message);
    this.code = code;
  }
}

/** Answers a request for kinds that would act in a workspace from the twins that the workspace has of them. */
export async function passToTwin(
  kcp: Kcp,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  path: WorkspacePath,
  group: string,
): Promise<void> {
  let answer: IncomingMessage;
  try {
    answer = await ask(kcp, incoming, path, group);
  } catch (error) {
    if (error instanceof Refusal) return fail(outgoing, error.code, error.message);
    throw error;
  }
  const { 'content-length': _, ...headers } = headersOf(answer);
  outgoing.writeHead(answer.statusCode ?? 502, headers);
  await pipeline(answer, replaceInStream(twinGroupOf(group), group), naturalNamesInStream(), outgoing);
}

async function ask(
  kcp: Kcp,
  incoming: IncomingMessage,
  path: WorkspacePath,
  group: string,
): Promise<IncomingMessage> {
  const { method = 'GET' } = incoming;
  const type = incoming.headers['content-type'] ?? JSON_TYPE;
  const url = path.base + understood('path', () => twinPath(path.rest, group));
  if (Number(incoming.headers['content-length'] ?? 0) > LARGEST_BODY)
    throw new Refusal(413, 'the object is too large');
  const sent = await buffer(incoming);
  const headers = readable(incoming);
  // What tells how to delete is not of the group, and kcp reads all forms of it.
  if (method === 'DELETE') return kcp.ask({ method, url, headers: withLength(headers, sent), body: sent });
  if (type.includes('protobuf')) {
    const body = twinBodyOf(Buffer.from(JSON.stringify(await decoded(kcp, incoming, path, sent))), JSON_TYPE);
    return kcp.ask({
      method,
      url,
      headers: withLength({ ...headers, 'content-type': JSON_TYPE }, body),
      body,
    });
  }
  const body = twinBodyOf(sent, type);
  if (type.includes('strategic-merge-patch')) return merge(kcp, incoming, url, body);
  return kcp.ask({ method, url, headers: withLength(headers, body), body });
}

function twinBodyOf(body: Buffer, type: string): Buffer {
  return understood('object', () => twinBody(body, type));
}

/** @throws Refusal when the client has sent what can't be read */
function understood<T>(what: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw new Refusal(400, `the view can't read the ${what}: ${explain(error)}`);
  }
}

/**
 * Programs with typed clients, commands of kubectl among them, send objects in the binary form, which twins have not:
 * kcp translates it, by trying to create a native object of another name.
 */
async function decoded(
  kcp: Kcp,
  incoming: IncomingMessage,
  { base, rest }: WorkspacePath,
  sent: Buffer,
): Promise<KubeObject> {
  const collection = collectionPath(rest);
  if (collection === undefined) throw new Refusal(415, 'this is taken as JSON only in this workspace');
  const standIn = `view-${randomUUID()}`;
  const { object: body, identity } = understood('object', () => asNew(sent, standIn));
  const headers = { ...readable(incoming), accept: JSON_TYPE };
  const url = `${base}${collection}?dryRun=All`;
  const answer = await kcp.ask({ method: 'POST', url, headers: withLength(headers, body), body });
  const object = (await json(answer)) as KubeObject & { message?: string };
  if (answer.statusCode !== 201)
    throw new Refusal(
      answer.statusCode ?? 502,
      (object.message ?? 'not accepted').replaceAll(standIn, identity.name ?? identity.generateName ?? ''),
    );
  return { ...object, metadata: { ...sentMetadata(object), ...identity } as ObjectMeta };
}

/** The metadata without what the server has added to them. */
function sentMetadata({ metadata }: KubeObject): Partial<ObjectMeta> {
  const { name, uid, resourceVersion, generation, creationTimestamp, managedFields, ...sent } = metadata;
  return sent;
}

/** Does what kcp does not for twins: reads the object, patches it and writes it back, unless it has changed. */
async function merge(
  kcp: Kcp,
  incoming: IncomingMessage,
  url: string,
  patch: Buffer,
): Promise<IncomingMessage> {
  const { 'content-type': _, ...kept } = readable(incoming);
  const reading: Headers = { ...kept, accept: JSON_TYPE };
  const { pathname } = new URL(url, kcp.server);
  for (let attempt = 1; ; attempt++) {
    const live = await kcp.ask({ method: 'GET', url: pathname, headers: reading });
    if (live.statusCode !== 200) return live;
    const body = Buffer.from(JSON.stringify(strategicMerge(await json(live), JSON.parse(patch.toString()))));
    const headers = withLength({ ...reading, 'content-type': JSON_TYPE }, body);
    const answer = await kcp.ask({ method: 'PUT', url, headers, body });
    if (answer.statusCode !== 409 || attempt >= TRIES_AGAINST_OTHERS) return answer;
    answer.resume();
  }
}
