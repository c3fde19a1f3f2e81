import { createHash } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './paths.mjs';

/**
 * Returns why the programs must be built, or undefined if dist/ was built from the sources as they are now. The
 * build writes dist/inputs.json: for every file that it read, size, time of modification (milliseconds) and SHA-256.
 */
export function whyToBuild() {
  let inputs;
  try {
    inputs = JSON.parse(readFileSync(join(root, 'dist', 'inputs.json'), 'utf8'));
  } catch {
    return 'nothing is built yet';
  }
  for (const [path, { size, modified, sha256 }] of Object.entries(inputs)) {
    if (!isUnchanged(join(root, path), size, modified, sha256)) return `${path} has changed`;
  }
  return undefined;
}

function isUnchanged(path, size, modified, sha256) {
  try {
    const now = statSync(path);
    if (now.size === size && now.mtimeMs === modified) return true;
    return now.size === size && createHash('sha256').update(readFileSync(path)).digest('hex') === sha256;
  } catch {
    return false;
  }
}
