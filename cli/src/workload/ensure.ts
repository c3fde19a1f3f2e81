import { ROOT_PATH, WORKSPACES, type Workspace } from '@kubestellar/api';
import type { Output } from '../shell/output.ts';
import { ensureWorkspace, TYPE, waitUntilDeleted } from '../workspace/create.ts';
import { currentLine, type Session } from '../workspace/session.ts';
import { emptyWorkspace, ensureWorkloadWorkspace } from './workspace.ts';

/** Makes sure that root:NAME is a usable workload management workspace, and makes it the current one. */
export async function ensureWmwByName(
  session: Session,
  name: string,
  options: { readonly withKube: boolean },
  output: Output,
): Promise<void> {
  output.result(currentLine(ROOT_PATH));
  await ensureWorkspace(session.workspace(ROOT_PATH), name, output);
  const path = `${ROOT_PATH}:${name}`;
  await session.enter(path, output, TYPE);
  await ensureWorkloadWorkspace(session.workspace(path), options, output);
}

/** Deletes root:NAME, if it exists, and waits until it is gone; root becomes the current workspace. */
export async function removeWmwByName(session: Session, name: string, output: Output): Promise<void> {
  await session.enter(ROOT_PATH, output);
  const root = session.workspace(ROOT_PATH);
  const found = await root.get<Workspace>(WORKSPACES, { name });
  if (!found) return;
  const isUsable = found.status?.phase === 'Ready' && !found.metadata.deletionTimestamp;
  if (isUsable) await emptyWorkspace(session.workspace(`${ROOT_PATH}:${name}`), output);
  await root.delete(WORKSPACES, { name });
  output.result(`workspace.tenancy.kcp.io "${name}" deleted`);
  await waitUntilDeleted(root, name, output);
}
