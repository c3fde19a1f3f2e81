import { resolve } from 'node:path';
import { assert, suite } from '@kubestellar/testing';
import { root } from '../root.ts';
import { CallCounter } from './calls.ts';

const test = suite('counting calls');

test('a function that is called is counted, in the file that has it, and not for good', async () => {
  const file = 'syncer/src/object-key.ts';
  const counter = new CallCounter();
  counter.begin();
  const module = (await import(resolve(root, file))) as Record<string, unknown>;
  assert.is(counter.end()[file], undefined, 'an import calls no function');
  const [name = ''] = Object.keys(module).filter((each) => typeof module[each] === 'function');
  counter.begin();
  try {
    (module[name] as (of: unknown) => unknown)({ metadata: {} });
  } catch {
    // Called all the same.
  }
  assert.ok((counter.end()[file]?.length ?? 0) > 0);
  counter.begin();
  assert.is(counter.end()[file], undefined);
});

test.run();
