/**
 * Requests at random against the workspace proxy: it does not crash, its memory does not grow, and nothing reaches kcp
 * that its client has not sent. KUBESTELLAR_FUZZ_REQUESTS says how many, KUBESTELLAR_FUZZ_SEED repeats them.
 */
import { restoreNativeNames } from '@kubestellar/api';
import { assert, suite } from '@kubestellar/testing';
import fc from 'fast-check';
import { type Fuzzed, fuzzed } from '../support/proxy/fuzzed.ts';
import { ProxyProcess } from '../support/proxy-process.ts';
import type { RawClient } from '../support/raw-client.ts';
import { headerOf, type RecordedRequest } from '../support/recording-kcp.ts';

const REQUESTS = Number(process.env.KUBESTELLAR_FUZZ_REQUESTS ?? 100_000);
const SEED = Number(process.env.KUBESTELLAR_FUZZ_SEED ?? Date.now() % 2 ** 31);
const CLIENTS = 48;
/** Requests that a client sends on one connection, unless it is closed before. */
const IN_A_ROW = 40;
/** For how long (milliseconds) an answer is waited for: one that must come, and one that may not. */
const PATIENCE = { whole: 30_000, odd: 150 };
/** What is read of the memory before it counts: Node's heap grows to its working size first. */
const WARM = 0.4;
/** Bytes that garbage may be behind at any time. */
const SLACK = 48 * 1024 * 1024;

const test = suite('the workspace proxy under requests at random', { timeout: 3_600_000 });

test(`${REQUESTS} requests (seed ${SEED}): no crash, nothing that nobody has sent, flat memory`, async () => {
  const proxy = await ProxyProcess.start();
  const run = new Run(proxy);
  try {
    await Promise.all(Array.from({ length: CLIENTS }, (_, client) => run.play(client)));
    proxy.mustRun();
    assert.equal(run.faults.slice(0, 5), []);
    console.log(`    ${run.sent} sent, ${run.passed} passed on, ${run.refused} refused by an answer`);
    assert.ok(run.passed > run.sent / 4, `only ${run.passed} of ${run.sent} were passed on`);
    assert.ok(run.refused > run.sent / 50, `only ${run.refused} of ${run.sent} were refused`);
    const [warm, end] = [run.warm, Math.min(...run.late)];
    console.log(`    memory: ${megabytes(warm)} MB when warm, ${megabytes(end)} MB at the end`);
    assert.ok(end < warm + SLACK, `the memory of the proxy grew from ${warm} to ${end} bytes`);
  } finally {
    await proxy.stop();
  }
});

/** All clients together. */
class Run {
  readonly #proxy: ProxyProcess;
  readonly #pending = new Map<number, Fuzzed>();
  readonly faults: string[] = [];
  readonly late: number[] = [];
  sent = 0;
  passed = 0;
  refused = 0;
  warm = 0;

  constructor(proxy: ProxyProcess) {
    this.#proxy = proxy;
  }

  async play(client: number): Promise<void> {
    const requests = fc.sample(fuzzed(`client${client % 4}`), { numRuns: 1_000, seed: SEED + client });
    for (let at = 0; this.sent < REQUESTS && this.faults.length === 0; ) {
      const connection = await this.#proxy.connect();
      for (let row = 0; row < IN_A_ROW && this.sent < REQUESTS && !connection.socket.destroyed; row++) {
        const id = ++this.sent;
        const request = requests[at++ % requests.length]?.(id);
        if (!request) throw new Error('nothing was generated');
        await this.#send(connection, id, request);
        if (id % 1_000 === 0) await this.#weigh(id);
      }
      connection.close();
    }
  }

