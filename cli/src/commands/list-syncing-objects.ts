import type { Choice } from '../completion/choice.ts';
import { kindFromFlags } from '../listing/kind.ts';
import type { Command } from '../shell/command.ts';
import { UsageError } from '../shell/failure.ts';
import type { FlagTable } from '../shell/flags.ts';

const CLIENT_FLAGS: FlagTable = Object.fromEntries(
  ['all', 'parent'].flatMap((client) =>
    ['cluster', 'context', 'kubeconfig', 'user'].map(
      (part) => [`${client}-${part}`, { kind: 'string' }] as const,
    ),
  ),
);

const CLIENT_CHOICES: Readonly<Record<string, Choice>> = Object.fromEntries(
  ['all', 'parent'].flatMap((client) => [
    [`${client}-kubeconfig`, 'file'],
    ...(['cluster', 'context', 'user'] as const).map((part) => [`${client}-${part}`, part]),
  ]),
);

/** `kubestellar-list-syncing-objects`. */
export const listSyncingObjects: Command = {
  name: 'kubestellar-list-syncing-objects',
  summary: 'Lists or watches the objects of one kind in all mailbox workspaces.',
  synopsis: '--api-kind KIND [flags]',
  options: [
    '--api-group GROUP: API group of the objects (default: the core group)',
    '--api-kind KIND: kind of the objects (required)',
    '--api-resource PLURAL: resource of the objects (default: the kind in lower case, with an s)',
    '--api-version VERSION: version of the objects, without group (default v1)',
    '--json: print lines of JSON; else YAML documents',
    '--watch: keep watching, and print in the field Action what happened: add, update or delete',
    '--all-{cluster,context,kubeconfig,user}: access to the objects in all workspaces (default context system:admin)',
    '--parent-{cluster,context,kubeconfig,user}: access to the mailbox Workspaces (default context root)',
  ],
  example: 'kubestellar-list-syncing-objects --api-group apps --api-kind Deployment --json',
  flags: {
    'api-group': { kind: 'string' },
    'api-kind': { kind: 'string' },
    'api-resource': { kind: 'string' },
    'api-version': { kind: 'string' },
    json: { kind: 'switch' },
    watch: { kind: 'switch' },
    ...CLIENT_FLAGS,
  },
  completion: { flags: CLIENT_CHOICES },
  async run({ words, flags }, output) {
    if (words.length > 0) throw new UsageError(`unexpected argument "${words[0]}"`);
    const kind = kindFromFlags(flags);
    const { listSyncing } = await import('../listing/run.ts');
    await listSyncing(flags, kind, output);
  },
};
