/** Fetches a kubeconfig that the operator has put into a Secret of the hosting cluster. */
import {
  HOSTED_CORE,
  HOSTED_KUBECONFIGS,
  KUBESTELLAR_CONDITIONS,
  KUBESTELLARS,
  type KubeObject,
  type KubeStellar,
  SECRETS,
} from '@kubestellar/api';
import { explain, isApiError, isNotFound, type KubeClient } from '@kubestellar/kube';
import { waitUntilServing } from '../core/wait-for-kcp.ts';
import { connectTo, targetOf } from '../kubeconfig/connect.ts';
import { kubeconfigFiles } from '../kubeconfig/files.ts';
import { readKubeconfig } from '../kubeconfig/kubeconfig.ts';
import { CommandFailure } from '../shell/failure.ts';
import type { FlagValues } from '../shell/flags.ts';
import type { Output } from '../shell/output.ts';
import { requireWritable, writePrivateFile } from '../shell/write-file.ts';

/** The namespace where nothing else is said (design.md, settled questions). */
const NAMESPACE = 'kubestellar';

/** What must be true before a kubeconfig is of use: inside nothing hangs on the way from outside. */
const CONDITION = {
  internal: KUBESTELLAR_CONDITIONS.core,
  external: KUBESTELLAR_CONDITIONS.ready,
} as const;

/** Which kubeconfig, and where it goes. */
export interface Wanted {
  readonly which: 'internal' | 'external';
  readonly file: string;
  readonly flags: FlagValues;
}

/**
 * Waits until the core is ready, then writes its kubeconfig.
 * @throws CommandFailure after five minutes with what the KubeStellar's condition says, or at once without permission
 */
export async function fetchKubeconfig({ which, file, flags }: Wanted, output: Output): Promise<void> {
  requireWritable(file);
  const config = readKubeconfig(kubeconfigFiles(flags.text('kubeconfig')));
  const client = await connectTo(targetOf(config, {}, flags), flags);
  const namespace = flags.text('namespace') ?? NAMESPACE;
  const key = HOSTED_KUBECONFIGS[which];
  let found = '';
  try {
    await waitUntilServing(`the KubeStellar core in namespace ${namespace}`, output, async () => {
      try {
        const reason = await whyNotReady(client, namespace, CONDITION[which]);
        if (reason !== undefined) return reason;
        found = await readKey(client, namespace, key);
        return found === '' ? `Secret ${HOSTED_CORE.kubeconfigSecret} has no key ${key} yet` : undefined;
      } catch (error) {
        if (isApiError(error, 401, 403)) throw new CommandFailure(explain(error));
        return explain(error);
      }
    });
  } finally {
    await client.connection.close();
  }
  writePrivateFile(file, found);
}

/** @returns undefined when the core is ready, else what is missing */
async function whyNotReady(
  client: KubeClient,
  namespace: string,
  condition: string,
): Promise<string | undefined> {
  const ref = { name: HOSTED_CORE.name, namespace };
  try {
    const core = await client.get<KubeStellar>(KUBESTELLARS, ref);
    if (!core)
      return 'there is no KubeStellar; deploy it by "kubectl kubestellar deploy", or say where by -n';
    const found = core.status?.conditions?.find(({ type }) => type === condition);
    if (found?.status === 'True') return undefined;
    return found?.message ?? found?.reason ?? 'the operator has not told of it yet';
  } catch (error) {
    if (isNotFound(error)) return 'the cluster serves no KubeStellars: nothing was deployed to it';
    throw error;
  }
}

async function readKey(client: KubeClient, namespace: string, key: string): Promise<string> {
  type Secret = KubeObject & { data?: { [key: string]: string } };
  const secret = await client.get<Secret>(SECRETS, { name: HOSTED_CORE.kubeconfigSecret, namespace });
  return Buffer.from(secret?.data?.[key] ?? '', 'base64').toString();
}
