/** `prep-for-syncer`: access for a syncer in its mailbox workspace, and the manifest for its WEC. */

import { type Output, SILENCE } from '../shell/output.ts';
import { requireWritable, writePrivateFile } from '../shell/write-file.ts';
import { TYPE } from '../workspace/create.ts';
import { currentLine, type Session } from '../workspace/session.ts';
import { grantAccess, withdrawAccess } from './access.ts';
import { newSyncerIdentity } from './identity.ts';
import { mailboxNameOf, requireEspw, waitForMailbox } from './mailbox.ts';
import { syncerManifest } from './manifest.ts';

/** What `prep-for-syncer` is asked for. */
export interface PrepareOptions {
  readonly syncTarget: string;
  /** Path of the IMW, resolved. */
  readonly imw: string;
  readonly espw: string;
  readonly image: string;
  /** File for the manifest; `-` is stdout. */
  readonly out: string;
  readonly silent: boolean;
}

/** @throws CommandFailure when the manifest could not be written; found out before work is done for it */
export function requireOutput({ out }: PrepareOptions): void {
  if (out !== '-') requireWritable(out);
}

/**
 * Prepares a syncer; each run makes a new identity, and earlier ones stay usable. The kubeconfig is not
 * touched: the lines about the current workspace tell where this works, as the reference's do.
 * @throws CommandFailure with the reference's exit codes
 */
export async function prepareSyncer(
  session: Session,
  options: PrepareOptions,
  output: Output,
): Promise<void> {
  const { syncTarget, image, out } = options;
  const places = options.silent || out === '-' ? SILENCE : output;
  requireOutput(options);
  const name = await mailboxNameOf(session.workspace(options.imw), syncTarget);
  const espw = session.workspace(options.espw);
  await requireEspw(espw);
  places.result(currentLine(options.imw));
  places.result(currentLine(options.espw));
  const mailboxPath = `${options.espw}:${name}`;
  const mailbox = session.workspace(mailboxPath);
  const remarks = options.silent ? SILENCE : output;
  await waitForMailbox(espw, mailbox, name, remarks);
  places.result(currentLine(mailboxPath, TYPE));

  const identity = newSyncerIdentity(syncTarget);
  try {
    const token = await grantAccess(mailbox, syncTarget, identity.id, remarks);
    const { server, authority } = session;
    const manifest = syncerManifest({ identity, syncTarget, image, server, authority, token });
    if (out === '-') process.stdout.write(manifest);
    else writePrivateFile(out, manifest);
  } catch (error) {
    await withdrawAccess(mailbox, identity.id);
    throw error;
  }
  for (const line of whatNext(identity.id, out)) remarks.remark(line);
  if (session.current) places.result(currentLine(session.current));
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
