import { stopRecorded, takeLock } from '@kubestellar/process';
import { kubeconfigFiles } from '../kubeconfig/files.ts';
import { readKubeconfig } from '../kubeconfig/kubeconfig.ts';
import type { FlagValues } from '../shell/flags.ts';
import type { Output } from '../shell/output.ts';
import { CONTROLLERS, stateFolder } from './state.ts';

/** `kubestellar stop`: ends the controllers of the kubeconfig's core; contacts no server. */
export async function stopControllers(flags: FlagValues, output: Output): Promise<void> {
  const folder = stateFolder(readKubeconfig(kubeconfigFiles(flags.text('kubeconfig'))));
  const release = lockControllers(folder);
  try {
    await endRunning(folder, output);
  } finally {
    release();
  }
  output.result('kubestellar stopped .....');
}

/** Ends all controllers that have a record in `folder`, at the same time. */
export async function endRunning(folder: string, output: Output): Promise<void> {
  await Promise.all(
    CONTROLLERS.map(async ({ name }) => {
      const ended = await stopRecorded(folder, name);
      if (ended) output.remark(`Ended ${name} (pid ${ended.pid})`);
    }),
  );
}

/** Keeps two of `kubestellar start` and `stop` from working on one core at once. */
export function lockControllers(folder: string): () => void {
  return takeLock(folder, 'controllers', 'starting or stopping of the controllers');
}
