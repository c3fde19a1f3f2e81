/** `kubestellar init`: creates the workspaces of the core and their contents (docs/commands.md, "kubestellar"). */
import { join } from 'node:path';
import {
  COMPUTE_PATH,
  computeManifests,
  ESPW_PATH,
  espwManifests,
  ROOT_PATH,
  type WorkspaceManifests,
} from '@kubestellar/api';
import { ensureInventoryWorkspace } from '../inventory/workspace.ts';
import { distFolder } from '../shell/dist.ts';
import { type Output, silenced } from '../shell/output.ts';
import { ensureWorkloadWorkspace } from '../workload/workspace.ts';
import { readBindings } from '../workspace/bindings.ts';
import { ensureWorkspace } from '../workspace/create.ts';
import { currentLine, type Session } from '../workspace/session.ts';
import { publish } from './publish.ts';
import { waitForKcp } from './wait-for-kcp.ts';

/** The settings of `init`. */
export interface InitOptions {
  /** Names of the children of root that hold inventory. */
  readonly inventory: readonly string[];
  /** Names of the children of root where workload is managed. */
  readonly workload: readonly string[];
  /** Print every object that is written. */
  readonly verbose: boolean;
}

/**
 * Creates or updates the core's workspaces and their contents; a second run writes nothing, a run
 * of a newer release updates the schemas. Ends with root as the current workspace.
 * @throws CommandFailure, ApiError or ConnectionError when a part cannot be created
 */
export async function initialize(session: Session, options: InitOptions, output: Output): Promise<void> {
  const detail = options.verbose ? output : { ...silenced(output), remark: output.remark };
  const root = session.workspace(ROOT_PATH);
  await waitForKcp(root, output);

  const compute = fill(
    session,
    COMPUTE_PATH,
    computeManifests(join(distFolder(), 'api', 'compute.json')),
    detail,
  );
  const espw = fill(session, ESPW_PATH, Promise.resolve(espwManifests()), detail);
  const finished = Promise.all([
    compute.then(() => output.remark('Finished augmenting root:compute for KubeStellar')),
    espw.then(() => output.remark('Finished populating the espw with kubestellar apiexports')),
  ]);
  // Workspaces take a while to become Ready: all are created at once, and filled once their exports exist.
  const created = [...options.inventory, ...options.workload].map((name) =>
    ensureWorkspace(root, name, detail),
  );
  await Promise.all([finished, ...created]);

  const inventory = options.inventory.map(async (name) => {
    output.remark(`Ensuring IMW: ${name}`);
    const workspace = session.workspace(`${ROOT_PATH}:${name}`);
    await ensureInventoryWorkspace(workspace, await readBindings(workspace), detail);
  });
  const workload = options.workload.map(async (name) => {
    output.remark(`Ensuring WMW: ${name}`);
    const workspace = session.workspace(`${ROOT_PATH}:${name}`);
    await ensureWorkloadWorkspace(workspace, await readBindings(workspace), { withKube: true }, detail);
  });
  await Promise.all([...inventory, ...workload]);
  await session.enter(ROOT_PATH);
  output.result(currentLine(ROOT_PATH));
}

async function fill(session: Session, path: string, manifests: Promise<WorkspaceManifests>, output: Output) {
  await ensureWorkspace(session.workspace(ROOT_PATH), path.slice(`${ROOT_PATH}:`.length), output);
  await publish(session.workspace(path), await manifests, output);
}
