import type { Command } from '../shell/command.ts';
import { UsageError } from '../shell/failure.ts';
import { OUTPUT_FLAG, OUTPUT_OPTION, wantsJson } from '../shell/report.ts';

/** `kubectl kubestellar status`: one screen about the core. */
export const status: Command = {
  name: 'kubectl kubestellar status',
  summary: 'Shows the state and the problems of controllers, locations with their syncers, and placements.',
  synopsis: '[flags]',
  options: [OUTPUT_OPTION, '-X: accepted for compatibility'],
  example: 'kubectl kubestellar status',
  flags: OUTPUT_FLAG,
  completion: { flags: { output: ['json'] } },
  async run({ words, flags }, output) {
    if (words.length > 0) throw new UsageError(`unexpected argument "${words[0]}"`);
    const json = wantsJson(flags);
    const { kubeconfigFiles } = await import('../kubeconfig/files.ts');
    const { readKubeconfig } = await import('../kubeconfig/kubeconfig.ts');
    const { stateFolder } = await import('../core/state.ts');
    const { readStatus } = await import('../status/read.ts');
    const { renderStatus } = await import('../status/render.ts');
    const { withSession } = await import('../workspace/session.ts');
    const folder = stateFolder(readKubeconfig(kubeconfigFiles(flags.text('kubeconfig'))));
    await withSession(flags, async (session) => {
      const report = await readStatus(session, folder);
      if (json) output.result(JSON.stringify(report));
      else for (const line of renderStatus(report)) output.result(line);
    });
  },
};
