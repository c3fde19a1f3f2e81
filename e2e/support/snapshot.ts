import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rename, rm, stat, utimes } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { mustRunChild, tryLock } from '@kubestellar/process';
import { cacheFolder, TOOL_NAMES, toolVersion } from '@kubestellar/toolchain';

/** Changes when what lies in a snapshot's folder does. */
const FORMAT = 1;
/** Snapshots of so many builds are kept, and all that were in use within the last hour. */
const KEPT_BUILDS = 3;
const IN_USE_MS = 60 * 60 * 1000;

/** Where snapshots are looked for, and for which build of the programs. */
export interface SnapshotStore {
  readonly folder: string;
  readonly build: string;
}

/**
 * The state folder of a core that `npm start` has brought up and `npm stop` has ended. A start in a copy of it takes a
 * third of the time of kcp, because nothing has to be initialized. Its servers listen on the same ports as before,
 * which kcp's objects name: so each worker of the test runner has snapshots of its own.
 */
export class Snapshot {
  readonly #store: SnapshotStore;
  readonly #path: string;

  /** @param name of the snapshot among those of one build */
  constructor(store: SnapshotStore, name: string) {
    this.#store = store;
    this.#path = join(store.folder, store.build, name);
  }

  isThere(): boolean {
    return existsSync(this.#path);
  }

  /** Fills a state folder. @returns false, and leaves the folder alone, when another process has its ports */
  async restore(home: string): Promise<boolean> {
    if (!this.#claim() || !(await arePortsFree(this.#path))) return false;
    await copy(this.#path, home);
    const now = new Date();
    await utimes(join(this.#store.folder, this.#store.build), now, now);
    return true;
  }

  /** Takes a copy of a state folder in which nothing runs; one that another process has taken meanwhile stays. */
  async save(home: string): Promise<void> {
    const { folder, build } = this.#store;
    await mkdir(join(folder, build), { recursive: true, mode: 0o700 });
    const made = await mkdtemp(join(folder, build, '.new-'));
    try {
      await copy(home, made);
      await rm(join(made, 'logs'), { recursive: true, force: true });
      await rename(made, this.#path).catch((error: NodeJS.ErrnoException) => {
        if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error;
      });
    } finally {
      await rm(made, { recursive: true, force: true });
    }
    await removeOld(this.#store);
  }

  /** Between the copy and the start of its servers the ports are free: who has them then says a lock, until it ends. */
  #claim(): boolean {
    const claim = tryLock(`${this.#path}.claim`, 'a test file');
    return !('pid' in claim) || claim.pid === process.pid;
  }

  /** Removes it, so that the next start makes another one. */
  async remove(): Promise<void> {
    await rm(this.#path, { recursive: true, force: true });
  }
}

/** The store of this user, for the programs in `dist` and the tools that they run with. */
export async function snapshotStore(dist: string): Promise<SnapshotStore> {
  const hash = createHash('sha256').update(JSON.stringify([FORMAT, TOOL_NAMES.map(toolVersion)]));
  // Chunks have their contents' hashes in their names.
  const chunks = await readdir(join(dist, 'chunks'));
  hash.update(JSON.stringify(chunks.filter((name) => name.endsWith('.js')).sort()));
  for (const folder of [dist, join(dist, 'api')]) {
    const names = (await readdir(folder))
      .filter((name) => /^(?!version|inputs).*\.js(on)?$/.test(name))
      .sort();
    for (const name of names) hash.update(name).update(await readFile(join(folder, name)));
  }
  return { folder: join(cacheFolder(), 'snapshots'), build: hash.digest('hex').slice(0, 16) };
}

/** With what a copy on the same file system costs least. */
async function copy(from: string, to: string): Promise<void> {
  await mustRunChild('cp', ['--archive', '--reflink=auto', '--sparse=always', `${from}/.`, to]);
}

async function arePortsFree(home: string): Promise<boolean> {
  const owners = JSON.parse(await readFile(join(home, 'ports.json'), 'utf8')) as Record<string, object>;
  const ports = Object.values(owners).flatMap((ports) => Object.values(ports) as number[]);
  return (await Promise.all(ports.map(isFree))).every(Boolean);
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer().once('error', () => resolve(false));
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => resolve(true)));
  });
}

async function removeOld({ folder, build }: SnapshotStore): Promise<void> {
  const others = (await readdir(folder)).filter((name) => name !== build);
  const used = await Promise.all(
    others.map(async (name) => ({ name, at: (await stat(join(folder, name))).mtimeMs })),
  );
  const old = used.sort((a, b) => b.at - a.at).slice(KEPT_BUILDS - 1);
  for (const { name, at } of old)
    if (Date.now() - at > IN_USE_MS) await rm(join(folder, name), { recursive: true, force: true });
}
