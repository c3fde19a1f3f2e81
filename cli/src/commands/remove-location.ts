import type { Command } from '../shell/command.ts';
import { UsageError } from '../shell/failure.ts';
import { locationName } from '../shell/names.ts';
import { DRY_RUN_FLAG, DRY_RUN_OPTION, OUTPUT_FLAG, OUTPUT_OPTION, reported } from '../shell/report.ts';

/** `kubectl kubestellar remove location`: undoes `ensure location`. */
export const removeLocation: Command = {
  name: 'kubectl kubestellar remove location',
  summary: 'Deletes the SyncTarget and the Location named NAME, as far as they exist.',
  synopsis: '[flags] NAME',
  options: [
    '--imw PATH: inventory management workspace (default: the current one); becomes the current one',
    OUTPUT_OPTION,
    DRY_RUN_OPTION,
    '-X: accepted for compatibility',
  ],
  example: 'kubectl kubestellar remove location --imw root:imw1 demo1',
  flags: { imw: { kind: 'string' }, ...OUTPUT_FLAG, ...DRY_RUN_FLAG },
  completion: { words: ['location'], flags: { imw: 'workspace', output: ['json'] } },
  async run({ words, flags }, output) {
    const name = locationName(words[0]);
    if (words.length > 1) throw new UsageError(`expected one name, got ${words.length}: ${words.join(' ')}`);
    const { withSession } = await import('../workspace/session.ts');
    const { withInventory, removeLocationPair } = await import('../inventory/location.ts');
    await reported(flags, output, (out) =>
      withSession(flags, async (session) => ({
        workspace: await withInventory(session, flags.text('imw'), out, (inventory) =>
          removeLocationPair(inventory, name, out),
        ),
      })),
    );
  },
};
