import { assert, suite } from '@kubestellar/testing';
import { checkBoundaries } from './boundaries.ts';

const test = suite('import boundaries');

function check(path: string, content: string): string {
  return checkBoundaries([{ path, content }]);
}

test('api, kube and the own folder may be imported', () => {
  const content =
    "import { a } from '@kubestellar/api';\nimport {\n  b,\n} from '@kubestellar/kube';\nimport './x.ts';\nimport fs from 'node:fs';\n";
  assert.is(check('syncer/src/main.ts', content), '');
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
    'cli must not import local',
  );
  assert.match(check('cli/src/main.ts', dynamic), 'cli must not import local');
});

test('a controller must not import another one', () => {
  assert.match(
    check('controllers/where-resolver/main.ts', "import { x } from '../mailbox-controller/x.ts';\n"),
    'controllers/where-resolver must not import controllers/mailbox-controller',
  );
});

test('another workspace must not be imported by path', () => {
  assert.match(check('syncer/src/a.ts', "import { x } from '../../kube/src/x.ts';\n"), 'by path');
});

test('only tests may import the test framework', () => {
  const content = "import { suite } from '@kubestellar/testing';\n";
  assert.is(check('kube/src/key.test.ts', content), '');
  assert.match(check('kube/src/key.ts', content), 'kube must not import testing');
});

test.run();
