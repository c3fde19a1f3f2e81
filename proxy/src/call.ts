import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type Headers, requestHeaders, responseHeaders } from './headers.ts';
import { Refusal } from './refusal.ts';
import { ClientLeft, discardRest, RequestBody } from './request-body.ts';
import { hasBody } from './request-form.ts';
import { type RequestPath, requestPath } from './request-path.ts';
import type { KcpResponse } from './upstream.ts';

/** The largest response of kcp that is parsed as a whole (bytes): the list of groups, or one object. */
const LARGEST_RESPONSE = 8 * 1024 * 1024;

/** A request that was checked, and the functions to answer it. Nothing else of the request is passed on. */
export interface Call {
  readonly method: string;
  readonly target: RequestPath;
  readonly headers: Headers;
  /** Undefined without a body. */
  readonly body: RequestBody | undefined;
  /** Aborts when the client has closed the connection. */
  readonly signal: AbortSignal;
  /** Responds with what kcp responded, through streams that change the body. */
  respond(response: KcpResponse, ...changes: NodeJS.ReadWriteStream[]): Promise<void>;
  /** Responds with a body that is known as a whole. */
  respondWhole(response: KcpResponse, content: string): Promise<void>;
}

/** @throws Refusal for a request whose path has no single meaning, or that is too large */
export function callOf(incoming: IncomingMessage, outgoing: ServerResponse): Call {
  const target = requestPath(incoming.url ?? '');
  const expects = incoming.headers.expect !== undefined;
  const body = hasBody(incoming)
    ? new RequestBody(incoming, () => expects && !outgoing.headersSent && outgoing.writeContinue())
    : undefined;
  const closed = new AbortController();
  const { socket } = incoming;
  const left = () =>
    closed.abort(new ClientLeft('the client closed its connection before the response was sent'));
  // A response that waits behind another one gets no event when their connection is closed.
  socket.once('close', left);
  outgoing.once('close', () => {
    socket.off('close', left);
    left();
  });
  const begin = (response: KcpResponse, headers: Headers) => {
    // The rest of the body would be read as the beginning of the next request.
    if (body && !incoming.complete) outgoing.setHeader('connection', 'close');
    outgoing.writeHead(response.status, headers as Record<string, string | string[]>);
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
    signal: closed.signal,
    async respond(response, ...changes) {
      const { 'content-length': length, ...headers } = responseHeaders(response.headers);
      begin(
        response,
        length === undefined || changes.length > 0 ? headers : { ...headers, 'content-length': length },
      );
      // A watching client needs the headers at once. flushHeaders would encode them as UTF-8 once more.
      outgoing.write(Buffer.alloc(0));
      await pipeline([response.body, ...changes, outgoing], { end: false });
      await end();
    },
    async respondWhole(response, content) {
      const { 'content-length': _, etag: __, ...headers } = responseHeaders(response.headers);
      begin(response, headers);
      outgoing.write(Buffer.from(content));
      await end();
    },
  };
}

/** @returns the whole body of a response @throws Refusal when it is too large to be parsed */
export async function wholeText({ body }: { readonly body: Readable }): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > LARGEST_RESPONSE)
      throw new Refusal(500, `kcp's response is larger than ${LARGEST_RESPONSE} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
