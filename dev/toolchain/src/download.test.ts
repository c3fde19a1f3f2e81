import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { assert, suite } from '@kubestellar/testing';
import { DownloadError, download } from './download.ts';
import { type Fixture, failure, newFixture } from './fixture.ts';

const test = suite('download');
const LIMITS = { silence: 200, total: 5_000 };
const CONTENT = 'a program';
const SUM = createHash('sha256').update(CONTENT).digest('hex');
let fixture: Fixture;
let server: Server;
let to: string;
test.before.each(async () => {
  fixture = await newFixture();
  await fixture.script('any', '');
  to = join(fixture.bin, 'file');
});
test.after.each(async () => {
  server?.closeAllConnections();
  server?.close();
  await fixture.remove();
});

async function serve(listener: RequestListener): Promise<string> {
  server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/tool`;
}

async function failedDownload(url: string, sha256 = SUM): Promise<DownloadError> {
  const error = await failure(download({ url, sha256 }, to, undefined, LIMITS));
  assert.instance(error, DownloadError);
  return error as DownloadError;
}

test('keeps a file with the right checksum', async () => {
  const url = await serve((_request, response) => response.end(CONTENT));
  await download({ url, sha256: SUM }, to, undefined, LIMITS);
  assert.is(await readFile(to, 'utf8'), CONTENT);
});

test('refuses a file with another checksum', async () => {
  const url = await serve((_request, response) => response.end(`${CONTENT}!`));
  const error = await failedDownload(url);
  assert.match(error.message, /SHA-256 is [0-9a-f]{64}, not/);
  assert.ok(error.reachable);
});

test('a server that accepts and says nothing is given up within the limit', async () => {
  const url = await serve(() => {});
  const start = Date.now();
  const error = await failedDownload(url);
  assert.ok(Date.now() - start < 1_000);
  assert.match(error.message, 'no data for 0.2 s');
  assert.not(error.reachable);
});

test('a server that falls silent in the middle is given up within the limit', async () => {
  const url = await serve((_request, response) => {
    response.writeHead(200, { 'content-length': '100' });
    response.write('half');
  });
  const error = await failedDownload(url);
  assert.match(error.message, 'no data');
});

test('a server that is not there or says no is told apart', async () => {
  const url = await serve((_request, response) => {
    response.statusCode = 404;
    response.end();
  });
  const refused = await failedDownload(url);
  assert.match(refused.message, '404');
  assert.ok(refused.reachable);
  server.close();
  server.closeAllConnections();
  const absent = await failedDownload(url);
  assert.match(absent.message, 'ECONNREFUSED');
  assert.not(absent.reachable);
});

test.run();
