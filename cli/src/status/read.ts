/** `kubectl kubestellar status`: reads the objects that it reports. */
import {
  API_EXPORT_ENDPOINT_SLICES,
  EDGE_GROUP,
  EDGE_PLACEMENTS,
  type EdgePlacement,
  ESPW_PATH,
  type KubeObject,
  ROOT_PATH,
  SYNC_TARGETS,
  type SyncTarget,
  WORKSPACES,
  type Workspace,
} from '@kubestellar/api';
import { clusterOf, type KubeClient } from '@kubestellar/kube';
import { isRunning, readRecord } from '@kubestellar/process';
import { CONTROLLERS } from '../core/state.ts';
import { CommandFailure } from '../shell/failure.ts';
import type { Session } from '../workspace/session.ts';
import { type ControllerLine, locationLine, placementLine, type StatusReport } from './report.ts';

const UNKNOWN = 'not started by "kubestellar start" on this machine, or with another $KUBESTELLAR_STATE_DIR';

type EndpointSlice = KubeObject<unknown, { endpoints?: { url: string }[] }>;

/**
 * @param stateFolder where `kubestellar start` keeps its records of this core
 * @throws ApiError or ConnectionError when kcp does not respond, CommandFailure when it has no core
 */
export async function readStatus(session: Session, stateFolder: string): Promise<StatusReport> {
  const [view, paths, controllers] = await Promise.all([
    virtualWorkspaceOf(session.workspace(ESPW_PATH)),
    workspacePaths(session.workspace(ROOT_PATH)),
    Promise.all(CONTROLLERS.map(({ name }) => controllerLine(stateFolder, name))),
  ]);
  // Until a workspace binds our API there is no virtual workspace, and nothing in it.
  const [targets, placements] = await Promise.all([
    view?.list<SyncTarget>(SYNC_TARGETS) ?? [],
    view?.list<EdgePlacement>(EDGE_PLACEMENTS) ?? [],
  ]);
  const workspaceOf = (object: KubeObject) => paths.get(clusterOf(object)) ?? clusterOf(object);
  const now = Date.now();
  return {
    server: session.server,
    controllers,
    locations: targets.map((target) => locationLine(workspaceOf(target), target, now)).sort(byPlace),
    placements: placements.map((each) => placementLine(workspaceOf(each), each)).sort(byPlace),
  };
}

/** @returns a client that sees all workspaces which bind our API; undefined when none does */
async function virtualWorkspaceOf(espw: KubeClient): Promise<KubeClient | undefined> {
  const slice = await espw.get<EndpointSlice>(API_EXPORT_ENDPOINT_SLICES, { name: EDGE_GROUP });
  if (!slice) {
    throw new CommandFailure(
      `there is no core: "${espw.workspaceName}" does not export ${EDGE_GROUP}; run "kubestellar init"`,
    );
  }
  const url = slice.status?.endpoints?.[0]?.url;
  return url === undefined ? undefined : espw.view(url);
}

/** @returns the paths of the children of root by the ID of their logical cluster */
async function workspacePaths(root: KubeClient): Promise<Map<string, string>> {
  const workspaces = await root.list<Workspace>(WORKSPACES);
  return new Map(
    workspaces.map(({ metadata, spec }) => [spec?.cluster ?? '', `${ROOT_PATH}:${metadata.name}`]),
  );
}

async function controllerLine(stateFolder: string, name: string): Promise<ControllerLine> {
  const record = readRecord(stateFolder, name);
  if (!record) return { name, state: 'unknown', trouble: UNKNOWN };
  if (!isRunning(record))
    return { name, state: 'not running', trouble: `run "kubestellar start"; its log: ${record.logFile}` };
  try {
    const url = `http://${record.healthAddress}/readyz`;
    const response = await fetch(url, { signal: AbortSignal.timeout(3_000) });
    if (response.ok) return { name, state: 'ready' };
    return { name, state: 'not ready', trouble: (await response.text()).trim() };
  } catch {
    return {
      name,
      state: 'not ready',
      trouble: `no response at ${record.healthAddress}; its log: ${record.logFile}`,
    };
  }
}

function byPlace(a: { workspace: string; name: string }, b: { workspace: string; name: string }): number {
  return a.workspace.localeCompare(b.workspace) || a.name.localeCompare(b.name);
}
