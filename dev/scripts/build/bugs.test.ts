import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { assert, suite } from '@kubestellar/testing';
import { root } from '../root.ts';
import { BUGS } from './bugs.ts';

const test = suite('bugs that tests must find');

for (const [bug, edits] of Object.entries(BUGS)) {
  test(`${bug} can be put into the sources as they are now`, async () => {
    for (const { file, find, replace } of edits) {
      const count = (await readFile(join(root, file), 'utf8')).split(find).length - 1;
      assert.is(count, 1, `${file} has "${find}" ${count} times`);
      assert.is.not(replace, find);
    }
  });
}

test.run();
