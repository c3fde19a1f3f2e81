/** The pairs of SyncTarget and Location by which inventory is described (reference, spec commands 10, 11). */
import {
  type APIBinding,
  EDGE_GROUP,
  EDGE_VERSION,
  FIELD_MANAGERS,
  type KubeObject,
  LOCATIONS,
  type Location,
  type Resource,
  SYNC_TARGET_ID,
  SYNC_TARGETS,
  type SyncTarget,
} from '@kubestellar/api';
import { explain, isAlreadyExists, isNotFound, type KubeClient } from '@kubestellar/kube';
import { CommandFailure, EXIT } from '../shell/failure.ts';
import type { Output } from '../shell/output.ts';
import { currentLine, type Session } from '../workspace/session.ts';
import { type Labels, missingLabels } from './labels.ts';
import { ensureInventoryWorkspace, enterInventory } from './workspace.ts';

const API_VERSION = `${EDGE_GROUP}/${EDGE_VERSION}`;

/**
 * Makes sure that a SyncTarget and a Location of that name exist and have at least the given labels.
 * Specs of existing ones are left as they are (reference).
 */
export async function ensureLocationPair(imw: Inventory, name: string, labels: Labels, output: Output) {
  const { workspace, bindings } = imw;
  await ensureInventoryWorkspace(workspace, bindings, output);
  const target: SyncTarget = {
    apiVersion: API_VERSION,
    kind: 'SyncTarget',
    // The Location selects its SyncTarget by this label.
    metadata: { name, labels: { [SYNC_TARGET_ID]: name, ...labels } },
    spec: {},
  };
  const location: Location = {
    apiVersion: API_VERSION,
    kind: 'Location',
    metadata: { name, labels: { ...labels } },
    spec: {
      resource: { group: EDGE_GROUP, version: EDGE_VERSION, resource: 'synctargets' },
      instanceSelector: { matchLabels: { [SYNC_TARGET_ID]: name } },
    },
  };
  const lines = await Promise.all([
    ensureLabeled(workspace, SYNC_TARGETS, target),
    ensureLabeled(workspace, LOCATIONS, location),
  ]);
  for (const { created } of lines) for (const line of created) output.result(line);
  const count = Math.max(...lines.map(({ labeled }) => labeled.length));
  for (let i = 0; i < count; i++)
    for (const { labeled } of lines) if (labeled[i]) output.result(labeled[i] ?? '');
}

/** Deletes the SyncTarget and the Location of that name, as far as they exist. */
export async function removeLocationPair(
  { workspace }: Inventory,
  name: string,
  output: Output,
): Promise<void> {
  for (const resource of [SYNC_TARGETS, LOCATIONS]) {
    if (await deleteIfThere(workspace, resource, name))
      output.result(`${nameOf(resource)} "${name}" deleted`);
  }
}

/** An inventory workspace that exists, and what it binds. */
export interface Inventory {
  readonly workspace: KubeClient;
  readonly bindings: ReadonlyMap<string, APIBinding>;
}

/** Works in the workspace that --imw names, which then becomes the current one, or else in the current one. */
export async function withInventory(
  session: Session,
  imw: string | undefined,
  output: Output,
  work: (inventory: Inventory) => Promise<void>,
): Promise<void> {
  const path = session.resolve(imw ?? '.');
  const workspace = session.workspace(path);
  const bindings = await enterInventory(workspace);
  if (imw !== undefined) output.result(currentLine(path));
  await work({ workspace, bindings });
  if (imw !== undefined) await session.enter(path);
}

interface Lines {
  readonly created: string[];
  /** One line for each label, as kubectl label prints them when it is called label by label. */
  readonly labeled: string[];
}

async function ensureLabeled(workspace: KubeClient, resource: Resource, wanted: KubeObject): Promise<Lines> {
  const { name, labels = {} } = wanted.metadata;
  const full = `${nameOf(resource)}/${name}`;
  const live = (await workspace.get(resource, { name })) ?? (await create(workspace, resource, wanted));
  const isNew = live === wanted;
  const given = missingLabels(labels, isNew ? undefined : live.metadata.labels);
  if (!isNew && given.length > 0) await label(workspace, resource, name, Object.fromEntries(given));
  const told = given.filter(([key]) => key !== SYNC_TARGET_ID || !isNew);
  return { created: isNew ? [`${full} created`] : [], labeled: told.map(() => `${full} labeled`) };
}

/** @returns `wanted` itself when it was created, or what another one has created meanwhile */
async function create(workspace: KubeClient, resource: Resource, wanted: KubeObject): Promise<KubeObject> {
  try {
    await workspace.create(resource, wanted, { fieldManager: FIELD_MANAGERS.cli });
    return wanted;
  } catch (error) {
    const other = isAlreadyExists(error) && (await workspace.get(resource, { name: wanted.metadata.name }));
    if (other) return other;
    throw new CommandFailure(
      `cannot create ${nameOf(resource)}/${wanted.metadata.name}: ${explain(error)}`,
      EXIT.notCreated,
    );
  }
}

async function label(workspace: KubeClient, resource: Resource, name: string, labels: Labels): Promise<void> {
  try {
    await workspace.mergePatch(
      resource,
      { name },
      { metadata: { labels } },
      { fieldManager: FIELD_MANAGERS.cli },
    );
  } catch (error) {
    throw new CommandFailure(`cannot label ${nameOf(resource)}/${name}: ${explain(error)}`, EXIT.notLabeled);
  }
}

async function deleteIfThere(workspace: KubeClient, resource: Resource, name: string): Promise<boolean> {
  try {
    return await workspace.delete(resource, { name });
  } catch (error) {
    // Where our API is not bound there is nothing to delete.
    if (isNotFound(error)) return false;
    throw error;
  }
}

function nameOf(resource: Resource): string {
  return `${resource.kind.toLowerCase()}.${resource.group}`;
}
