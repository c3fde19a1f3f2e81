import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PROGRAM_NODE_FLAGS } from '@kubestellar/process';
import { codeOf, LocalError } from './errors.ts';

/** A program as it is started: Node, its bundle, and arguments. */
export interface Invocation {
  command: string;
  args: string[];
}

/** The programs of this clone, built as bundles into dist/. */
export type ProgramName =
  | 'cli'
  | 'kubestellar-syncer'
  | 'mailbox-controller'
  | 'where-resolver'
  | 'placement-translator'
  | 'workspace-proxy';

/** The clone that this code is part of; found by looking upward, because bundles hold this code too. */
export function cloneRoot(): string {
  for (let dir = dirname(fileURLToPath(import.meta.url)); ; dir = dirname(dir)) {
    if (existsSync(join(dir, 'bin', '.launch')) && existsSync(join(dir, 'package.json'))) return dir;
    if (dir === dirname(dir)) throw new LocalError('This program is not inside a clone of KubeStellar.');
  }
}

/** How to run a program of this clone with `args`, in the same Node that runs us. */
export function programCommand(name: ProgramName, args: readonly string[]): Invocation {
  return {
    command: process.execPath,
    args: [
      '--disable-warning=ExperimentalWarning',
      ...(name === 'cli' ? [] : PROGRAM_NODE_FLAGS),
      bundle(name),
      ...args,
    ],
  };
}

/**
 * A short hash that changes when one of the programs is built anew with other contents.
 * @throws LocalError when one is not built
 */
export function buildOf(...names: readonly ProgramName[]): string {
  const hash = createHash('sha256');
  for (const name of names) {
    try {
      // A bundle imports its chunks by names that hold their hashes, so its own text tells about them too.
      hash.update(readFileSync(bundle(name)));
    } catch (error) {
      if (codeOf(error) !== 'ENOENT') throw error;
      throw new LocalError(`${bundle(name)} is missing. Build the programs: npm run build`);
    }
  }
  return hash.digest('hex').slice(0, 12);
}

function bundle(name: ProgramName): string {
  return join(cloneRoot(), 'dist', `${name}.js`);
}
