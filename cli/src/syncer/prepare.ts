/** `prep-for-syncer`: access for a syncer in its mailbox workspace, and the manifest for its WEC. */

import { WORKSPACES } from '@kubestellar/api';
import { type Output, silenced } from '../shell/output.ts';
import type { ReportFields } from '../shell/report.ts';
import { requireWritable, writePrivateFile } from '../shell/write-file.ts';
import { TYPE } from '../workspace/create.ts';
import { currentLine, type Session } from '../workspace/session.ts';
import { grantAccess, withdrawAccess } from './access.ts';
import { newSyncerIdentity } from './identity.ts';
import { mailboxNameOf, requireEspw, waitForMailbox } from './mailbox.ts';
import { syncerManifest } from './manifest.ts';
import type { UpsyncConsent } from './upsync-consent.ts';

/** The settings of `prep-for-syncer`. */
export interface PrepareOptions {
  readonly syncTarget: string;
  /** Path of the IMW, resolved. */
  readonly imw: string;
  readonly espw: string;
  readonly image: string;
  /** What the cluster's owner allows to be upsynced. */
  readonly upsync: UpsyncConsent;
  /** File for the manifest; `-` is stdout. */
  readonly out: string;
  readonly silent: boolean;
  /** In a dry run: the SyncTarget would have been created just now. */
  readonly isPlanned?: boolean;
}

/** The name of a mailbox workspace whose SyncTarget a dry run has not created. */
const UNKNOWN_MAILBOX = '<cluster>-mb-<uid>';

/** @throws CommandFailure when the manifest could not be written; checked before work is done for it */
export function requireOutput({ out }: PrepareOptions, { dryRun }: Session): void {
  if (out !== '-') requireWritable(out, dryRun);
}

/**
 * Prepares a syncer; each run creates a new identity, and earlier ones stay valid. The kubeconfig is not
 * changed: the lines about the current workspace only show where the command works, as in the reference.
 * @returns the mailbox workspace, the namespace that the syncer gets in its cluster, and the file of the manifest
 * @throws CommandFailure with the reference's exit codes
 */
export async function prepareSyncer(
  session: Session,
  options: PrepareOptions,
  output: Output,
): Promise<ReportFields> {
  const { syncTarget, image, upsync, out } = options;
  const places = options.silent || out === '-' ? silenced(output) : output;
  requireOutput(options, session);
  const imw = session.workspace(options.imw);
  const name = options.isPlanned ? UNKNOWN_MAILBOX : await mailboxNameOf(imw, syncTarget);
  const espw = session.workspace(options.espw);
  await requireEspw(espw);
  places.result(currentLine(options.imw));
  places.result(currentLine(options.espw));
  const mailboxPath = `${options.espw}:${name}`;
  const mailbox = session.workspace(mailboxPath);
  const remarks = options.silent ? silenced(output) : output;
  const mailboxExists = !session.dryRun || (await espw.get(WORKSPACES, { name })) !== undefined;
  if (!session.dryRun) await waitForMailbox(espw, mailbox, name, remarks);
  places.result(currentLine(mailboxPath, TYPE));

  const identity = newSyncerIdentity(syncTarget);
  try {
    const grant = { mailbox, syncTarget, id: identity.id, mailboxExists };
    const token = await grantAccess(grant, remarks);
    const { server, ca } = session;
    const manifest = syncerManifest({ identity, syncTarget, image, server, ca, token, upsync });
    if (!session.dryRun) write(out, manifest);
  } catch (error) {
    await withdrawAccess(mailbox, identity.id);
    throw error;
  }
  const lines = whatNext(identity.id, out);
  for (const line of session.dryRun ? lines.slice(0, 2) : lines) remarks.remark(line);
  if (session.current) places.result(currentLine(session.current));
  return { workspace: mailboxPath, syncTarget, namespace: identity.id, manifest: out };
}

function write(out: string, manifest: string): void {
  if (out === '-') process.stdout.write(manifest);
  else writePrivateFile(out, manifest);
}

function whatNext(id: string, out: string): string[] {
  const kubectl = 'KUBECONFIG=<workload-execution-cluster-config> kubectl';
  return [
    '',
    `Wrote WEC manifest to ${out} for namespace "${id}". Use`,
    '',
    `  ${kubectl} apply -f "${out}"`,
    '',
    'to apply it; it lets the syncer manage objects of any kind in that cluster. Use',
    '',
    `  ${kubectl} get deployment -n "${id}" ${id}`,
    '',
    'to verify the syncer pod is running.',
  ];
}
