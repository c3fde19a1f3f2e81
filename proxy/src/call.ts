import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { answerHeaders, type Headers, requestHeaders } from './headers.ts';
import { Refusal } from './refusal.ts';
import { ClientLeft, discardRest, RequestBody } from './request-body.ts';
import { hasBody } from './request-form.ts';
import { type RequestPath, requestPath } from './request-path.ts';
import type { Answer } from './upstream.ts';

/** The largest answer of kcp that is looked into as a whole (bytes): the list of groups, or one object. */
const LARGEST_ANSWER = 8 * 1024 * 1024;

/** A request that was checked, and the way to answer it. What is not in here is not passed on. */
export interface Call {
  readonly method: string;
  readonly target: RequestPath;
  readonly headers: Headers;
  /** Undefined without a body. */
  readonly body: RequestBody | undefined;
  /** Aborts when the client has gone. */
  readonly signal: AbortSignal;
  /** Answers with what kcp has answered, through some streams that change the body. */
  answer(answer: Answer, ...changes: NodeJS.ReadWriteStream[]): Promise<void>;
  /** Answers with a body that is known as a whole. */
  answerWhole(answer: Answer, content: string): Promise<void>;
}

/** @throws Refusal for a request whose path has no single meaning, or that is too large */
export function callOf(incoming: IncomingMessage, outgoing: ServerResponse): Call {
  const target = requestPath(incoming.url ?? '');
  const expects = incoming.headers.expect !== undefined;
  const body = hasBody(incoming)
    ? new RequestBody(incoming, () => expects && !outgoing.headersSent && outgoing.writeContinue())
    : undefined;
  const gone = new AbortController();
  const { socket } = incoming;
  const left = () => gone.abort(new ClientLeft('the client left before it had its answer'));
  // An answer behind a former one that is still being sent does not hear of the end of their connection.
  socket.once('close', left);
  outgoing.once('close', () => {
    socket.off('close', left);
    left();
  });
  const begin = (answer: Answer, headers: Headers) => {
    // What is left of the body would be the beginning of the next request.
    if (body && !incoming.complete) outgoing.setHeader('connection', 'close');
    outgoing.writeHead(answer.status, headers as Record<string, string | string[]>);
  };
  const end = async () => {
    if (!incoming.complete) {
      body?.destroy();
      await discardRest(incoming);
    }
    outgoing.end();
  };
  return {
    method: incoming.method ?? 'GET',
    target,
    headers: requestHeaders(incoming.rawHeaders),
    body,
    signal: gone.signal,
    async answer(answer, ...changes) {
      const { 'content-length': length, ...headers } = answerHeaders(answer.headers);
      begin(
        answer,
        length === undefined || changes.length > 0 ? headers : { ...headers, 'content-length': length },
      );
      // Who watches waits for the headers before anything happens. flushHeaders would encode them as UTF-8 once more.
      outgoing.write(Buffer.alloc(0));
      await pipeline([answer.body, ...changes, outgoing], { end: false });
      await end();
    },
    async answerWhole(answer, content) {
      const { 'content-length': _, etag: __, ...headers } = answerHeaders(answer.headers);
      begin(answer, headers);
      outgoing.write(Buffer.from(content));
      await end();
    },
  };
}

/** @returns the whole body of an answer @throws Refusal when it is larger than what is looked into */
export async function wholeText({ body }: { readonly body: Readable }): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > LARGEST_ANSWER)
      throw new Refusal(500, `kcp's answer is larger than ${LARGEST_ANSWER} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
