import type { Command } from '../shell/command.ts';
import { locationName } from '../shell/names.ts';

/** `kubectl kubestellar ensure location`: a SyncTarget and Location pair in an inventory workspace. */
export const ensureLocation: Command = {
  name: 'kubectl kubestellar ensure location',
  summary: 'Makes sure that a SyncTarget and a Location named NAME exist, with at least the given labels.',
  synopsis: '[flags] NAME KEY=VALUE...',
  options: [
    '--imw PATH: inventory management workspace (default: the current one); becomes the current one',
    '-X: accepted for compatibility',
  ],
  example: 'kubectl kubestellar ensure location --imw root:imw1 demo1 foo=bar the-word=the-bird',
  flags: { imw: { kind: 'string' } },
  completion: { words: ['location'], rest: 'label', flags: { imw: 'workspace' } },
  async run({ words, flags }, output) {
    const name = locationName(words[0]);
    const { parseLabels } = await import('../inventory/labels.ts');
    const labels = parseLabels(words.slice(1));
    const { withSession } = await import('../workspace/session.ts');
    const { withInventory, ensureLocationPair } = await import('../inventory/location.ts');
    await withSession(flags, (session) =>
      withInventory(session, flags.text('imw'), output, (inventory) =>
        ensureLocationPair(inventory, name, labels, output),
      ),
    );
  },
};
