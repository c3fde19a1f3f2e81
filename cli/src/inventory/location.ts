/** The pairs of SyncTarget and Location that describe inventory (docs/commands.md). */
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
import { printChange, recordChange, typeName } from '../workspace/changes.ts';
import { currentLine, type Session } from '../workspace/session.ts';
import { type Labels, missingLabels } from './labels.ts';
import { ensureInventoryWorkspace, enterInventory } from './workspace.ts';

const API_VERSION = `${EDGE_GROUP}/${EDGE_VERSION}`;

/**
 * Makes sure that a SyncTarget and a Location of that name exist and have at least the given labels.
 * Specs of existing ones are not changed.
 * @returns whether the SyncTarget was created now
 */
export async function ensureLocationPair(
  imw: Inventory,
  name: string,
  labels: Labels,
  output: Output,
): Promise<boolean> {
  const { workspace, bindings } = imw;
  const wasThere = await ensureInventoryWorkspace(workspace, bindings, output);
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
  const done = await Promise.all([
    ensureLabeled(workspace, SYNC_TARGETS, target, wasThere),
    ensureLabeled(workspace, LOCATIONS, location, wasThere),
  ]);
  for (const { resource, isNew } of done)
    if (isNew) printChange(output, 'created', workspace, resource, { name });
  // One line for each label, as kubectl label prints them when it is called label by label.
  const count = Math.max(...done.map(({ labels }) => labels));
  for (let i = 0; i < count; i++)
    for (const { resource, labels } of done)
      if (i < labels) output.result(`${typeName(resource)}/${name} labeled`);
  for (const { resource, isNew, labels } of done)
    if (!isNew && labels > 0) recordChange(output, 'labeled', workspace, resource, { name });
  return done[0].isNew;
}

/** Deletes the SyncTarget and the Location of that name, as far as they exist. */
export async function removeLocationPair(
  { workspace }: Inventory,
  name: string,
  output: Output,
): Promise<void> {
  for (const resource of [SYNC_TARGETS, LOCATIONS]) {
    if (await deleteIfThere(workspace, resource, name))
      printChange(output, 'deleted', workspace, resource, { name });
  }
}

/** An inventory workspace that exists, and what it binds. */
export interface Inventory {
  readonly workspace: KubeClient;
  readonly bindings: ReadonlyMap<string, APIBinding>;
}

/**
 * Works in the workspace that --imw names, which then becomes the current one, or else in the current one.
 * @returns its path
 */
export async function withInventory(
  session: Session,
  imw: string | undefined,
  output: Output,
  work: (inventory: Inventory) => Promise<unknown>,
): Promise<string> {
  const path = session.resolve(imw ?? '.');
  const workspace = session.workspace(path);
  const bindings = await enterInventory(workspace);
  if (imw !== undefined) output.result(currentLine(path));
  await work({ workspace, bindings });
  if (imw !== undefined) await session.enter(path);
  return path;
}

/** A change of an object. */
interface Done {
  readonly resource: Resource;
  readonly isNew: boolean;
  /** How many labels were given to it. */
  readonly labels: number;
}

/** @param mayExist false where the kind was not served before, so that there is no need to check */
async function ensureLabeled(
  workspace: KubeClient,
  resource: Resource,
  wanted: KubeObject,
  mayExist: boolean,
): Promise<Done> {
  const { name, labels = {} } = wanted.metadata;
  const found = mayExist ? await workspace.get(resource, { name }) : undefined;
  const live = found ?? (await create(workspace, resource, wanted));
  const isNew = live === wanted;
  const given = missingLabels(labels, isNew ? undefined : live.metadata.labels);
  if (!isNew && given.length > 0) await label(workspace, resource, name, Object.fromEntries(given));
  const added = given.filter(([key]) => key !== SYNC_TARGET_ID || !isNew);
  return { resource, isNew, labels: added.length };
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
      `cannot create ${typeName(resource)}/${wanted.metadata.name}: ${explain(error)}`,
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
    throw new CommandFailure(
      `cannot label ${typeName(resource)}/${name}: ${explain(error)}`,
      EXIT.notLabeled,
    );
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
