import { mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mock } from 'node:test';
import { CA } from '@kubestellar/pki';
import { createRegistry, type Logger, type ProgramContext } from '@kubestellar/program';
import { assert, suite } from '@kubestellar/testing';
import { program } from './program.ts';

const test = suite('the program workspace-proxy');

let folder: string;
let ca: CA;
test.before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kubestellar-proxy-'));
  ca = await CA.create('test');
});
test.after(() => rm(folder, { recursive: true }));
test.after.each(() => mock.timers.reset());

const at = (name: string) => join(folder, name);
async function issue(): Promise<void> {
  const pair = await ca.issue({ commonName: 'server', dnsNames: ['localhost'] });
  await writeFile(at('ca.crt'), ca.certificate);
  await writeFile(at('tls.crt'), pair.certificate);
  await writeFile(at('tls.key'), pair.key);
}

/** Runs the proxy on a free port; `logged` are its messages, `look` lets it look at its files. */
async function start() {
  await issue();
  mock.timers.enable({ apis: ['setInterval'] });
  const logged: string[] = [];
  const keep = (...line: unknown[]) => void logged.push(String(line.at(-1)));
  const end = new AbortController();
  const started = Promise.withResolvers<void>();
  const running = program.run({
    flags: {
      server: 'https://127.0.0.1:1',
      'certificate-authority': at('ca.crt'),
      'tls-cert-file': at('tls.crt'),
      'tls-private-key-file': at('tls.key'),
      listen: '127.0.0.1:0',
    },
    logger: { debug: keep, info: keep, warn: keep, error: keep } as unknown as Logger,
    registry: createRegistry('test'),
    signal: end.signal,
    setNotReady: () => setImmediate(started.resolve),
  } as unknown as ProgramContext);
  await started.promise;
  const look = async (message: string) => {
    while (!logged.includes(message)) {
      mock.timers.tick(2_000);
      await new Promise((resolve) => setImmediate(resolve));
    }
  };
  const stop = async () => {
    end.abort();
    await running;
  };
  return { logged, look, end: stop };
}

test('its help names each of its flags', () => {
  for (const flag of Object.keys(program.flags)) assert.match(program.usage, `--${flag}`);
});

test('it serves until it is to end', async () => {
  const { logged, end } = await start();
  assert.ok(logged.includes('the workspace proxy serves'));
  await end();
});

test('certificates that change are read again; what can not be read, yet, keeps the former ones', async () => {
  const { logged, look, end } = await start();
  await writeFile(at('tls.crt'), 'half');
  await look('could not load the changed certificates; trying again');
  assert.not(logged.includes('loaded changed certificates'));
  await issue();
  await utimes(at('tls.crt'), new Date(), new Date(Date.now() + 5_000));
  await look('loaded changed certificates');
  await end();
});

test.run();
