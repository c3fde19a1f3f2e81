import type { Command } from '../shell/command.ts';
import { UsageError } from '../shell/failure.ts';

/** `kubectl kubestellar doctor`: finds out why the other commands fail. */
export const doctor: Command = {
  name: 'kubectl kubestellar doctor',
  summary:
    'Checks tools, kubeconfig, certificates, kcp, the core, bindings and permissions, and says how to fix each problem.',
  synopsis: '[flags]',
  options: ['-X: accepted for compatibility'],
  example: 'kubectl kubestellar doctor',
  flags: {},
  async run({ words, flags }, output) {
    if (words.length > 0) throw new UsageError(`unexpected argument "${words[0]}"`);
    const { checksFor } = await import('../doctor/checks.ts');
    const { runChecks } = await import('../doctor/run.ts');
    await runChecks(checksFor(flags), output);
  },
};
