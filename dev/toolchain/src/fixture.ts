import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Context } from './context.ts';

/** What the tests of this folder work in: a context with a `$PATH` and cache of its own in a temporary folder. */
export interface Fixture {
  context: Context;
  /** The only folder on its `$PATH`. */
  bin: string;
  /** The lines that were logged. */
  lines: string[];
  /** Puts a shell script called `name` on its `$PATH`, or into another folder. Returns its path. */
  script(name: string, body: string, dir?: string): Promise<string>;
  /** Makes the context's signal abort. */
  abort(): void;
  remove(): Promise<void>;
}

/** Makes a fixture; the caller removes it. */
export async function newFixture(): Promise<Fixture> {
  const root = await mkdtemp(join(tmpdir(), 'toolchain-'));
  const bin = join(root, 'bin');
  const lines: string[] = [];
  const aborter = new AbortController();
  const context: Context = {
    env: { PATH: bin, HOME: root },
    cacheDir: join(root, 'cache'),
    modulesDir: fileURLToPath(new URL('../modules', import.meta.url)),
    log: (line) => void lines.push(line),
    signal: aborter.signal,
  };
  return {
    context,
    bin,
    lines,
    async script(name, body, dir = bin) {
      await mkdir(dir, { recursive: true });
      await writeFile(join(dir, name), `#!/bin/sh\n${body}\n`, { mode: 0o755 });
      return join(dir, name);
    },
    abort: () => aborter.abort(),
    remove: () => rm(root, { recursive: true, force: true }),
  };
}

/** The error that `promise` is rejected with; fails when it is not. */
export async function failure(promise: Promise<unknown>): Promise<Error> {
  const error: unknown = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof Error) return error;
  throw new Error('an error was expected, but it succeeded');
}

/** Waits until `condition` holds; fails after 5 s, naming `what`. */
export async function until(what: string, condition: () => boolean | Promise<boolean>): Promise<void> {
  for (const end = Date.now() + 5_000; !(await condition()); ) {
    if (Date.now() > end) throw new Error(`waited 5 s for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
