import { SHELLS } from '../completion/scripts.ts';
import type { Command } from '../shell/command.ts';
import { UsageError } from '../shell/failure.ts';

/**
 * `kubectl kubestellar completion`: prints the script with which a shell completes our commands.
 * @param executables the commands that the script completes
 */
export const completionOf = (executables: readonly string[]): Command => ({
  name: 'kubectl kubestellar completion',
  summary: 'Prints a script by which a shell completes the commands of KubeStellar.',
  synopsis: SHELLS.join('|'),
  options: [],
  example: 'kubectl kubestellar completion bash',
  flags: {},
  completion: { words: [SHELLS] },
  kubectlFlags: false,
  async run({ words }, output) {
    const [word, ...more] = words;
    const shell = SHELLS.find((each) => each === word);
    if (more.length > 0)
      throw new UsageError(`expected one shell, got ${words.length} words: ${words.join(' ')}`);
    if (word === undefined) throw new UsageError('missing the name of the shell');
    if (shell === undefined)
      throw new UsageError(`no completion for "${word}"; available: ${SHELLS.join(', ')}`);
    const { completionScript } = await import('../completion/scripts.ts');
    output.result(completionScript(shell, executables).trimEnd());
  },
});
