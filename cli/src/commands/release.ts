import type { Command } from '../shell/command.ts';
import { buildVersion } from '../shell/dist.ts';
import { UsageError } from '../shell/failure.ts';

/** `kubestellar-release`: the semantic version of the release. */
export const kubestellarRelease: Command = {
  name: 'kubestellar-release',
  summary: 'Prints the semantic version of the release, with a leading "v".',
  synopsis: '[flags]',
  options: [],
  example: 'kubestellar-release',
  flags: {},
  kubectlFlags: false,
  async run({ words }, output) {
    if (words.length > 0) throw new UsageError('too many arguments');
    output.result(`v${buildVersion().version}`);
  },
};
