import { ROOT_PATH, WORKSPACES, type Workspace } from '@kubestellar/api';
import type { Output } from '../shell/output.ts';
import { readBindings } from '../workspace/bindings.ts';
import { printChange } from '../workspace/changes.ts';
import { ensureWorkspace, TYPE, waitUntilDeleted } from '../workspace/create.ts';
import { currentLine, type Session } from '../workspace/session.ts';
import { emptyWorkspace, ensureWorkloadWorkspace } from './workspace.ts';

/**
 * Makes sure that root:NAME is a usable workload management workspace, and makes it the current one.
 * @returns its path
 */
export async function ensureWmwByName(
  session: Session,
  name: string,
  options: { readonly withKube: boolean },
  output: Output,
): Promise<string> {
  const root = session.workspace(ROOT_PATH);
  const path = `${ROOT_PATH}:${name}`;
  const workspace = session.workspace(path);
  const found = await root.get<Workspace>(WORKSPACES, { name });
  // Checks the user's permission before anything is printed.
  const known = found && isUsable(found) ? await readBindings(workspace) : undefined;
  output.result(currentLine(ROOT_PATH));
  const isNew = await ensureWorkspace(root, name, output, found);
  output.result(currentLine(path, TYPE));
  const existing = known ?? (isNew ? new Map() : await readBindings(workspace));
  await ensureWorkloadWorkspace(workspace, existing, options, output);
  await session.enter(path);
  return path;
}

/**
 * Deletes root:NAME, if it exists, and waits until it is deleted; root becomes the current workspace.
 * @returns its path
 */
export async function removeWmwByName(session: Session, name: string, output: Output): Promise<string> {
  const root = session.workspace(ROOT_PATH);
  const found = await root.get<Workspace>(WORKSPACES, { name });
  if (found) await removeWorkspace(session, found, output);
  else output.result(currentLine(ROOT_PATH));
  await session.enter(ROOT_PATH);
  return `${ROOT_PATH}:${name}`;
}

function isUsable({ metadata, status }: Workspace): boolean {
  return status?.phase === 'Ready' && !metadata.deletionTimestamp;
}

async function removeWorkspace(session: Session, found: Workspace, output: Output): Promise<void> {
  const { name } = found.metadata;
  const root = session.workspace(ROOT_PATH);
  if (isUsable(found)) await emptyWorkspace(session.workspace(`${ROOT_PATH}:${name}`), output);
  await root.delete(WORKSPACES, { name });
  output.result(currentLine(ROOT_PATH));
  printChange(output, 'deleted', root, WORKSPACES, { name });
  await waitUntilDeleted(root, name, output);
}
