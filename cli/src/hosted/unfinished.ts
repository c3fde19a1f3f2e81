/**
 * A killed helm leaves its release pending, and no helm then changes that release any more, because nothing shows
 * whether the other one is still running. For processes that this machine has started, a record shows it.
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

/** Where helm keeps releases, by their names in `$HELM_DRIVER`; other places are not checked. */
const STORES: Readonly<Record<string, Resource>> = {
  secret: SECRETS,
  secrets: SECRETS,
  configmap: CONFIG_MAPS,
  configmaps: CONFIG_MAPS,
};

/** Records that a helm is changing the release. */
export function noteHelm(hosting: Hosting, pid: number): void {
  const { folder, name } = placeOf(hosting);
  const startTime = startTimeOf(pid) ?? 'ended';
  try {
    writeRecord(folder, { name, pid, startTime, command: 'helm', logFile: '' });
  } catch {
    // Without a state folder, a pending release is explained and not repaired.
  }
}

/** After helm has ended: removes the record, unless it has left the release pending. */
export async function forgetHelm(hosting: Hosting, release: string): Promise<void> {
  const { folder, name } = placeOf(hosting);
  try {
    if ((await pendingRevisions(hosting, release)).length === 0) removeRecord(folder, name);
  } catch {
    // Then the next run checks.
  }
}

/**
 * Makes a release usable again that an interrupted run of ours has left pending. Its record of the revision is removed,
 * as if that had not begun; the next run takes over its objects.
 * @throws CommandFailure when another one may be changing it, or still is after `limit` milliseconds
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
        `helm has been changing ${revision} since ${metadata.creationTimestamp}, and was not started on this machine. ` +
          'Run this again when it has ended; if it was killed, remove its unfinished revision with: ' +
          `kubectl delete ${resource.plural} ${metadata.name} -n ${namespace}`,
      );
    }
    output.remark(`helm was interrupted at ${revision}; continuing from there`);
    await client.delete(resource, { namespace, name: metadata.name });
  }
  if (note) removeRecord(folder, name);
}

async function untilEnded(note: ProcessRecord, limit: number, output: Output): Promise<void> {
  await follow({ what: 'the helm of an earlier run to end', limit }, output, async () =>
    isRunning(note) ? `helm (pid ${note.pid}) of an earlier run is still running` : undefined,
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
    // Helm then reports the missing permission.
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
