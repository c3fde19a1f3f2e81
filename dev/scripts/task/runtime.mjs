import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './paths.mjs';

/** The oldest Node that runs the programs: @kubernetes/client-node fails at import on older ones. */
const OLDEST = [22, 19];

/**
 * Returns the path of the Node that runs the programs: the one that came by npm, else the one that runs this,
 * else the first on $PATH if they are new enough; undefined when there is none. `bin/.launch` does the same.
 */
export function findRuntime() {
  const packaged = join(root, 'node_modules', `node-${process.platform}-${process.arch}`, 'bin', 'node');
  if (existsSync(packaged)) return packaged;
  if (isNewEnough(process.versions.node)) return process.execPath;
  try {
    const version = execFileSync('node', ['--version'], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    return isNewEnough(version.trim().replace(/^v/, '')) ? 'node' : undefined;
  } catch {
    return undefined;
  }
}

function isNewEnough(version) {
  const [major, minor] = version.split('.').map(Number);
  return major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1]);
}
