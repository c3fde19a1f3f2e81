import type { Command } from '../shell/command.ts';
import { locationName } from '../shell/names.ts';
import { DRY_RUN_FLAG, DRY_RUN_OPTION, OUTPUT_FLAG, OUTPUT_OPTION, reported } from '../shell/report.ts';

/** `kubectl kubestellar ensure location`: a SyncTarget and Location pair in an inventory workspace. */
export const ensureLocation: Command = {
  name: 'kubectl kubestellar ensure location',
  summary: 'Makes sure that a SyncTarget and a Location named NAME exist, with at least the given labels.',
  synopsis: '[flags] NAME KEY=VALUE...',
  options: [
    '--imw PATH: inventory management workspace (default: the current one); becomes the current one',
    OUTPUT_OPTION,
    DRY_RUN_OPTION,
    '-X: accepted for compatibility',
  ],
  example: 'kubectl kubestellar ensure location --imw root:imw1 demo1 foo=bar the-word=the-bird',
  flags: { imw: { kind: 'string' }, ...OUTPUT_FLAG, ...DRY_RUN_FLAG },
  completion: { words: ['location'], rest: 'label', flags: { imw: 'workspace', output: ['json'] } },
  async run({ words, flags }, output) {
    const name = locationName(words[0]);
    const { parseLabels } = await import('../inventory/labels.ts');
    const labels = parseLabels(words.slice(1));
    const { withSession } = await import('../workspace/session.ts');
    const { withInventory, ensureLocationPair } = await import('../inventory/location.ts');
    await reported(flags, output, (out) =>
      withSession(flags, async (session) => ({
        workspace: await withInventory(session, flags.text('imw'), out, (inventory) =>
          ensureLocationPair(inventory, name, labels, out),
        ),
      })),
    );
  },
};
