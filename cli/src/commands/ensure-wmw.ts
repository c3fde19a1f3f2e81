import type { Command } from '../shell/command.ts';
import { oneName } from '../shell/names.ts';
import { DRY_RUN_FLAG, DRY_RUN_OPTION, OUTPUT_FLAG, OUTPUT_OPTION, reported } from '../shell/report.ts';

/** `kubectl kubestellar ensure wmw`: a workload management workspace, child of root. */
export const ensureWmw: Command = {
  name: 'kubectl kubestellar ensure wmw',
  summary:
    'Makes sure that the workload management workspace root:NAME exists, with its APIs, and enters it.',
  synopsis: '[flags] NAME',
  options: [
    '--with-kube true|false: whether it has the Kubernetes API subset too (default true);',
    '                        false deletes the existing objects of these kinds',
    OUTPUT_OPTION,
    DRY_RUN_OPTION,
    '-X: accepted for compatibility',
  ],
  example: 'kubectl kubestellar ensure wmw example-wmw',
  flags: { 'with-kube': { kind: 'boolean' }, ...OUTPUT_FLAG, ...DRY_RUN_FLAG },
  completion: { words: ['wmw'], flags: { output: ['json'] } },
  async run({ words, flags }, output) {
    const name = oneName(words, 'workload management workspace');
    const { withSession } = await import('../workspace/session.ts');
    const { ensureWmwByName } = await import('../workload/ensure.ts');
    const options = { withKube: flags.flag('with-kube', true) };
    await reported(flags, output, (out) =>
      withSession(flags, async (session) => ({
        workspace: await ensureWmwByName(session, name, options, out),
      })),
    );
  },
};
