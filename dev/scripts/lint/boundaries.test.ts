import { assert, suite } from '@kubestellar/testing';
import { ALLOWED, checkBoundaries } from './boundaries.ts';

const test = suite('import boundaries');

function check(path: string, content: string): string {
  return checkBoundaries([{ path, content }]);
}

test('api, libraries and the own folder may be imported', () => {
  const content =
    "import { a } from '@kubestellar/api';\nimport {\n  b,\n} from '@kubestellar/kube';\nimport './x.ts';\nimport fs from 'node:fs';\n";
  assert.is(check('syncer/src/main.ts', content), '');
});

test('a library must import no product, and none that lies above it', () => {
  assert.match(
    check('lib/kube/src/a.ts', "import { x } from '@kubestellar/program';\n"),
    'lib/kube must not import lib/program',
  );
  assert.match(
    check('api/src/a.test.ts', "import { x } from '@kubestellar/rules';\n"),
    'api must not import lib/rules',
  );
  assert.match(
    check('lib/rules/src/a.ts', "import { x } from '@kubestellar/syncer';\n"),
    'lib/rules must not import syncer',
  );
});

test('a program must not import another, not even its types', () => {
  // Put together, so that this file does not seem to import it.
  const dynamic = `await ${'import'}('@kubestellar/local');\n`;
  assert.match(
    check('cli/src/main.ts', "import type { S } from '@kubestellar/syncer';\n"),
    'cli must not import syncer',
  );
  assert.match(
    check('cli/src/main.ts', "export * from '@kubestellar/local';\n"),
    'cli must not import dev/local',
  );
  assert.match(check('cli/src/main.ts', dynamic), 'cli must not import dev/local');
});

test('a controller must not import another one', () => {
  assert.match(
    check('controllers/where-resolver/main.ts', "import { x } from '../mailbox-controller/x.ts';\n"),
    'controllers/where-resolver must not import controllers/mailbox-controller',
  );
});

test('another workspace must not be imported by path', () => {
  assert.match(check('syncer/src/a.ts', "import { x } from '../../lib/kube/src/x.ts';\n"), 'by path');
  assert.match(
    check('release/src/a.ts', "import { x } from '../packaging/src/x.ts';\n"),
    'imports "../packaging/src/x.ts" by path',
  );
});

test('only tests may import the test framework', () => {
  const content = "import { suite } from '@kubestellar/testing';\n";
  assert.is(check('lib/kube/src/key.test.ts', content), '');
  assert.match(check('lib/kube/src/key.ts', content), 'lib/kube must not import lib/testing');
});

test('a source file outside of all parts is reported', () => {
  assert.match(check('lib/unheard/src/a.ts', ''), 'lib/unheard/src/a.ts: belongs to no part');
  assert.match(check('somewhere/a.mjs', ''), 'somewhere/a.mjs: belongs to no part');
});

test('what may be imported are parts, and libraries and products import libraries only', () => {
  for (const [folder, targets] of Object.entries(ALLOWED)) {
    const foreign = targets.filter((target) => !(target in ALLOWED));
    assert.equal(foreign, [], folder);
    if (/^(images|release|dev|e2e)\b/.test(folder)) continue;
    const walled = targets.filter((target) => target !== 'api' && !target.startsWith('lib/'));
    assert.equal(walled, [], folder);
  }
});

test('no part imports itself by way of others', () => {
  const reachable = (folder: string, seen: Set<string>): Set<string> => {
    for (const target of ALLOWED[folder] ?? []) if (!seen.has(target)) reachable(target, seen.add(target));
    return seen;
  };
  const circular = Object.keys(ALLOWED).filter((folder) => reachable(folder, new Set()).has(folder));
  assert.equal(circular, []);
});

test.run();
