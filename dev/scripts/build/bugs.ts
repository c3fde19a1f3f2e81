import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Plugin } from 'esbuild';
import { root } from '../root.ts';

/** A change of a source file, by which a fault is built into a program on purpose, to see that the tests find it. */
interface Edit {
  file: string;
  /** Text that stands in the file exactly once, and what is put in its place. */
  find: string;
  replace: string;
}

/** Faults of the logic. The model must find each (e2e/model/model.test.ts). */
const LOGIC: Readonly<Record<string, readonly Edit[]>> = {
  'location-labels-ignored': [
    {
      file: 'controllers/where-resolver/resolver.ts',
      find: 'this.#enqueueSelecting([location, previous]);',
      replace: '',
    },
  ],
  'oldest-source-wins': [
    {
      file: 'controllers/placement-translator/copies/source-order.ts',
      find: 'versionOf(b) - versionOf(a)',
      replace: 'versionOf(a) - versionOf(b)',
    },
  ],
  'namespace-labels-ignored': [
    {
      file: 'controllers/placement-translator/handlers.ts',
      find: '&& !mailbox) this.#namespaceChanged(cluster, object);',
      replace: '&& !mailbox) void cluster;',
    },
  ],
  'foreign-object-taken-over': [
    {
      file: 'syncer/src/downsync/decide.ts',
      find: 'if (asksForAdoption(source))',
      replace: 'if (asksForAdoption)',
    },
  ],
  'forgetful-after-restart': [
    {
      file: 'syncer/src/syncer.ts',
      find: 'onSynced: (resource) => this.#enqueueAll(resource),',
      replace: 'onSynced: () => undefined,',
    },
  ],
};

/** The policy of mailbox workspaces, the second wall, lets all pass. */
const POLICY_OFF: Edit = {
  file: 'lib/rules/src/mailbox-policy.ts',
  find: "validationActions: ['Deny']",
  replace: "validationActions: ['Audit']",
};
const API_RECONCILER = 'controllers/placement-translator/apis/reconcile-apis.ts';
/** What a binding brought into a mailbox workspace stays there. */
const BINDINGS_STAY: Edit = {
  file: API_RECONCILER,
  find: 'if (!allowed.current.mayStay(binding)) await this.#deleteBinding(mailbox, binding);',
  replace: 'void binding;',
};

/**
 * Bindings of tenants come into each mailbox workspace.
 * @param which of them, an expression
 * @param copied the `spec` that they come with, an expression
 */
function bindingsCopied(which: string, copied: string): Edit {
  const find = 'if (!before.isGuarded) return false;';
  return {
    file: API_RECONCILER,
    find,
    replace: `${find}
    for (const cluster of this.#parts.placements.clusters()) {
      for (const { metadata: { name }, spec, status } of this.#parts.catalog.bindingsIn(cluster)) {
        if (!(${which})) continue;
        const copy = { apiVersion: 'apis.kcp.io/v1alpha2', kind: 'APIBinding', metadata: { name: cluster + '-' + name }, spec: ${copied} };
        const client = this.#parts.everywhere.workspace(mailbox.cluster);
        await client.create(API_BINDINGS, copy, { fieldManager: FIELD_MANAGER }).catch(() => undefined);
      }
    }`,
  };
}

/** Doors that stand open again. The hostile tenant must find each (e2e/security/hostile.test.ts). */
const DOORS: Readonly<Record<string, readonly Edit[]>> = {
  'all-may-be-upsynced': [
    {
      file: 'lib/rules/src/upsync.ts',
      find: "  if (group === '') return undefined;\n  if (group === 'core')",
      replace: "  if (group !== undefined) return undefined;\n  if (group === 'core')",
    },
  ],
  'claims-reach-mailboxes': [
    POLICY_OFF,
    BINDINGS_STAY,
    { file: API_RECONCILER, find: 'await this.#dropClaims(cluster);', replace: '' },
    bindingsCopied('spec?.permissionClaims?.length', 'spec'),
  ],
  'core-kinds-are-shadowed': [
    POLICY_OFF,
    BINDINGS_STAY,
    {
      file: 'controllers/placement-translator/apis/allowed.ts',
      find: "if (identity === '') return true;",
      replace: 'if (identity !== undefined) return true;',
    },
    bindingsCopied(
      "status?.boundResources?.some(({ group, resource }) => group === '' && resource === 'configmaps')",
      '{ reference: spec.reference }',
    ),
  ],
};

/** All of them by name. */
export const BUGS: Readonly<Record<string, readonly Edit[]>> = { ...LOGIC, ...DOORS };

/** Puts a fault into its files while they are bundled. @throws Error when a text to replace is not there once */
export function seeded(name: string): Plugin {
  const edits = BUGS[name];
  if (!edits) throw new Error(`no such bug: ${name}; there are ${Object.keys(BUGS).join(', ')}`);
  return {
    name: 'seeded-bug',
    setup(build) {
      build.onLoad({ filter: /\.ts$/ }, async ({ path }) => {
        const concerned = edits.filter(({ file }) => join(root, file) === path);
        if (concerned.length === 0) return undefined;
        const text = await readFile(path, 'utf8');
        return { contents: concerned.reduce(changed, text), loader: 'ts' };
      });
    },
  };
}

function changed(text: string, { file, find, replace }: Edit): string {
  const parts = text.split(find);
  if (parts.length !== 2) throw new Error(`${file} has "${find}" ${parts.length - 1} times`);
  return parts.join(replace);
}
