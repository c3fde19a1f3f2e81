import { setTimeout as sleep } from 'node:timers/promises';
import {
  API_BINDINGS,
  type APIBinding,
  FIELD_MANAGERS,
  newAPIBinding,
  type Resource,
} from '@kubestellar/api';
import { isAlreadyExists, isApiError, type KubeClient, METADATA_ONLY } from '@kubestellar/kube';
import { CommandFailure } from '../shell/failure.ts';
import type { Output } from '../shell/output.ts';
import { printChange } from './changes.ts';
import { watchUntil } from './watch.ts';

/** An APIBinding that a workspace should have. */
export interface WantedBinding {
  readonly name: string;
  /** Path of the exporting workspace, and the export's name. */
  readonly path: string;
  readonly exportName: string;
}

/** Seconds on a quiet machine; a busy kcp takes minutes. */
const BOUND_LIMIT_MS = 180_000;
const DELETION_LIMIT_MS = 60_000;
const SERVED_LIMIT_MS = 10_000;
const SERVED_PAUSE_MS = 100;
/** kcp refuses to bind a new export until its own caches contain it. */
const EXPORT_SEEN_LIMIT_MS = 8_000;
const EXPORT_SEEN_PAUSE_MS = 250;

/** @returns all APIBindings of a workspace by name */
export async function readBindings(workspace: KubeClient): Promise<Map<string, APIBinding>> {
  const bindings = await workspace.list<APIBinding>(API_BINDINGS);
  return new Map(bindings.map((binding) => [binding.metadata.name, binding]));
}

/** @returns whether a binding imports that export, whatever its name */
export function imports(binding: APIBinding, wanted: WantedBinding): boolean {
  const reference = binding.spec?.reference.export;
  return reference?.path === wanted.path && reference.name === wanted.exportName;
}

/**
 * Creates the bindings that are missing, all at once, and waits until all wanted ones are bound and served. Existing
 * ones keep their spec , whatever it is. Lines are printed in the order of `wanted`.
 * @returns those that were missing
 * @throws ApiError when one may not be created, CommandFailure when one is not bound within a minute
 */
export async function ensureBindings(
  workspace: KubeClient,
  wanted: readonly WantedBinding[],
  existing: ReadonlyMap<string, APIBinding>,
  output: Output,
): Promise<WantedBinding[]> {
  const leaving = wanted.filter(({ name }) => existing.get(name)?.metadata.deletionTimestamp);
  if (leaving.length > 0)
    await waitUntilDeleted(
      workspace,
      leaving.map(({ name }) => name),
      output,
    );
  const missing = wanted.filter((each) => !existing.has(each.name) || leaving.includes(each));
  const outcomes = await Promise.allSettled(missing.map((each) => createBinding(workspace, each)));
  for (const [index, outcome] of outcomes.entries()) {
    const name = missing[index]?.name;
    if (outcome.status === 'fulfilled' && name !== undefined)
      printChange(output, 'created', workspace, API_BINDINGS, { name });
  }
  const failure = outcomes.find((outcome) => outcome.status === 'rejected');
  if (failure) throw failure.reason;
  const unbound = wanted.filter(
    (each) => missing.includes(each) || existing.get(each.name)?.status?.phase !== 'Bound',
  );
  const names = unbound.map(({ name }) => name);
  if (names.length > 0) await waitUntilServed(workspace, await waitUntilBound(workspace, names, output));
  return missing;
}

/** Waits until all named bindings are bound. @throws CommandFailure when that takes more than a minute */
async function waitUntilBound(
  workspace: KubeClient,
  names: readonly string[],
  output: Output,
): Promise<APIBinding[]> {
  const what = `APIBindings of ${workspace.workspaceName} to be bound`;
  const found = await watchUntil<APIBinding>(
    { client: workspace, resource: API_BINDINGS },
    { what, limitMs: BOUND_LIMIT_MS, output },
    (bindings) => {
      const name = names.find((each) => bindings.get(each)?.status?.phase !== 'Bound');
      return name === undefined ? undefined : `${name} ${reasonOf(bindings.get(name))}`;
    },
  );
  return names.flatMap((name) => found.get(name) ?? []);
}

/**
 * kcp serves the kinds of a binding a moment after it reports them as bound; until then requests for them fail.
 * @throws CommandFailure when that takes more than ten seconds
 */
async function waitUntilServed(workspace: KubeClient, bindings: readonly APIBinding[]): Promise<void> {
  const deadline = Date.now() + SERVED_LIMIT_MS;
  const waits = bindings.map(async ({ metadata, status }) => {
    const { group = '', resource = '', storageVersions } = status?.boundResources?.[0] ?? {};
    const version = storageVersions?.[0];
    if (version === undefined) return;
    const kind = { group, version, plural: resource, kind: '', namespaced: true };
    while (!(await isServed(workspace, kind))) {
      if (Date.now() > deadline)
        throw new CommandFailure(
          `${workspace.workspaceName} does not serve ${resource}.${group} yet, although ${metadata.name} is bound; run it again`,
        );
      await sleep(SERVED_PAUSE_MS);
    }
  });
  await Promise.all(waits);
}

async function isServed(workspace: KubeClient, kind: Resource): Promise<boolean> {
  try {
    await workspace.listPage(kind, { limit: 1, accept: METADATA_ONLY });
    return true;
  } catch (error) {
    if (isApiError(error, 404)) return false;
    // A user who may bind an API may lack the permission to read all of its kinds.
    if (isApiError(error, 403)) return true;
    throw error;
  }
}

/**
 * Waits until all named bindings are deleted; kcp deletes their objects first.
 * @throws CommandFailure with what blocks when that takes more than a minute
 */
export async function waitUntilDeleted(
  workspace: KubeClient,
  names: readonly string[],
  output: Output,
): Promise<void> {
  const wait = {
    what: `APIBindings of ${workspace.workspaceName} to be deleted`,
    limitMs: DELETION_LIMIT_MS,
    output,
  };
  await watchUntil<APIBinding>({ client: workspace, resource: API_BINDINGS }, wait, (bindings) => {
    const left = names
      .map((name) => bindings.get(name))
      .find((binding) => binding?.metadata.deletionTimestamp);
    return left && `${left.metadata.name} ${reasonOf(left)}`;
  });
}

async function createBinding(
  workspace: KubeClient,
  { name, path, exportName }: WantedBinding,
): Promise<void> {
  const deadline = Date.now() + EXPORT_SEEN_LIMIT_MS;
  for (;;) {
    try {
      const binding = newAPIBinding(name, path, exportName);
      await workspace.create(API_BINDINGS, binding, { fieldManager: FIELD_MANAGERS.cli });
      return;
    } catch (error) {
      if (isAlreadyExists(error)) return;
      if (!isApiError(error, 403) || Date.now() > deadline) throw error;
      await sleep(EXPORT_SEEN_PAUSE_MS);
    }
  }
}

function reasonOf(binding: APIBinding | undefined): string {
  if (!binding) return 'does not exist';
  const failing = binding.status?.conditions?.find(({ status, message }) => status === 'False' && message);
  if (failing) return `is not ready yet: ${failing.message}`;
  return binding.metadata.deletionTimestamp
    ? 'is being deleted'
    : `is in phase ${binding.status?.phase || 'unknown'}`;
}
