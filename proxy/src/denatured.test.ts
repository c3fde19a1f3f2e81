import { Readable } from 'node:stream';
import { assert, suite } from '@kubestellar/testing';
import type { Call } from './call.ts';
import { passDenatured } from './denatured.ts';
import { Usage } from './limits.ts';
import { Refusal } from './refusal.ts';
import type { RequestBody } from './request-body.ts';
import type { Kcp, KcpResponse, Outgoing } from './upstream.ts';

const test = suite('requests for denatured resources');

const GROUP = 'rbac.authorization.k8s.io';
const BASE = '/clusters/root:a';
const ROLES = `/apis/${GROUP}/v1/clusterroles`;
const MEBIBYTE = 1024 * 1024;

function answerOf(status: number, body: string): KcpResponse {
  return { status, headers: {}, body: Readable.from([Buffer.from(body)]) };
}

/** Passes a body on. @returns the code and the text of the response */
async function pass(
  method: string,
  rest: string,
  type: string,
  content: Buffer,
  send: (outgoing: Outgoing) => Promise<KcpResponse>,
  usage = new Usage(),
): Promise<[number, string]> {
  let answered: [number, string] = [0, ''];
  const body = Readable.from([content]) as unknown as RequestBody;
  const call: Call = {
    method,
    target: { path: BASE + rest, query: '' },
    headers: { 'content-type': type },
    body,
    signal: new AbortController().signal,
    respond: async ({ status, body }) => {
      answered = [status, (await body.toArray()).join('')];
    },
    respondWhole: async () => undefined,
  };
  const kcp: Kcp = { caller: 'alice', isAccepted: true, send };
  try {
    await passDenatured(kcp, call, usage, { base: BASE, rest, query: '' }, GROUP);
  } catch (error) {
    if (error instanceof Refusal) return [error.code, error.message];
    throw error;
  }
  return answered;
}

test('a name with replacement patterns is kept in the message of kcp', async () => {
  const name = "$`$'$&";
  const metadata = Buffer.from([0x0a, name.length, ...Buffer.from(name)]);
  const object = Buffer.from([0x0a, metadata.length, ...metadata]);
  const content = Buffer.from([...Buffer.from('k8s\0'), 0x12, object.length, ...object]);
  const [code, message] = await pass(
    'POST',
    ROLES,
    'application/vnd.kubernetes.protobuf',
    content,
    async ({ body }) => {
      const [standIn] = /view-[0-9a-f-]+/.exec(String(body)) ?? [''];
      return answerOf(422, JSON.stringify({ message: `before ${standIn} after` }));
    },
  );
  assert.equal([code, message], [422, `before ${name} after`]);
});

test('an object that is merged with a patch counts as memory of its client', async () => {
  const usage = new Usage();
  const written = Promise.withResolvers<KcpResponse>();
  const large = JSON.stringify({ metadata: { annotations: { a: 'x'.repeat(5 * MEBIBYTE) } } });
  const patch = () =>
    pass(
      'PATCH',
      `${ROLES}/a`,
      'application/strategic-merge-patch+json',
      Buffer.from('{}'),
      ({ method }) => (method === 'GET' ? Promise.resolve(answerOf(200, large)) : written.promise),
      usage,
    );
  const two = [patch(), patch()];
  await new Promise((resolve) => setTimeout(resolve, 300));
  assert.is((await patch())[0], 429);
  written.resolve(answerOf(500, ''));
  assert.equal(
    (await Promise.all(two)).map(([code]) => code),
    [500, 500],
  );
});

test.run();