  /** Sends a request and waits for its answer. What is no whole one, or a little more, may get none of its own. */
  async #send(connection: RawClient, id: number, request: Fuzzed): Promise<void> {
    this.#pending.set(id, request);
    connection.asksHead = request.method === 'HEAD';
    const before = connection.answers.length;
    connection.send(request.bytes);
    const patience = request.isWhole ? PATIENCE.whole : PATIENCE.odd;
    await connection.whenAnswered(before + 1, patience).catch((error) => {
      if (request.isWhole) this.faults.push(`${JSON.stringify(request.bytes)}: ${error}`);
      connection.close();
    });
    if ((connection.answers[before]?.code ?? 0) >= 400) this.refused++;
    this.#check();
    this.#pending.delete(id - 1_000);
  }

  /** Each request that has reached kcp is one that was sent, with nothing added. */
  #check(): void {
    const { kcp } = this.#proxy;
    for (const connection of kcp.connections)
      for (const request of connection.requests.splice(0)) {
        this.passed++;
        const fault = this.#faultOf(request);
        if (fault) this.faults.push(`${fault}: ${JSON.stringify(request)}`);
      }
    kcp.connections = kcp.connections.filter((connection) => !connection.isClosed);
    for (const connection of kcp.connections) connection.bytes = '';
  }

  #faultOf(request: RecordedRequest): string | undefined {
    // The proxy itself asks, for a client, whether its workspace has denatured groups.
    if (/^GET (\/clusters\/[^/]+)?\/apis\/[^/ ]+\.denatured HTTP/.test(request.line)) {
      this.passed--;
      return undefined;
    }
    const id = headerOf(request, 'x-id');
    // Where a body is longer than its client says, the rest is the next request of the same client, without credentials.
    const [line] = request.line.split(/ HTTP/);
    if (id === undefined && line === 'GET /smuggled')
      return request.headers
        .map((header) => addedHeader(header, NOTHING))
        .find((fault) => fault !== undefined);
    const sent = this.#pending.get(Number(id));
    if (!sent) return `nobody sent the request ${id}`;
    const [method, target = ''] = request.line.split(' ');
    if (method !== sent.method) return `${sent.method} became ${method}`;
    if (!isSame(target, sent.target)) return `the target ${JSON.stringify(sent.target)} became another`;
    if (request.body !== '' && !sent.bytes.endsWith(request.body) && !sent.bytes.includes(request.body))
      return 'the body is another';
    return request.headers.map((header) => addedHeader(header, sent)).find((fault) => fault !== undefined);
  }

  async #weigh(id: number): Promise<void> {
    const memory = await this.#proxy.memory();
    if (id <= REQUESTS * WARM) this.warm = Math.max(this.warm, memory);
    else if (id > REQUESTS * 0.9) this.late.push(memory);
  }
}

const OF_THE_PROXY =
  /^(host: 127\.0\.0\.1:\d+|connection: (keep-alive|close)|content-length: \d+|transfer-encoding: chunked)$/;

const NOTHING: Pick<Fuzzed, 'headers'> = { headers: [] };

function addedHeader(header: string, sent: Pick<Fuzzed, 'headers'>): string | undefined {
  if (OF_THE_PROXY.test(header)) return undefined;
  const { name, value } = parted(header);
  if (/^x-remote-/i.test(name)) return `the header ${name} is the proxy's to send`;
  const lines = sent.headers.map(([own, text]) => parted(`${own}: ${text}`));
  const isSent = lines.some((line) => line.name.toLowerCase() === name && line.value === value);
  return isSent ? undefined : `nobody sent the header ${header}`;
}

/** A name may have been generated with a colon in it: the first one ends it. */
function parted(header: string): { name: string; value: string } {
  const at = header.indexOf(':');
  return { name: header.slice(0, at).trim(), value: header.slice(at + 1).trim() };
}

/**
 * Both name the same path, however it is encoded, with the same query; denatured groups stand for native ones. A target
 * ends before the spaces in front of the version, however many (RFC 9112, 3).
 */
function isSame(target: string, sent: string): boolean {
  const [path = '', ...query] = target.split('?');
  const [sentPath = '', ...sentQuery] = sent.replace(/ +$/, '').split('?');
  const native = restoreNativeNames(decodeURIComponent(path)).replace('.k8s.io.denatured', '.k8s.io');
  return native === decodeURIComponent(sentPath) && query.join('?') === sentQuery.join('?');
}

function megabytes(bytes: number): number {
  return Math.round(bytes / 1024 / 1024);
}

test.run();
