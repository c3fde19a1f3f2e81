import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { codeOf, LocalError } from '../errors.ts';
import { readIfThere, writePrivate } from '../state/files.ts';
import { listenerOf } from './listener.ts';

/** Ports by what they are for. */
export type Ports<Purpose extends string> = Record<Purpose, number>;

/**
 * Below the range from which kernels take ports for outgoing connections (Linux 32768, macOS 49152), so that
 * a port that we remember is rarely taken by chance while its server is down.
 */
const LOWEST = 20_000;
const HIGHEST = 32_000;
const TRIES = 200;
/** How long a port without a visible owner is waited for (milliseconds). */
const CLOSING_MS = 3_000;

/**
 * The loopback ports of `owner`: remembered in `file` so that kubeconfigs stay valid, chosen where they are
 * not known yet or where another process listens by now (that is logged, with who it is). To be called only
 * while the owner's servers are down.
 * @throws LocalError when no free port is found
 */
export async function choosePorts<Purpose extends string>(
  file: string,
  owner: string,
  purposes: readonly Purpose[],
  log: (line: string) => void,
): Promise<Ports<Purpose>> {
  const remembered = rememberedPorts(file, owner);
  const chosen: Partial<Ports<Purpose>> = {};
  for (const purpose of purposes) {
    const before = remembered[purpose];
    if (before !== undefined && (await becomesFree(before))) {
      chosen[purpose] = before;
      continue;
    }
    const port = await freePort(new Set(allPorts(file)));
    if (before !== undefined)
      log(`${owner}: ${await occupation(before)}; moving its ${purpose} port to ${port}`);
    chosen[purpose] = port;
    remember(file, owner, { ...remembered, ...chosen });
  }
  return chosen as Ports<Purpose>;
}

/** The ports of `owner` as remembered in `file`, none at first. */
export function rememberedPorts(file: string, owner: string): Partial<Record<string, number>> {
  return read(file)[owner] ?? {};
}

/** @returns true when a server can listen at this loopback port now */
export function isFree(port: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', (error) => {
      const taken = ['EADDRINUSE', 'EACCES'].includes(codeOf(error) ?? '');
      return taken ? resolve(false) : reject(error);
    });
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => resolve(true)));
  });
}

/** A killed server may keep its socket for a moment, without being seen as its owner any more. */
async function becomesFree(port: number): Promise<boolean> {
  const deadline = Date.now() + CLOSING_MS;
  while (!(await isFree(port))) {
    if (Date.now() > deadline || listenerOf(port)) return false;
    await sleep(50);
  }
  return true;
}

async function freePort(avoid: ReadonlySet<number>): Promise<number> {
  for (let attempt = 0; attempt < TRIES; attempt++) {
    const port = LOWEST + Math.floor(Math.random() * (HIGHEST - LOWEST));
    if (!avoid.has(port) && (await isFree(port))) return port;
  }
  throw new LocalError(
    `No free port found on 127.0.0.1 between ${LOWEST} and ${HIGHEST}, in ${TRIES} tries.`,
  );
}

async function occupation(port: number): Promise<string> {
  const listener = listenerOf(port);
  return `port ${port} is taken by ${listener ? `${listener.command} (process ${listener.pid})` : 'another process'}`;
}

type File = Record<string, Partial<Record<string, number>>>;

function read(file: string): File {
  try {
    return JSON.parse(readIfThere(file) ?? '{}') as File;
  } catch {
    // Written by rename, so this is damage from outside; new ports are as good.
    return {};
  }
}

function allPorts(file: string): number[] {
  return Object.values(read(file)).flatMap((ports) =>
    Object.values(ports).filter((port) => port !== undefined),
  );
}

function remember(file: string, owner: string, ports: Partial<Record<string, number>>): void {
  writePrivate(file, `${JSON.stringify({ ...read(file), [owner]: ports }, null, 2)}\n`);
}
