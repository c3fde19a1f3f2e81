import { ROOT_PATH, WORKSPACES } from '@kubestellar/api';
import type { Output } from '../shell/output.ts';
import { ensureWorkspace, TYPE, waitUntilDeleted } from '../workspace/create.ts';
import { currentLine, type Session } from '../workspace/session.ts';
import { ensureWorkloadWorkspace } from './workspace.ts';

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
  if (!(await root.delete(WORKSPACES, { name }))) return;
  output.result(`workspace.tenancy.kcp.io "${name}" deleted`);
  await waitUntilDeleted(root, name, output);
}
