import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { assert, suite } from '@kubestellar/testing';
import { choosePorts, isFree, rememberedPorts } from './ports.ts';

const test = suite('remembered ports');
let folder = '';
let file = '';
const lines: string[] = [];
const servers: Server[] = [];
const log = (line: string) => void lines.push(line);

test.before.each(() => {
  folder = mkdtempSync(join(tmpdir(), 'kubestellar-ports-'));
  file = join(folder, 'ports.json');
  lines.length = 0;
});
test.after.each(async () => {
  for (const server of servers.splice(0)) await new Promise((resolve) => server.close(resolve));
  rmSync(folder, { recursive: true });
});

async function occupy(port: number): Promise<void> {
  const server = createServer();
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
}

test('ports are free, different, and the same again later', async () => {
  const first = await choosePorts(file, 'kcp', ['secure', 'etcd'], log);
  assert.is.not(first.secure, first.etcd);
  assert.ok(await isFree(first.secure));
  assert.equal(await choosePorts(file, 'kcp', ['secure', 'etcd'], log), first);
  assert.equal(lines, []);
});

test('only the port that another process took is chosen anew, and the log names that process', async () => {
  const first = await choosePorts(file, 'kcp', ['secure', 'etcd'], log);
  await occupy(first.secure);
  const second = await choosePorts(file, 'kcp', ['secure', 'etcd'], log);
  assert.is.not(second.secure, first.secure);
  assert.is(second.etcd, first.etcd);
  assert.is(lines.length, 1);
  assert.match(lines[0] ?? '', `port ${first.secure} is taken by`);
  if (process.platform === 'linux') assert.match(lines[0] ?? '', `process ${process.pid}`);
  assert.is(rememberedPorts(file, 'kcp').secure, second.secure);
});

test('owners do not share ports, and a damaged file is made anew', async () => {
  const one = await choosePorts(file, 'edge1', ['etcd'], log);
  const two = await choosePorts(file, 'edge2', ['etcd'], log);
  assert.is.not(one.etcd, two.etcd);
  assert.is(rememberedPorts(file, 'edge1').etcd, one.etcd);
  writeFileSync(file, '{"edge1":');
  const again = await choosePorts(file, 'edge1', ['etcd'], log);
  assert.is(rememberedPorts(file, 'edge1').etcd, again.etcd);
});

test.run();
