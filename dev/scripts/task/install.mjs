import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { root } from './paths.mjs';
import { Problem, say } from './problem.mjs';
import { exitCodeOf, runForeground } from './run.mjs';

const lockfile = join(root, 'package-lock.json');
const stamp = join(root, 'node_modules', '.kubestellar-packages');
const PROGRESS_MS = 15_000;
/** npm may finish its work first when interrupted; a half installation is found and mended by the next run. */
const PATIENCE_MS = 1_000;

/** Returns why packages must be installed, or undefined if node_modules holds what the lockfile asks for. */
export function whyToInstall() {
  const wanted = wantedStamp();
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return undefined;
  if (!matchesLockfile()) {
    return existsSync(join(root, 'node_modules'))
      ? 'node_modules does not match package-lock.json'
      : 'first run in this clone';
  }
  try {
    // The user ran npm by hand; remember that it fits.
    writeFileSync(stamp, wanted);
  } catch {
    // Only a read-only clone; it fits all the same.
  }
  return undefined;
}

/**
 * Installs the packages as the lockfile says, which stays as it is. Not with `npm ci`: that takes away the packages
 * that running programs may use.
 * Throws a Problem if npm fails.
 */
export async function installPackages(reason) {
  say(`Installing npm packages (${reason}; usually less than a minute) ...`);
  const started = Date.now();
  const progress = setInterval(() => {
    say(`  still installing npm packages (${Math.round((Date.now() - started) / 1000)} s)`);
  }, PROGRESS_MS);
  const [command, ...args] = npm();
  // Both kinds of packages are needed even if the user's npm is set to leave them out.
  const flags = [
    '--no-save',
    '--loglevel=error',
    '--no-audit',
    '--no-fund',
    '--include=dev',
    '--include=optional',
  ];
  const { code, interruptedBy } = await runForeground(command, [...args, 'install', ...flags], {
    patience: PATIENCE_MS,
  }).finally(() => clearInterval(progress));
  if (interruptedBy !== undefined) {
    const message = 'Interrupted while installing npm packages. Run the command again to continue.';
    throw new Problem(message, exitCodeOf(interruptedBy));
  }
  if (code !== 0) {
    throw new Problem(
      `"npm install" failed with exit code ${code}; its messages are above. Usual causes: no network, no disk space, or a\n` +
        'proxy or registry that npm needs to be told of (see `npm config list`).',
    );
  }
  writeFileSync(stamp, wantedStamp());
}

function wantedStamp() {
  const hash = createHash('sha256').update(readFileSync(lockfile)).digest('hex');
  return `${process.platform}-${process.arch} ${hash}\n`;
}

/** Compares the lockfile with npm's own list of what it installed. */
function matchesLockfile() {
  const list = join(root, 'node_modules', '.package-lock.json');
  if (!existsSync(list)) return false;
  const installed = JSON.parse(readFileSync(list, 'utf8')).packages;
  const wanted = JSON.parse(readFileSync(lockfile, 'utf8')).packages;
  return Object.entries(wanted).every(([path, entry]) => {
    if (!path.includes('node_modules/')) return true;
    if (entry.optional && !isForUs(entry)) return true;
    const present = installed[path];
    return present !== undefined && present.version === entry.version && existsSync(join(root, path));
  });
}

/** An optional package is needed if it names this platform; one that names none serves another package's fallback. */
function isForUs({ os, cpu, libc }) {
  if (os === undefined || cpu === undefined) return false;
  const fits = (wanted, ours) => wanted === undefined || ours === undefined || [wanted].flat().includes(ours);
  return fits(os, process.platform) && fits(cpu, process.arch) && fits(libc, libcName());
}

function libcName() {
  if (process.platform !== 'linux') return undefined;
  return process.report.getReport().header.glibcVersionRuntime ? 'glibc' : 'musl';
}

/** npm itself as a command: the one that runs us, else the one on $PATH. */
function npm() {
  const running = process.env.npm_execpath;
  if (running !== undefined && basename(running) === 'npm-cli.js') return [process.execPath, running];
  return ['npm'];
}
