import { setTimeout as sleep } from 'node:timers/promises';
import { WORKSPACES } from '@kubestellar/api';
import { explain, isApiError, KubeClient } from '@kubestellar/kube';
import { CommandFailure } from '../shell/failure.ts';
import type { Output } from '../shell/output.ts';

const LIMIT_MS = 5 * 60_000;
const PAUSE_MS = 500;
const REMIND_MS = 15_000;
/** A kcp that is ready but refuses its administrator needs a moment more; another user is refused for good. */
const REFUSAL_LIMIT_MS = 10_000;
const REFUSED = 'kcp does not let this user see the workspaces of root';

/**
 * Waits until kcp is in service: it reports that it is ready, and responds to a request for the workspaces of root.
 * @throws CommandFailure after five minutes, or at once when kcp refuses the credentials
 */
export async function waitForKcp(root: KubeClient, output: Output): Promise<void> {
  const { server } = root.connection;
  let refusedSince: number | undefined;
  await waitUntilServing(`kcp at ${server}`, output, async () => {
    const reason = await whyNotServing(root);
    refusedSince = reason === REFUSED ? (refusedSince ?? Date.now()) : undefined;
    if (refusedSince === undefined) return reason;
    if (Date.now() - refusedSince < REFUSAL_LIMIT_MS) return reason;
    throw new CommandFailure(`${reason} (${server}); use the kubeconfig of an administrator`);
  });
}

/**
 * Waits until a server is in service. Nothing reports when a server starts to serve, so it is probed repeatedly; each
 * 15 s a line says why it still waits.
 * @param what the server, for messages
 * @param probe returns why the server is not in service, or undefined when it is
 * @throws CommandFailure after five minutes; errors of `probe`
 */
export async function waitUntilServing(
  what: string,
  output: Output,
  probe: () => Promise<string | undefined>,
): Promise<void> {
  const begin = Date.now();
  let remindAt = begin + 2_000;
  for (;;) {
    const reason = await probe();
    if (reason === undefined) return;
    const waited = Math.round((Date.now() - begin) / 1000);
    if (Date.now() - begin > LIMIT_MS)
      throw new CommandFailure(`${what} is not in service after ${waited} s: ${reason}`);
    if (Date.now() >= remindAt) {
      output.remark(`Waiting for ${what} since ${waited} s: ${reason}`);
      remindAt = Date.now() + REMIND_MS;
    }
    await sleep(PAUSE_MS);
  }
}

async function whyNotServing(root: KubeClient): Promise<string | undefined> {
  try {
    // While it starts, kcp responds to requests for some kinds before it does for others.
    await new KubeClient(root.connection, '').request('GET', '/readyz');
    await root.listPage(WORKSPACES, { limit: 1 });
    return undefined;
  } catch (error) {
    if (isApiError(error, 401)) {
      throw new CommandFailure(
        `kcp at ${root.connection.server} does not accept the credentials of the kubeconfig; is it the file that this kcp wrote?`,
      );
    }
    return isApiError(error, 403) ? REFUSED : explain(error);
  }
}
