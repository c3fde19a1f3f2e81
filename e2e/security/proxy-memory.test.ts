/** Clients that stream without end through the workspace proxy: its memory stays, and others are answered meanwhile. */
import { setTimeout as sleep } from 'node:timers/promises';
import { assert, suite } from '@kubestellar/testing';
import { ProxyProcess } from '../support/proxy-process.ts';
import type { RawClient } from '../support/raw-client.ts';

const test = suite('memory of the workspace proxy', { timeout: 180_000 });

const CLIENTS = 200;
const SECONDS = 24;
/** Bytes that the proxy may take in all; its container in a hosted core has a limit above it. */
const LIMIT = 384 * 1024 * 1024;
/** Bytes that garbage may be behind at any time. */
const SLACK = 64 * 1024 * 1024;

/** Milliseconds between two pieces: what is shown is the proxy's memory, not this process's speed. */
const PAUSE = 100;
const PIECE = 'x'.repeat(16 * 1024);
const CHUNK = `${PIECE.length.toString(16)}\r\n${PIECE}\r\n`;
const RBAC = '/clusters/denatured/apis/rbac.authorization.k8s.io/v1/clusterroles';
const head = (line: string, token: string) =>
  `${line} HTTP/1.1\r\nHost: kcp\r\nAuthorization: Bearer ${token}\r\nTransfer-Encoding: chunked\r\n\r\n`;

/** What each client sends first, by its number; then chunks for as long as it is listened to. */
const KINDS: readonly ((client: number) => string)[] = [
  (client) => head(`PUT ${RBAC}/a`, `invalid${client}`),
  (client) => head(`PUT ${RBAC}/a`, `client${client}`),
  (client) => head('POST /clusters/root:a/hang', `client${client}`),
  (client) => head(`PUT /clusters/%72oot:${'a'.repeat(client)}/apis/x`, `client${client % 7}`),
  (client) => `GET /endless HTTP/1.1\r\nHost: kcp\r\nAuthorization: Bearer client${client}\r\n\r\n`,
];

test(`${CLIENTS} clients that stream without end: flat memory, and another client is answered`, async () => {
  const proxy = await ProxyProcess.start();
  proxy.kcp.isForgetful = true;
  let isOver = false;
  let streamed = 0;
  const stream = async (client: number) => {
    while (!isOver) {
      const connection = await proxy.connect();
      const kind = KINDS[client % KINDS.length];
      connection.send(kind?.(client) ?? '');
      // The answer without end is not read at all.
      if (client % KINDS.length === KINDS.length - 1) connection.socket.pause();
      while (!isOver && !connection.isClosed) {
        if (client % KINDS.length !== KINDS.length - 1) streamed += sendChunk(connection);
        await sleep(PAUSE);
      }
      connection.close();
      await sleep(PAUSE);
    }
  };
  const clients = Array.from({ length: CLIENTS }, (_, client) => stream(client));
  try {
    const weights: number[] = [];
    let answered = 0;
    for (let second = 0; second < SECONDS; second++) {
      await sleep(1_000);
      const other = await proxy.connect();
      other.send('GET /clusters/root:b/api HTTP/1.1\r\nHost: kcp\r\nAuthorization: Bearer bob\r\n\r\n');
      await other.whenAnswered(1, 60_000);
      if (other.answers[0]?.code === 200) answered++;
      other.close();
      weights.push(await proxy.memory());
    }
    proxy.mustRun();
    const [early, late] = [weights.slice(SECONDS / 4, SECONDS / 2), weights.slice(-SECONDS / 4)];
    console.log(
      `    ${megabytes(streamed)} MB were sent; memory ${megabytes(Math.max(...early))} MB, then ${megabytes(Math.max(...late))} MB`,
    );
    assert.is(answered, SECONDS);
    assert.ok(Math.max(...weights) < LIMIT, `${Math.max(...weights)} bytes`);
    assert.ok(Math.min(...late) < Math.max(...early) + SLACK, `grew: ${weights.map(megabytes).join(' ')} MB`);
  } finally {
    isOver = true;
    await Promise.allSettled(clients);
    await proxy.stop();
  }
});

/** @returns how many bytes were sent, when there was room for them */
function sendChunk(client: RawClient): number {
  if (client.socket.writableLength > PIECE.length) return 0;
  client.send(CHUNK);
  return CHUNK.length;
}

function megabytes(bytes: number): number {
  return Math.round(bytes / 1024 / 1024);
}

test.run();
