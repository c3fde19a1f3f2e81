import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { assert, suite } from '@kubestellar/testing';
import { root } from './root.ts';

const test = suite('package-lock.json');

interface Entry {
  dependencies?: Record<string, string>;
  optionalDependencies?: Record<string, string>;
}

/** `npm ci` refuses a lockfile without them, and npm forgets those of other platforms where node_modules is there. */
test('has every package of every platform', () => {
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, Entry>;
  };
  const wanted = Object.entries(packages).flatMap(([path, { dependencies, optionalDependencies }]) =>
    Object.keys({ ...dependencies, ...optionalDependencies }).map((name) => ({ path, name })),
  );
  const missing = wanted.filter(({ path, name }) => !places(path, name).some((place) => place in packages));
  assert.ok(wanted.length > 100);
  assert.equal(missing, []);
});

/** Where npm may put package `name` for the package at `path`. */
function places(path: string, name: string): string[] {
  const parts = path.split('/node_modules/');
  const above = parts.map((_, index) => parts.slice(0, index + 1).join('/node_modules/'));
  return [`node_modules/${name}`, ...above.map((folder) => `${folder}/node_modules/${name}`)];
}

test.run();
