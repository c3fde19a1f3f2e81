import type { Command } from '../shell/command.ts';
import { oneName } from '../shell/names.ts';

/** `kubectl kubestellar remove wmw`: deletes a workload management workspace with all that it holds. */
export const removeWmw: Command = {
  name: 'kubectl kubestellar remove wmw',
  summary:
    'Deletes the workload management workspace root:NAME with all that it holds, if it exists, and enters root.',
  synopsis: '[flags] NAME',
  options: ['-X: accepted for compatibility'],
  example: 'kubectl kubestellar remove wmw example-wmw',
  flags: {},
  completion: { words: ['wmw'] },
  async run({ words, flags }, output) {
    const name = oneName(words, 'workload management workspace');
    const { withSession } = await import('../workspace/session.ts');
    const { removeWmwByName } = await import('../workload/ensure.ts');
    await withSession(flags, (session) => removeWmwByName(session, name, output));
  },
};
