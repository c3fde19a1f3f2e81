// One installation or build per clone at a time. The lock is a file that names its owner; a lock whose owner is
// dead is taken over.
import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { root } from './paths.mjs';
import { Problem, say } from './problem.mjs';

const lockPath = join(root, 'dist', '.lock');
const POLL_MS = 200;
const LIMIT_MS = 15 * 60_000;

/**
 * Runs `work` while no other process of this clone installs or builds. `what` names the command for those who
 * wait. Throws a Problem when the clone is read-only or the wait takes longer than 15 minutes.
 */
export async function withLock(what, work) {
  await acquire(what);
  const release = () => rmSync(lockPath, { force: true });
  process.on('exit', release);
  try {
    return await work();
  } finally {
    process.off('exit', release);
    release();
  }
}

async function acquire(what) {
  const deadline = Date.now() + LIMIT_MS;
  let told = false;
  for (;;) {
    if (tryToTake(what)) return;
    const owner = readOwner(lockPath);
    if (owner !== undefined && isDead(owner)) {
      takeAway(owner);
      continue;
    }
    if (!told && owner !== undefined) {
      told = true;
      say(`Waiting for "${owner.what}" (process ${owner.pid}), which installs or builds in this clone ...`);
    }
    if (Date.now() > deadline) {
      throw new Problem(
        `Gave up after 15 minutes of waiting for ${owner ? `"${owner.what}" (process ${owner.pid} on ${owner.host})` : 'a lock'}.\n` +
          `If nothing is installing or building in this clone, delete ${lockPath} and run the command again.`,
      );
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

/** A hard link appears with its content or not at all, and fails if the lock exists. */
function tryToTake(what) {
  const own = `${lockPath}.${process.pid}`;
  const owner = { pid: process.pid, start: startTime(process.pid), host: hostname(), what };
  try {
    mkdirSync(join(root, 'dist'), { recursive: true });
    writeFileSync(own, JSON.stringify(owner));
  } catch (error) {
    throw readOnlyProblem(error);
  }
  try {
    linkSync(own, lockPath);
    return true;
  } catch (error) {
    if (error.code === 'EEXIST') return false;
    throw readOnlyProblem(error);
  } finally {
    rmSync(own, { force: true });
  }
}

function takeAway(dead) {
  const aside = `${lockPath}.stale.${process.pid}`;
  try {
    renameSync(lockPath, aside);
  } catch (error) {
    if (error.code === 'ENOENT') return;
    throw error;
  }
  const taken = readOwner(aside);
  // Between our look and the rename, another process may have taken the stale lock and made its own: give it back.
  if (taken !== undefined && (taken.pid !== dead.pid || taken.start !== dead.start)) {
    try {
      linkSync(aside, lockPath);
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
    }
  }
  rmSync(aside, { force: true });
}

function readOwner(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    if (error.code === 'ENOENT') return undefined;
    if (error instanceof SyntaxError) return { pid: 0, start: undefined, host: hostname(), what: 'unknown' };
    throw error;
  }
}

function isDead(owner) {
  // A process of another host (a shared folder) or container cannot be looked at.
  if (owner.host !== hostname()) return false;
  if (owner.pid <= 0) return true;
  try {
    process.kill(owner.pid, 0);
  } catch (error) {
    if (error.code === 'ESRCH') return true;
  }
  // The number may have been given to another process since.
  return owner.start !== undefined && startTime(owner.pid) !== owner.start;
}

/** When the process started, in the kernel's ticks; undefined where there is no /proc. */
function startTime(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  } catch {
    return undefined;
  }
}

function readOnlyProblem(error) {
  if (!['EROFS', 'EACCES', 'EPERM'].includes(error.code)) return error;
  return new Problem(
    `This clone cannot be written (${error.code} in ${root}). KubeStellar writes to three folders in it:\n` +
      '  node_modules/   npm packages\n' +
      '  dist/           built programs\n' +
      '  .kubestellar/   state of `npm start` (elsewhere if $KUBESTELLAR_HOME says so)\n' +
      'Make the clone writable for you (its owner may differ: see `ls -ld`), or clone to a folder of your own.',
  );
}
