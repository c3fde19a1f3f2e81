import type { Command } from '../shell/command.ts';
import { UsageError } from '../shell/failure.ts';

function getKubeconfig(which: 'internal' | 'external', whose: string): Command {
  const name = `kubectl kubestellar get-${which}-kubeconfig`;
  return {
    name,
    summary: `Fetches the kubeconfig for clients ${whose} of the hosting cluster; waits until it exists.`,
    synopsis: '-o FILE [flags]',
    options: [
      '-o FILE: where to write it, readable by you only; required',
      '-n NAMESPACE: the namespace of the core; default kubestellar',
      '--view: connect through the workspace proxy, where RBAC and admission objects of workloads are data',
      '-X: accepted for compatibility',
    ],
    example: `${name} -n kubestellar -o core.kubeconfig`,
    flags: { o: { kind: 'strings' }, view: { kind: 'switch' } },
    async run({ words, flags }, output) {
      if (words.length > 0) throw new UsageError(`unexpected argument "${words[0]}"`);
      const [file = '', another] = flags.texts('o');
      if (file === '' || another !== undefined) throw new UsageError('-o FILE must be given exactly once');
      const { fetchKubeconfig } = await import('../hosted/fetch-kubeconfig.ts');
      await fetchKubeconfig({ which, throughProxy: flags.flag('view'), file, flags }, output);
    },
  };
}

/** `kubectl kubestellar get-internal-kubeconfig`. */
export const getInternalKubeconfig = getKubeconfig('internal', 'inside');

/** `kubectl kubestellar get-external-kubeconfig`. */
export const getExternalKubeconfig = getKubeconfig('external', 'outside');
