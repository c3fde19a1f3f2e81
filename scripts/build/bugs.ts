import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Plugin } from 'esbuild';
import { root } from '../root.ts';

/** A fault that is built into a program on purpose, to see that the tests find it. */
interface Bug {
  file: string;
  /** Text that stands in the file exactly once, and what is put in its place. */
  find: string;
  replace: string;
}

/** The faults by name. The model test must find each (e2e/model/model.test.ts). */
const BUGS: Readonly<Record<string, Bug>> = {
  'location-labels-ignored': {
    file: 'controllers/where-resolver/resolver.ts',
    find: 'this.#enqueueSelecting([location, previous]);',
    replace: '',
  },
  'oldest-source-wins': {
    file: 'controllers/placement-translator/reconcile-copy.ts',
    find: 'version(b.object) - version(a.object)',
    replace: 'version(a.object) - version(b.object)',
  },
  'namespace-labels-ignored': {
    file: 'controllers/placement-translator/change-handlers.ts',
    find: '&& !mailbox) this.#namespaceChanged(cluster, object);',
    replace: '&& !mailbox) void cluster;',
  },
  'foreign-object-taken-over': {
    file: 'syncer/src/downsync/decide.ts',
    find: 'if (asksForAdoption(source))',
    replace: 'if (asksForAdoption)',
  },
  'forgetful-after-restart': {
    file: 'syncer/src/syncer.ts',
    find: 'onSynced: (resource) => this.#enqueueAll(resource),',
    replace: 'onSynced: () => undefined,',
  },
};

/** Puts a fault into its file while that is bundled. @throws Error when the text to replace is not there once */
export function seeded(name: string): Plugin {
  const bug = BUGS[name];
  if (!bug) throw new Error(`no such bug: ${name}; there are ${Object.keys(BUGS).join(', ')}`);
  const path = join(root, bug.file);
  return {
    name: 'seeded-bug',
    setup(build) {
      build.onLoad({ filter: /\.ts$/ }, async (file) => {
        if (file.path !== path) return undefined;
        const parts = (await readFile(path, 'utf8')).split(bug.find);
        if (parts.length !== 2) throw new Error(`${bug.file} has "${bug.find}" ${parts.length - 1} times`);
        return { contents: parts.join(bug.replace), loader: 'ts' };
      });
    },
  };
}
