import type { Command } from '../shell/command.ts';
import { oneName } from '../shell/names.ts';
import { DRY_RUN_FLAG, DRY_RUN_OPTION, OUTPUT_FLAG, OUTPUT_OPTION, reported } from '../shell/report.ts';

/** `kubectl kubestellar remove wmw`: deletes a workload management workspace with its contents. */
export const removeWmw: Command = {
  name: 'kubectl kubestellar remove wmw',
  summary:
    'Deletes the workload management workspace root:NAME with all that it holds, if it exists, and enters root.',
  synopsis: '[flags] NAME',
  options: [OUTPUT_OPTION, DRY_RUN_OPTION, '-X: accepted for compatibility'],
  example: 'kubectl kubestellar remove wmw example-wmw',
  flags: { ...OUTPUT_FLAG, ...DRY_RUN_FLAG },
  completion: { words: ['wmw'], flags: { output: ['json'] } },
  async run({ words, flags }, output) {
    const name = oneName(words, 'workload management workspace');
    const { withSession } = await import('../workspace/session.ts');
    const { removeWmwByName } = await import('../workload/ensure.ts');
    await reported(flags, output, (out) =>
      withSession(flags, async (session) => ({ workspace: await removeWmwByName(session, name, out) })),
    );
  },
};
