/** Changes to kubeconfig files: under kubectl's lock convention, and each file by rename. */
import {
  closeSync,
  openSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Document, isMap, isSeq, parseDocument } from 'yaml';
import { CommandFailure } from '../shell/failure.ts';
import { YAML_FORMAT, YAML_OPTIONS } from '../shell/yaml.ts';
import { type Fields, SECTIONS, type Section } from './kubeconfig.ts';

/** One change: an entry that gets new fields, or another current context. */
export type Edit =
  | { readonly file: string; readonly section: Section; readonly name: string; readonly fields: Fields }
  | { readonly file: string; readonly currentContext: string };

/** How long another program may hold the lock, milliseconds. */
const LOCK_LIMIT_MS = 5_000;
const LOCK_POLL_MS = 50;

/**
 * Reads, changes and writes kubeconfig files while no other program does.
 * @param plan reads the files and returns the changes; called again once they are locked
 * @throws CommandFailure when a file cannot be locked or written
 */
export async function editKubeconfig(plan: () => readonly Edit[]): Promise<void> {
  for (let tries = 0; tries < 5; tries++) {
    const files = filesOf(plan());
    if (files.length === 0) return;
    if (await withLocks(files, () => writePlanned(plan(), files))) return;
  }
  throw new CommandFailure('the kubeconfig keeps changing; try again');
}

/** @returns false when the plan needs other files than those that are locked */
function writePlanned(edits: readonly Edit[], locked: readonly string[]): boolean {
  const files = filesOf(edits);
  if (files.some((file) => !locked.includes(file))) return false;
  for (const file of files)
    writeEdits(
      file,
      edits.filter((edit) => edit.file === file),
    );
  return true;
}

function filesOf(edits: readonly Edit[]): string[] {
  return [...new Set(edits.map(({ file }) => file))].sort();
}

async function withLocks<T>(files: readonly string[], work: () => T): Promise<T> {
  const locks: string[] = [];
  const unlock = () => {
    for (const path of locks) rmSync(path, { force: true });
  };
  // A signal may come while one file is locked and another is waited for.
  process.on('exit', unlock);
  try {
    for (const file of files) {
      await mkdir(dirname(file), { recursive: true });
      locks.push(await lock(file, locks));
    }
    return work();
  } finally {
    unlock();
    process.off('exit', unlock);
  }
}

/** Takes kubectl's lock of a file: `<file>.lock`, created only when it does not exist. */
async function lock(file: string, held: readonly string[]): Promise<string> {
  const path = `${file}.lock`;
  const deadline = Date.now() + (held.length > 0 ? LOCK_LIMIT_MS / 2 : LOCK_LIMIT_MS);
  for (;;) {
    try {
      closeSync(openSync(path, 'wx', 0o600));
      return path;
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      if (code !== 'EEXIST') throw new CommandFailure(`cannot lock the kubeconfig ${file}: ${message}`);
      if (Date.now() > deadline) {
        throw new CommandFailure(
          `${path} exists: another program is changing ${file}. If none is, remove that lock file.`,
        );
      }
      await sleep(LOCK_POLL_MS);
    }
  }
}

function writeEdits(file: string, edits: readonly Edit[]): void {
  // Through a symbolic link the file behind it is changed, as kubectl does.
  const { path, mode, text } = readTarget(file);
  const document =
    text.trim() === ''
      ? new Document({ apiVersion: 'v1', kind: 'Config' }, YAML_OPTIONS)
      : parseDocument(text, YAML_OPTIONS);
  for (const edit of edits) {
    if ('currentContext' in edit) document.set('current-context', edit.currentContext);
    else setEntry(document, edit.section, edit.name, edit.fields);
  }
  const temporary = `${path}.new-${process.pid}`;
  try {
    writeFileSync(temporary, document.toString(YAML_FORMAT), { mode, flag: 'wx' });
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw new CommandFailure(`cannot write the kubeconfig ${file}: ${(error as Error).message}`);
  }
}

function readTarget(file: string): { path: string; mode: number; text: string } {
  try {
    const path = realpathSync(file);
    return { path, mode: statSync(path).mode & 0o777, text: readFileSync(path, 'utf8') };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { path: file, mode: 0o600, text: '' };
    throw new CommandFailure(`cannot read the kubeconfig ${file}: ${(error as Error).message}`);
  }
}

function setEntry(document: Document, section: Section, name: string, fields: Fields): void {
  let list = document.get(section);
  if (!isSeq(list)) {
    list = document.createNode([]);
    document.set(section, list);
  }
  if (!isSeq(list)) throw new Error('createNode([]) makes a sequence');
  const entry = document.createNode({ [SECTIONS[section]]: fields, name });
  const index = list.items.findIndex((item) => isMap(item) && item.get('name') === name);
  if (index < 0) list.items.push(entry);
  else list.items[index] = entry;
}
