/** Fetches a kubeconfig that the operator has put into a Secret of the hosting cluster. */
import { HOSTED_CORE, HOSTED_KUBECONFIGS, type KubeObject, SECRETS } from '@kubestellar/api';
import { explain, isApiError, type KubeClient } from '@kubestellar/kube';
import { waitUntilServing } from '../core/wait-for-kcp.ts';
import { CommandFailure } from '../shell/failure.ts';
import type { FlagValues } from '../shell/flags.ts';
import type { Output } from '../shell/output.ts';
import { requireWritable, writePrivateFile } from '../shell/write-file.ts';
import { type Hosting, readCore, whyNot, withHosting } from './connect.ts';
import { NoProxy, requireProxy } from './workspace-proxy.ts';

/** The condition to wait for: internal clients do not depend on the exposure. */
const CONDITION = {
  internal: 'core',
  external: 'ready',
} as const;

/** The keys in the Secret of kubeconfigs through the workspace proxy. */
const THROUGH_PROXY = { internal: 'proxy', external: 'externalProxy' } as const;

/** Which kubeconfig to fetch, and the file for it. */
export interface Wanted {
  readonly which: 'internal' | 'external';
  /** Whether to connect through the workspace proxy. */
  readonly throughProxy: boolean;
  readonly file: string;
  readonly flags: FlagValues;
}

/**
 * Waits until the core is ready, then writes its kubeconfig.
 * @throws CommandFailure after five minutes with the message of the KubeStellar's condition, or at once without permission
 * or where there is no workspace proxy
 */
export async function fetchKubeconfig(
  { which, throughProxy, file, flags }: Wanted,
  output: Output,
): Promise<void> {
  requireWritable(file);
  const key = HOSTED_KUBECONFIGS[throughProxy ? THROUGH_PROXY[which] : which];
  await withHosting(flags, async (hosting) => {
    const { client, namespace } = hosting;
    let found = '';
    const look = async () => {
      const reason = await whyNotServing(hosting, which, throughProxy);
      if (reason !== undefined) return reason;
      found = await readKey(client, namespace, key);
      return found === '' ? `Secret ${HOSTED_CORE.kubeconfigSecret} has no key ${key} yet` : undefined;
    };
    await waitUntilServing(`the KubeStellar core in namespace ${namespace}`, output, () =>
      look().catch(asReason),
    );
    writePrivateFile(file, found);
  });
}

/**
 * @returns why the core is not serving, for an error that may pass
 * @throws what does not pass
 */
function asReason(error: unknown): string {
  if (error instanceof NoProxy) throw error;
  if (isApiError(error, 401, 403)) throw new CommandFailure(explain(error));
  return explain(error);
}

/** @throws NoProxy when the workspace proxy is wanted and the core has none */
async function whyNotServing(
  hosting: Hosting,
  which: Wanted['which'],
  throughProxy: boolean,
): Promise<string | undefined> {
  const core = await readCore(hosting);
  if (!core)
    return 'there is no KubeStellar; deploy it with "kubectl kubestellar deploy", or name its namespace with -n';
  if (throughProxy) requireProxy(core, which);
  return whyNot(core, CONDITION[which]);
}

async function readKey(client: KubeClient, namespace: string, key: string): Promise<string> {
  type Secret = KubeObject & { data?: { [key: string]: string } };
  const secret = await client.get<Secret>(SECRETS, { name: HOSTED_CORE.kubeconfigSecret, namespace });
  return Buffer.from(secret?.data?.[key] ?? '', 'base64').toString();
}
