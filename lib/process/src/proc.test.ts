import { createServer } from 'node:net';
import { assert, suite } from '@kubestellar/testing';
import { startChild } from './child.ts';
import {
  allPids,
  bootId,
  commandLineOf,
  descendantsOf,
  environmentOf,
  executableOf,
  listeningSockets,
  openFilesOf,
  programOf,
  residentOf,
  statOf,
  statusOf,
} from './proc.ts';

const test = suite('what /proc reports of processes');
const onLinux = (name: string, body: () => unknown) =>
  process.platform === 'linux' ? test(name, body) : test.skip(name, 'there is no /proc');

onLinux('of ours', () => {
  assert.ok(allPids().includes(process.pid));
  assert.is(executableOf('self'), process.execPath);
  assert.is(programOf(process.pid), 'node');
  assert.is(environmentOf('self').PATH, process.env.PATH);
  const now = residentOf(process.pid, 'now');
  assert.ok(now > 10_000_000);
  assert.ok(residentOf(process.pid, 'peak') >= now);
  assert.is(statusOf('self', 'Pid'), String(process.pid));
  assert.match(bootId(), /^[0-9a-f-]{36}$/);
});

onLinux(
  'of a child: its words, whatever is in them, its processor time and what it has started',
  async () => {
    const words = ['-c', 'echo ready; sleep 60 & wait', 'with spaces', ') R 1 (', ''];
    const child = startChild('bash', words, { env: { A: 'b=c', PATH: process.env.PATH } });
    await child.printed('ready');
    const pid = Number(child.pid);
    assert.equal(commandLineOf(pid), ['bash', ...words]);
    assert.is(environmentOf(pid).A, 'b=c');
    const stat = statOf(pid);
    assert.match(String(stat?.startTicks), /^\d+$/);
    assert.is(stat?.threads, 1);
    assert.ok(stat && stat.cpuSeconds >= 0 && stat.cpuSeconds < 5);
    assert.is(descendantsOf(pid)[0], pid);
    assert.match(openFilesOf(pid).get(1) ?? '', /^(socket|pipe):/);
    child.kill('SIGKILL');
    await child.ended;
    assert.equal(
      [statOf(pid), commandLineOf(pid), environmentOf(pid), programOf(pid), descendantsOf(pid)],
      [undefined, [], {}, undefined, [pid]],
    );
  },
);

onLinux('which of our sockets listens at a port', async () => {
  const server = createServer();
  const port = await new Promise<number>((resolve) =>
    server.listen(0, '127.0.0.1', () => resolve((server.address() as { port: number }).port)),
  );
  const inodes = listeningSockets(port);
  const ours = [...openFilesOf('self').values()];
  assert.ok([...inodes].some((inode) => ours.includes(`socket:[${inode}]`)));
  server.close();
});

test.run();
