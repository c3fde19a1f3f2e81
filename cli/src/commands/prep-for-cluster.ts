import type { Command } from '../shell/command.ts';
import { locationName } from '../shell/names.ts';
import { silenced } from '../shell/output.ts';
import { reported } from '../shell/report.ts';
import {
  PREP_CHOICES,
  PREP_FLAGS,
  PREP_OPTIONS,
  prepareOptions,
  requireOneOnStdout,
} from './prep-for-syncer.ts';

/** `kubectl kubestellar prep-for-cluster`: `ensure location`, then `prep-for-syncer`. */
export const prepForCluster: Command = {
  name: 'kubectl kubestellar prep-for-cluster',
  summary: 'Does what "ensure location" and "prep-for-syncer" do; the current workspace stays what it is.',
  synopsis: '[flags] NAME KEY=VALUE...',
  options: PREP_OPTIONS,
  example: 'kubectl kubestellar prep-for-cluster --imw root:imw1 demo2 key1=val1',
  flags: PREP_FLAGS,
  completion: { words: ['location'], rest: 'label', flags: PREP_CHOICES },
  async run({ words, flags }, output) {
    const name = locationName(words[0]);
    const { parseLabels } = await import('../inventory/labels.ts');
    const labels = parseLabels(words.slice(1));
    requireOneOnStdout(flags);
    const { currentLine, withSession } = await import('../workspace/session.ts');
    const { ensureLocationPair } = await import('../inventory/location.ts');
    const { enterInventory } = await import('../inventory/workspace.ts');
    const { prepareSyncer, requireOutput } = await import('../syncer/prepare.ts');
    await reported(flags, output, (out) =>
      withSession(flags, async (session) => {
        const options = prepareOptions(flags, name, session);
        const lines = options.silent || options.out === '-' ? silenced(out) : out;
        requireOutput(options, session);
        const workspace = session.workspace(options.imw);
        const bindings = await enterInventory(workspace);
        lines.result(currentLine(options.imw));
        const isNew = await ensureLocationPair({ workspace, bindings }, name, labels, lines);
        return prepareSyncer(session, { ...options, isPlanned: isNew && session.dryRun }, out);
      }),
    );
  },
};
