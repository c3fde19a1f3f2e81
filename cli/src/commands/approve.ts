import type { Command } from '../shell/command.ts';
import { placementName } from '../shell/names.ts';
import { DRY_RUN_FLAG, DRY_RUN_OPTION, OUTPUT_FLAG, OUTPUT_OPTION, reported } from '../shell/report.ts';

/** `kubectl kubestellar approve`: lets removals be made that await approval. */
export const approve: Command = {
  name: 'kubectl kubestellar approve',
  summary:
    'Approves that objects leave clusters which an EdgePlacement of the current workspace no longer places there.',
  synopsis: '[flags] edgeplacement/NAME',
  options: [OUTPUT_OPTION, DRY_RUN_OPTION, '-X: accepted for compatibility'],
  example: 'kubectl kubestellar approve edgeplacement/demo',
  flags: { ...OUTPUT_FLAG, ...DRY_RUN_FLAG },
  completion: { words: ['placement'], flags: { output: ['json'] } },
  async run({ words, flags }, output) {
    const name = placementName(words);
    const { withSession } = await import('../workspace/session.ts');
    const { approveRemovals } = await import('../workload/approve.ts');
    await reported(flags, output, (shown) =>
      withSession(flags, async (session) => {
        const path = session.resolve('.');
        const count = await approveRemovals(session.workspace(path), name, shown);
        return { workspace: path, removals: String(count) };
      }),
    );
  },
};
