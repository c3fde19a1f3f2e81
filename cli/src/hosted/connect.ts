import { existsSync } from 'node:fs';
import { HOSTED_CORE, KUBESTELLAR_CONDITIONS, KUBESTELLARS, type KubeStellar } from '@kubestellar/api';
import { isNotFound, KubeClient } from '@kubestellar/kube';
import { connectTo, targetOf } from '../kubeconfig/connect.ts';
import { kubeconfigFiles } from '../kubeconfig/files.ts';
import { readKubeconfig, selectContext } from '../kubeconfig/kubeconfig.ts';
import { CommandFailure } from '../shell/failure.ts';
import type { FlagValues } from '../shell/flags.ts';
import type { HelmFlags } from './helm-flags.ts';

/** The default namespace (docs/commands.md). */
const NAMESPACE = 'kubestellar';

/** A hosting cluster, and where in it the core is. */
export interface Hosting {
  readonly client: KubeClient;
  readonly namespace: string;
}

/** Connects to the cluster that kubectl's flags choose, and closes the connection at the end. */
export async function withHosting<T>(flags: FlagValues, use: (hosting: Hosting) => Promise<T>): Promise<T> {
  const config = readKubeconfig(kubeconfigFiles(flags.text('kubeconfig')));
  const client = await connectTo(targetOf(config, {}, flags), flags);
  try {
    return await use({ client, namespace: flags.text('namespace') ?? NAMESPACE });
  } finally {
    await client.connection.close();
  }
}

/**
 * The same for the cluster that helm's flags choose; without a client where helm supports more than ours.
 * @returns the namespace that helm's flags choose
 */
export async function withHelmsHosting(
  flags: HelmFlags,
  use: (hosting: Hosting | undefined) => Promise<void>,
): Promise<string> {
  const files = kubeconfigFiles(flags.kubectl.text('kubeconfig'));
  if (!files.paths.some((path) => existsSync(path)) && process.env.KUBERNETES_SERVICE_HOST) {
    const client = await KubeClient.fromKubeconfig({ inCluster: true, userAgent: 'kubestellar-cli' });
    return withClient(client, flags.namespace ?? client.connection.namespace, use);
  }
  const config = readKubeconfig(files);
  const target = targetOf(config, { context: flags.context }, flags.kubectl);
  const { context } = selectContext(config, flags.context);
  const namespace = flags.namespace ?? (context.fields.namespace as string | undefined);
  if (target.cluster.fields['proxy-url'] || flags.kubectl.has('as-group')) {
    await use(undefined);
    return namespace || 'default';
  }
  return withClient(await connectTo(target, flags.kubectl), namespace, use);
}

async function withClient(
  client: KubeClient,
  given: string | undefined,
  use: (hosting: Hosting) => Promise<void>,
): Promise<string> {
  const namespace = given || 'default';
  try {
    await use({ client, namespace });
    return namespace;
  } finally {
    await client.connection.close();
  }
}

/** The KubeStellar of the namespace; undefined when it does not exist. @throws CommandFailure when its kind is not served */
export async function readCore({ client, namespace }: Hosting): Promise<KubeStellar | undefined> {
  try {
    return await client.get<KubeStellar>(KUBESTELLARS, { name: HOSTED_CORE.name, namespace });
  } catch (error) {
    if (!isNotFound(error)) throw error;
    throw new CommandFailure(
      `the cluster at ${client.connection.server} serves no KubeStellars: nothing was deployed to it; ` +
        'deploy a core by "kubectl kubestellar deploy", or choose another cluster by --kubeconfig',
    );
  }
}

/** @returns undefined when the condition is true, else the reason */
export function whyNot(
  core: KubeStellar,
  condition: keyof typeof KUBESTELLAR_CONDITIONS,
): string | undefined {
  const type = KUBESTELLAR_CONDITIONS[condition];
  const found = core.status?.conditions?.find((candidate) => candidate.type === type);
  if (found?.status === 'True') return undefined;
  return found?.message ?? found?.reason ?? 'the operator has not reported it yet';
}
