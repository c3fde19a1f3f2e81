import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { assert, suite } from '@kubestellar/testing';
import { LocalError } from '../errors.ts';
import { writePrivate } from './files.ts';
import { StateFolder, stateFolderOf } from './folder.ts';

const test = suite('state folder');
let folder = '';

test.before.each(() => {
  folder = mkdtempSync(join(tmpdir(), 'kubestellar-state-'));
});
test.after.each(() => rmSync(folder, { recursive: true, force: true }));

const isLocalError = (error: unknown) => error instanceof LocalError;

test('it is where KUBESTELLAR_HOME says, else in the clone', () => {
  assert.is(stateFolderOf({ KUBESTELLAR_HOME: folder }).path, folder);
  assert.match(stateFolderOf({}).path, /\/\.kubestellar$/);
  assert.match(stateFolderOf({ KUBESTELLAR_HOME: '' }).path, /\/\.kubestellar$/);
});

test('it is made for its owner only, and taken again', () => {
  const state = new StateFolder(join(folder, 'a', 'b'));
  state.create();
  assert.is(statSync(state.path).mode & 0o777, 0o700);
  assert.ok(state.isOurs());
  writePrivate(state.adminKubeconfig, 'kept');
  state.create();
  assert.ok(existsSync(state.adminKubeconfig));
  state.remove();
  assert.not(existsSync(state.path));
  state.remove();
});

test('a folder with things of others is neither used nor removed', () => {
  writeFileSync(join(folder, 'thesis.tex'), '');
  const state = new StateFolder(folder);
  assert.throws(() => state.create(), isLocalError);
  assert.throws(() => state.remove(), isLocalError);
  assert.ok(existsSync(join(folder, 'thesis.tex')));
});

test('a folder that others may write is not used: they could have put programs into it', () => {
  for (const mode of [0o777, 0o775, 0o757, 0o1777]) {
    const state = new StateFolder(join(folder, mode.toString(8)));
    state.create();
    chmodSync(state.path, mode);
    assert.throws(() => state.create(), /other users may write the folder .*chmod go-w/);
    assert.throws(() => state.requireOwn(), isLocalError);
  }
});

test('a place that cannot be written is told with what to do', () => {
  writeFileSync(join(folder, 'file'), '');
  const error = (() => {
    try {
      new StateFolder(join(folder, 'file', 'state')).create();
    } catch (thrown) {
      return thrown;
    }
    return undefined;
  })();
  assert.ok(isLocalError(error), String(error));
  assert.match((error as Error).message, 'KUBESTELLAR_HOME=');
});

test('private files are written whole, for their owner, and only when they change', () => {
  mkdirSync(join(folder, 'x'));
  const path = join(folder, 'x', 'secret');
  assert.ok(writePrivate(path, 'one'));
  assert.is(statSync(path).mode & 0o777, 0o600);
  assert.not(writePrivate(path, 'one'));
  assert.ok(writePrivate(path, 'two'));
});

test.run();
