import { randomUUID } from 'node:crypto';
import { type KubeObject, type ObjectMeta, twinGroupOf } from '@kubestellar/api';
import { explain } from '@kubestellar/kube';
import { asNew } from './binary.ts';
import { type Call, wholeText } from './call.ts';
import { type Headers, headerOf, readable } from './headers.ts';
import type { Usage } from './limits.ts';
import { Refusal } from './refusal.ts';
import { naturalNamesInStream, replaceInStream } from './replace-stream.ts';
import { collectionPath, twinBody, twinPath, twinQuery, type WorkspacePath } from './rewrite.ts';
import { strategicMerge } from './strategic-merge.ts';
import type { Answer, Kcp } from './upstream.ts';

/** How often others may write between our reading and our writing an object. */
const TRIES_AGAINST_OTHERS = 5;
const JSON_TYPE = 'application/json';

/**
 * Answers a request for kinds that would act in a workspace from the twins that the workspace has of them.
 * @param usage counts the body, which is held in memory as a whole
 * @throws Refusal for what can't be read
 */
export async function passToTwin(
  kcp: Kcp,
  call: Call,
  usage: Usage,
  path: WorkspacePath,
  group: string,
): Promise<void> {
  const ask = (sent: Buffer) => askForTwin(kcp, call, usage, path, group, sent);
  const answer = await (call.body ? usage.hold(kcp.caller, call.body, ask) : ask(Buffer.alloc(0)));
  await call.answer(answer, replaceInStream(twinGroupOf(group), group), naturalNamesInStream());
}

async function askForTwin(
  kcp: Kcp,
  { method, headers: sentHeaders }: Call,
  usage: Usage,
  path: WorkspacePath,
  group: string,
  sent: Buffer,
): Promise<Answer> {
  const type = headerOf(sentHeaders, 'content-type') ?? JSON_TYPE;
  const twin = understood('path', () => twinPath(path, group));
  const url = twin + twinQuery(path.query, group);
  const headers = readable(sentHeaders);
  if (sent.length === 0) return kcp.ask({ method, url, headers });
  // What says how to delete is not of the group, and kcp reads all forms of it.
  if (method === 'DELETE') return kcp.ask({ method, url, headers, body: sent });
  if (type.includes('protobuf')) {
    const object = JSON.stringify(await decoded(kcp, headers, path, sent));
    const body = twinBodyOf(Buffer.from(object), JSON_TYPE);
    return kcp.ask({ method, url, headers: { ...headers, 'content-type': JSON_TYPE }, body });
  }
  const body = twinBodyOf(sent, type);
  if (type.includes('strategic-merge-patch')) return merge(kcp, headers, usage, { object: twin, url }, body);
  return kcp.ask({ method, url, headers, body });
}

function twinBodyOf(body: Buffer, type: string): Buffer {
  return understood('object', () => twinBody(body, type));
}

/** @throws Refusal when the client has sent what can't be read */
function understood<T>(what: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw new Refusal(400, `the workspace proxy can't read the ${what}: ${explain(error)}`);
  }
}

/**
 * Programs with typed clients, commands of kubectl among them, send objects in the binary form, which twins have not:
 * kcp translates it, by trying to create a native object of another name.
 */
async function decoded(
  kcp: Kcp,
  headers: Headers,
  { base, rest }: WorkspacePath,
  sent: Buffer,
): Promise<KubeObject> {
  const collection = collectionPath(rest);
  if (collection === undefined) throw new Refusal(415, 'this is accepted as JSON only in this workspace');
  const standIn = `view-${randomUUID()}`;
  const { object: body, identity } = understood('object', () => asNew(sent, standIn));
  const url = `${base}${collection}?dryRun=All`;
  const answer = await kcp.ask({ method: 'POST', url, headers: { ...headers, accept: JSON_TYPE }, body });
  const object = JSON.parse(await wholeText(answer)) as KubeObject & { message?: string };
  if (answer.status !== 201)
    throw new Refusal(
      answer.status,
      // A function, because a text may have `$` patterns that repeat the message.
      (object.message ?? 'not accepted').replaceAll(
        standIn,
        () => identity.name ?? identity.generateName ?? '',
      ),
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
  headers: Headers,
  usage: Usage,
  { object, url }: { readonly object: string; readonly url: string },
  patch: Buffer,
): Promise<Answer> {
  const { 'content-type': _, ...kept } = headers;
  const reading: Headers = { ...kept, accept: JSON_TYPE };
  const write = (content: Buffer) => {
    const merged = understood('patch', () =>
      JSON.stringify(strategicMerge(JSON.parse(content.toString()), JSON.parse(patch.toString()))),
    );
    const headers = { ...reading, 'content-type': JSON_TYPE };
    return kcp.ask({ method: 'PUT', url, headers, body: Buffer.from(merged) });
  };
  for (let attempt = 1; ; attempt++) {
    const live = await kcp.ask({ method: 'GET', url: object, headers: reading });
    if (live.status !== 200) return live;
    // A small patch of a large object takes as much memory as a large one.
    const answer = await usage.hold(kcp.caller, live.body, write);
    if (answer.status !== 409 || attempt >= TRIES_AGAINST_OTHERS) return answer;
    answer.body.resume();
  }
}
