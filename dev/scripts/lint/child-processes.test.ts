import { assert, suite } from '@kubestellar/testing';
import { checkChildProcesses } from './child-processes.ts';
import { repositoryFiles } from './files.ts';

const test = suite('who starts processes');
const MODULE = ['node:child', 'process'].join('_');

const check = (path: string, content: string) => checkChildProcesses([{ path, content }]);

for (const content of [
  `import { spawn } from '${MODULE}';`,
  `import type { ChildProcess } from "${MODULE}";`,
  `import '${MODULE.replace('node:', '')}';`,
  `const { fork } = await import('${MODULE}');`,
  `const { exec } = require('${MODULE}');`,
  `export * from '${MODULE}';`,
  `process.getBuiltinModule('${MODULE}')`,
])
  test(`${content} is reported`, () =>
    assert.match(check('cli/src/x.ts', content), /^cli\/src\/x\.ts: runs/));

test('the helper, what starts daemons and what runs before any package is installed may', () => {
  const content = `import { spawn } from '${MODULE}';`;
  const allowed = ['lib/process/src/child.ts', 'lib/process/src/processes.ts', 'dev/scripts/task/run.mjs'];
  for (const path of allowed) assert.is(check(path, content), '');
  for (const path of ['lib/process/src/lock.ts', 'dev/scripts/task/more/run.mjs', 'e2e/support/task.test.ts'])
    assert.is.not(check(path, content), '', path);
});

test('texts that name the module are no imports', () => {
  assert.is(check('cli/src/x.ts', '/** Not by node:child_process. */'), '');
});

test('the files that may are there, so that the list has none too many', async () => {
  const files = await repositoryFiles();
  const importing = files.filter(({ content }) => content.includes(MODULE) && content.includes('import'));
  const paths = importing.map(({ path }) => path);
  for (const path of ['lib/process/src/child.ts', 'lib/process/src/processes.ts', 'dev/scripts/task/run.mjs'])
    assert.ok(paths.includes(path), path);
});

test.run();
