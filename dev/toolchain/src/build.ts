import { createWriteStream, rmSync } from 'node:fs';
import { mkdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { onDeath, startChild } from '@kubestellar/process';
import { admit, builtPath, temporaryDir } from './cache.ts';
import { type GoModule, ldflagsOf, outputName, type ToolName, toolOf, versionOf } from './catalog.ts';
import { type Context, duration, platformOf, throwIfAborted } from './context.ts';
import { ToolchainError } from './errors.ts';
import { explainGoFailure, isCompiled, isDownload } from './explain.ts';
import { type Go, goEnv } from './go.ts';
import type { Lock } from './lock.ts';
import { patchedModule } from './patch.ts';

const HEARTBEAT_MS = 30_000;
/** Dying compilers may still write. */
const REMOVE = { recursive: true, force: true, maxRetries: 5 } as const;

/**
 * Builds `names`, all of `module`, in one Go command and puts them into the cache. Needs the lock. Throws
 * ToolchainError with the cause and the log's path when Go fails, or when interrupted.
 */
export async function build(
  context: Context,
  go: Go,
  lock: Lock,
  module: GoModule,
  names: readonly ToolName[],
): Promise<void> {
  const title = `${names.join(', ')} ${versionOf(module)}`;
  context.log(
    `building ${title} with Go (up to ${module.coldMinutes} min the first time; cached in ${context.cacheDir} afterwards)`,
  );
  const start = Date.now();
  const temporary = await temporaryDir(context);
  const forget = onDeath(() => rmSync(temporary, REMOVE));
  try {
    // Go's work folder too: a build that is ended leaves it behind.
    for (const dir of ['bin', 'work']) await mkdir(join(temporary, dir));
    await runGoBuild(context, go, lock, module, names, temporary);
    for (const name of names) {
      const built = join(temporary, 'bin', outputName(toolOf(name).package));
      const megabytes = Math.round((await stat(built)).size / 1e6);
      const path = await builtPath(context, name);
      await admit(built, path);
      context.log(`  ${name} ${versionOf(module)}: ${megabytes} MB, ${path}`);
    }
  } finally {
    await rm(temporary, REMOVE);
    forget();
  }
  context.log(`built ${title} in ${duration(Date.now() - start)}`);
}

async function runGoBuild(
  context: Context,
  go: Go,
  lock: Lock,
  module: GoModule,
  names: readonly ToolName[],
  temporary: string,
): Promise<void> {
  const source = await sourceOf(context, go, module, temporary);
  const logDir = join(context.cacheDir, 'logs');
  await mkdir(logDir, { recursive: true });
  const logPath = join(logDir, `${module.folder}.log`);
  const logFile = createWriteStream(logPath);
  // The log is a convenience: a full disk shows in Go's own output.
  logFile.on('error', () => {});

  const start = Date.now();
  let downloaded = 0;
  let compiled = 0;
  const heartbeat = setInterval(() => {
    context.log(
      `  still building after ${duration(Date.now() - start)}: ${downloaded} Go modules downloaded, ${compiled} packages compiled`,
    );
  }, HEARTBEAT_MS);
  const flags = ['-v', '-mod=readonly', '-trimpath', '-buildvcs=false', '-ldflags', ldflagsOf(module)];
  const packages = names.map((name) => toolOf(name).package);
  try {
    const build = startChild(
      go.command,
      ['build', ...flags, '-o', `${join(temporary, 'bin')}/`, ...packages],
      {
        cwd: source,
        env: { ...goEnv(context.env, platformOf(context)), GOTMPDIR: join(temporary, 'work') },
        signal: context.signal,
        endWith: 'SIGINT',
        onLine: (line) => {
          if (isDownload(line)) downloaded++;
          else if (isCompiled(line)) compiled++;
          logFile.write(`${line}\n`);
        },
      },
    );
    if (build.pid !== undefined) lock.noteChild(build.pid);
    const result = await build.ended;
    throwIfAborted(context);
    if (result.code !== 0) {
      const what = `The Go build of ${names.join(', ')} ${versionOf(module)}`;
      throw new ToolchainError(explainGoFailure(what, result.stderr, logPath));
    }
  } finally {
    clearInterval(heartbeat);
    logFile.end();
  }
}

/** The folder to build `module` in: its own, or a patched copy in `temporary`. */
async function sourceOf(context: Context, go: Go, module: GoModule, temporary: string): Promise<string> {
  if (module.patched === undefined) return join(context.modulesDir, module.folder);
  const source = join(temporary, 'source');
  await patchedModule(context, go, module, module.patched.patches, source);
  return source;
}
