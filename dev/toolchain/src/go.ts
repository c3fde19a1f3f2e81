import { join } from 'node:path';
import { runChild } from '@kubestellar/process';
import { OWN_PLATFORM, type Platform } from './catalog.ts';
import { type Context, throwIfAborted } from './context.ts';
import { ToolchainError } from './errors.ts';
import { explainGoFailure } from './explain.ts';
import { programsOnPath } from './path.ts';
import { compareVersions } from './version.ts';

/** The lowest Go that the modules build with (their `go` lines). */
const LOWEST_GO = '1.26';
/** Since this version Go fetches a newer one by itself, unless GOTOOLCHAIN forbids it. */
const SELF_UPDATING_GO = '1.21';
const QUICK_MS = 15_000;
const FETCH_TOOLCHAIN_MS = 300_000;

/** The Go command and the folders it works in. */
export interface Go {
  command: string;
  /** Build cache. */
  cacheDir: string;
  /** Module cache. */
  modulesDir: string;
}

const INSTALL_HINT =
  `Install Go ${LOWEST_GO} or newer (https://go.dev/dl/) and put its bin folder on $PATH, ` +
  'or put the missing tools themselves on $PATH.';

/**
 * The environment of every Go command: pure Go programs for `platform` from the committed go.mod and go.sum,
 * whatever the user's own Go settings are. Proxy, caches and toolchain choice stay the user's.
 */
export function goEnv(env: NodeJS.ProcessEnv, platform: Platform = OWN_PLATFORM): NodeJS.ProcessEnv {
  const [system, architecture] = platform.split('-');
  const kept = (env.GOFLAGS ?? '').split(/\s+/).filter((flag) => /^--?(p=\d+|modcacherw)$/.test(flag));
  return {
    ...env,
    CGO_ENABLED: '0',
    GOOS: system,
    GOARCH: architecture === 'x64' ? 'amd64' : architecture,
    GO111MODULE: 'on',
    GOWORK: 'off',
    GOFLAGS: ['-mod=readonly', '-buildvcs=false', ...kept].join(' '),
  };
}

/**
 * Finds Go on `$PATH` and makes sure that it is new enough. `purpose` is what it is needed for. Throws
 * ToolchainError when it is missing, too old, or does not work.
 */
export async function findGo(context: Context, purpose: string): Promise<Go> {
  const command = (await programsOnPath(context.env, 'go'))[0];
  if (command === undefined) {
    throw new ToolchainError(`Go is missing; it is needed for ${purpose}. ${INSTALL_HINT}`);
  }
  await requireGoVersion(context, command, purpose);
  const { code, stdout, stderr } = await runChild(command, ['env', 'GOCACHE', 'GOMODCACHE'], {
    env: goEnv(context.env),
    signal: context.signal,
    limitMs: QUICK_MS,
  });
  throwIfAborted(context);
  const [cacheDir = '', modulesDir = ''] = stdout.split('\n');
  if (code !== 0 || cacheDir === '' || modulesDir === '') {
    throw new ToolchainError(`"${command} env" failed: ${stderr.trim()}. ${INSTALL_HINT}`);
  }
  return { command, cacheDir, modulesDir };
}

async function requireGoVersion(context: Context, command: string, purpose: string): Promise<void> {
  const own = await goVersion(context, command, { GOTOOLCHAIN: 'local' }, undefined, QUICK_MS);
  throwIfAborted(context);
  if (own.version === undefined) {
    throw new ToolchainError(`"${command} version" failed: ${own.output}. ${INSTALL_HINT}`);
  }
  if (compareVersions(own.version, LOWEST_GO) >= 0) return;

  const tooOld = `Go ${own.version} at ${command} is too old for ${purpose}, which needs ${LOWEST_GO} or newer.`;
  if (compareVersions(own.version, SELF_UPDATING_GO) < 0) {
    throw new ToolchainError(`${tooOld} ${INSTALL_HINT}`);
  }
  context.log(
    `Go ${own.version} is older than ${LOWEST_GO}: letting it fetch a newer one by itself (GOTOOLCHAIN)`,
  );
  const dir = join(context.modulesDir, 'kcp');
  const switched = await goVersion(context, command, {}, dir, FETCH_TOOLCHAIN_MS);
  throwIfAborted(context);
  if (switched.version === undefined || compareVersions(switched.version, LOWEST_GO) < 0) {
    throw new ToolchainError(
      `${tooOld} It could not fetch a newer one by itself: ${switched.output}. ` +
        `Where GOTOOLCHAIN is "local" or there is no network, it must be installed by hand. ${INSTALL_HINT}`,
    );
  }
}

async function goVersion(
  context: Context,
  command: string,
  extra: NodeJS.ProcessEnv,
  cwd: string | undefined,
  limitMs: number,
): Promise<{ version?: string; output: string }> {
  const env = { ...goEnv(context.env), ...extra };
  const result = await runChild(command, ['version'], {
    env,
    limitMs,
    signal: context.signal,
    ...(cwd === undefined ? {} : { cwd }),
  });
  const output =
    result.stopped === 'limit'
      ? `no answer in ${limitMs / 1000} s`
      : `${result.stdout}${result.stderr}`.trim();
  const match = /\bgo(\d+\.\d+)/.exec(result.stdout);
  return result.code === 0 && match?.[1] ? { version: match[1], output } : { output };
}

/**
 * The folder of the Go module `importPath` in the version that `modules/<folder>` pins, downloaded if need be.
 * Throws ToolchainError when Go or the network is missing.
 */
export async function moduleDir(context: Context, folder: string, importPath: string): Promise<string> {
  const go = await findGo(context, `the files of the Go module ${importPath}`);
  const options = { cwd: join(context.modulesDir, folder), env: goEnv(context.env), signal: context.signal };
  const listed = await runChild(go.command, ['list', '-m', '-f', '{{.Dir}}', importPath], options);
  throwIfAborted(context);
  if (listed.code === 0 && listed.stdout.trim() !== '') return listed.stdout.trim();

  context.log(`downloading the Go module ${importPath} (some MB; kept in ${go.modulesDir})`);
  return downloadModule(context, go, folder, importPath);
}

/**
 * Downloads the Go module `importPath` in the version that `modules/<folder>` pins, if need be, and compares it
 * with the committed go.sum. Returns its folder in the module cache; throws ToolchainError.
 */
export async function downloadModule(
  context: Context,
  go: Go,
  folder: string,
  importPath: string,
): Promise<string> {
  const loaded = await runChild(go.command, ['mod', 'download', '-json', importPath], {
    cwd: join(context.modulesDir, folder),
    env: goEnv(context.env),
    signal: context.signal,
  });
  throwIfAborted(context);
  const dir = /"Dir": "(.+)"/.exec(loaded.stdout)?.[1];
  if (loaded.code !== 0 || dir === undefined) {
    const output = loaded.stdout + loaded.stderr;
    throw new ToolchainError(explainGoFailure(`The download of the Go module ${importPath}`, output));
  }
  return JSON.parse(`"${dir}"`) as string;
}
