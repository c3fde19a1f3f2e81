import { runChild } from '@kubestellar/process';
import { type Context, throwIfAborted } from './context.ts';
import { ToolchainError } from './errors.ts';
import { programsOnPath } from './path.ts';

/** Where Debian puts what only root runs; not on every `$PATH`. */
const SYSTEM_FOLDERS = '/usr/local/sbin:/usr/sbin:/sbin';
const INSTALL_LIMIT_MS = 10 * 60_000;

/** A program and the Debian package that has it. */
export interface PackagedProgram {
  program: string;
  package: string;
}

/** The environment of `context` with the folders of system programs on its `$PATH`. */
export function withSystemFolders(context: Context): NodeJS.ProcessEnv {
  return { ...context.env, PATH: `${context.env.PATH ?? ''}:${SYSTEM_FOLDERS}` };
}

/** Whether this process may do everything on this machine that root may. */
export function isRoot(): boolean {
  return process.getuid?.() === 0;
}

/**
 * Makes sure that `programs` are installed, by apt where this is a Debian and the user is root. `purpose` is what
 * they are needed for. Throws ToolchainError with the command to run otherwise.
 */
export async function requirePackages(
  context: Context,
  programs: readonly PackagedProgram[],
  purpose: string,
): Promise<void> {
  const missing = await missingOf(context, programs);
  if (missing.length === 0) return;
  const packages = missing.map((one) => one.package);
  const command = `apt-get install -y --no-install-recommends ${packages.join(' ')}`;
  const env = withSystemFolders(context);
  const apt = (await programsOnPath(env, 'apt-get'))[0];
  if (apt === undefined || !isRoot()) {
    const how = apt === undefined ? `Install ${packages.join(', ')}` : `Run "sudo ${command}"`;
    throw new ToolchainError(
      `${missing.map(({ program }) => program).join(', ')} missing; needed for ${purpose}. ${how}, then run this again.`,
    );
  }
  context.log(`installing ${packages.join(', ')} by apt for ${purpose} (a minute)`);
  const options = {
    env: { ...env, DEBIAN_FRONTEND: 'noninteractive' },
    signal: context.signal,
    limitMs: INSTALL_LIMIT_MS,
  } as const;
  await runChild(apt, ['update', '-qq'], options);
  throwIfAborted(context);
  const { code, stdout, stderr } = await runChild(apt, command.split(' ').slice(1), options);
  throwIfAborted(context);
  if (code === 0 && (await missingOf(context, missing)).length === 0) return;
  const last = `${stdout}${stderr}`.trim().split('\n').slice(-5).join('\n  ');
  throw new ToolchainError(
    `"${command}" failed; ${packages.join(', ')} are needed for ${purpose}.\n  ${last}`,
  );
}

async function missingOf(context: Context, programs: readonly PackagedProgram[]): Promise<PackagedProgram[]> {
  const env = withSystemFolders(context);
  const found = await Promise.all(programs.map(({ program }) => programsOnPath(env, program)));
  return programs.filter((_, index) => found[index]?.length === 0);
}
