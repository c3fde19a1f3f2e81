/**
 * A helm that is killed leaves its release pending, and no helm then touches that release any more, because nothing
 * tells whether the other one is still at work. For those that this machine has started, a note tells.
 */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { CONFIG_MAPS, type ObjectMeta, type Resource, SECRETS } from '@kubestellar/api';
import { isApiError, METADATA_ONLY } from '@kubestellar/kube';
import {
  isRunning,
  type ProcessRecord,
  readRecord,
  removeRecord,
  startTimeOf,
  writeRecord,
} from '@kubestellar/process';
import { stateBase } from '../core/state.ts';
import { CommandFailure } from '../shell/failure.ts';
import type { Output } from '../shell/output.ts';
import type { Hosting } from './connect.ts';
import { follow } from './follow.ts';

/** Where helm keeps releases, by what it calls that in `$HELM_DRIVER`; elsewhere we don't look. */
const STORES: Readonly<Record<string, Resource>> = {
  secret: SECRETS,
  secrets: SECRETS,
  configmap: CONFIG_MAPS,
  configmaps: CONFIG_MAPS,
};

/** Notes that a helm is at work on the release. */
export function noteHelm(hosting: Hosting, pid: number): void {
  const { folder, name } = placeOf(hosting);
  const startTime = startTimeOf(pid) ?? 'ended';
  try {
    writeRecord(folder, { name, pid, startTime, command: 'helm', logFile: '' });
  } catch {
    // Where no state can be kept, a pending release is explained, not taken up.
  }
}

/** After helm has ended: forgets it, unless it has left the release pending. */
export async function forgetHelm(hosting: Hosting, release: string): Promise<void> {
  const { folder, name } = placeOf(hosting);
  try {
    if ((await pendingRevisions(hosting, release)).length === 0) removeRecord(folder, name);
  } catch {
    // Then the next run looks.
  }
}

/**
 * Makes a release usable again that an interrupted run of ours has left pending: its record of the revision is removed,
 * as though that had not begun; what it has made already is taken up by the next.
 * @throws CommandFailure when another one may be at work on it, or still is after `limit` milliseconds
 */
export async function takeUpUnfinished(
  hosting: Hosting,
  release: string,
  limit: number,
  output: Output,
): Promise<void> {
  const { folder, name } = placeOf(hosting);
  const note = readRecord(folder, name);
  if (note) await untilEnded(note, limit, output);
  for (const { resource, metadata } of await pendingRevisions(hosting, release)) {
    const { client, namespace } = hosting;
    const { status, version } = metadata.labels ?? {};
    const revision = `revision ${version} of the release "${release}" in namespace "${namespace}" (${status})`;
    if (!note) {
      throw new CommandFailure(
        `helm is at work on ${revision} since ${metadata.creationTimestamp}, and was not started here. ` +
          'Run this again when it has ended; if it was killed, this removes what it has left: ' +
          `kubectl delete ${resource.plural} ${metadata.name} -n ${namespace}`,
      );
    }
    output.remark(`helm was interrupted at ${revision}; going on from there`);
    await client.delete(resource, { namespace, name: metadata.name });
  }
  if (note) removeRecord(folder, name);
}

async function untilEnded(note: ProcessRecord, limit: number, output: Output): Promise<void> {
  await follow({ what: 'the helm of an earlier run to end', limit }, output, async () =>
    isRunning(note) ? `helm (pid ${note.pid}) of an earlier run is still at work` : undefined,
  );
}

/** Helm's record of a revision that is not finished. */
interface Pending {
  readonly resource: Resource;
  readonly metadata: ObjectMeta;
}

async function pendingRevisions(
  { client, namespace }: Hosting,
  release: string,
): Promise<readonly Pending[]> {
  const resource = store();
  if (!resource) return [];
  const labelSelector = `owner=helm,name=${release},status in (pending-install,pending-upgrade,pending-rollback)`;
  try {
    const { items } = await client.listPage(resource, { namespace, labelSelector, accept: METADATA_ONLY });
    return items.map(({ metadata }) => ({ resource, metadata }));
  } catch (error) {
    // Helm then tells what may not be done.
    if (isApiError(error, 403)) return [];
    throw error;
  }
}

function store(env: NodeJS.ProcessEnv = process.env): Resource | undefined {
  return STORES[env.HELM_DRIVER?.toLowerCase() || 'secret'];
}

function placeOf({ client, namespace }: Hosting): { folder: string; name: string } {
  const name = createHash('sha256').update(`${client.connection.server} ${namespace}`).digest('hex');
  return { folder: join(stateBase(), 'helm'), name };
}
