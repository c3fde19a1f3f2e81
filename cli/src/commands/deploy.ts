import type { Command } from '../shell/command.ts';
import { UsageError } from '../shell/failure.ts';

/** `kubectl kubestellar deploy`: makes the current cluster host a core (docs/commands.md). */
export const deploy: Command = {
  name: 'kubectl kubestellar deploy',
  summary:
    'Deploys kcp and the KubeStellar controllers into a Kubernetes cluster, as the Helm release "kubestellar".',
  synopsis: '--external-endpoint HOST:PORT [flags of helm upgrade]',
  options: [
    '--external-endpoint HOST:PORT: where clients outside of the cluster reach the ingress controller',
    '--openshift true|false: whether the cluster is OpenShift, where the endpoint may be left out; default false',
    '-X: accepted for compatibility',
  ],
  example: 'kubectl kubestellar deploy --external-endpoint core.example.com:443 -n kubestellar',
  flags: { 'external-endpoint': { kind: 'string' }, openshift: { kind: 'boolean' } },
  passesOnTo: 'helm upgrade',
  async run({ words, flags }, output) {
    const { endpointOf } = await import('../hosted/endpoint.ts');
    const openShift = flags.flag('openshift');
    const given = flags.text('external-endpoint');
    if (given === undefined && !openShift)
      throw new UsageError('--external-endpoint HOST:PORT is required, unless --openshift is true');
    const endpoint = given === undefined ? undefined : endpointOf(given);
    const { helmUpgrade } = await import('../hosted/helm.ts');
    await helmUpgrade({ openShift, endpoint, helmArguments: words }, output);
  },
};
