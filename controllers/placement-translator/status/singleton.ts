/** Returns reported state to a WMW object for which singleton state is wanted (docs/rules.md, semantics 9). */
import { EXECUTING_COUNT, groupResourceOf, type KubeObject } from '@kubestellar/api';
import { isEqualJson } from '@kubestellar/kube';
import type { SourceKey, Want, WatchedType } from '../keys.ts';

/** Their reported state is each server's own (docs/rules.md, semantics 9). */
const NEVER_RETURNED = new Set(['customresourcedefinitions.apiextensions.k8s.io', 'namespaces']);

/** A WMW object, as the cache has it. */
export interface CachedSource {
  type: WatchedType;
  object: KubeObject;
}

/** What the reconcile reads and does, as functions so that tests need no server. */
export interface SingletonDependencies {
  getSource(source: SourceKey): CachedSource | undefined;
  /** Where it is wanted, by mailbox. */
  getWants(source: SourceKey): ReadonlyMap<string, Want>;
  /** Both in full; undefined when there is no copy of it, of its API and made by us, in the mailbox workspace. */
  readPair(
    source: CachedSource,
    mailbox: string,
  ): Promise<{ source: KubeObject | undefined; copy: KubeObject | undefined } | undefined>;
  writeCount(source: CachedSource, count: string): Promise<void>;
  writeStatus(type: WatchedType, source: KubeObject, status: unknown): Promise<void>;
}

/** What is to be returned to an object. */
export interface Return {
  /** The number of its destinations, where the object does not say so yet. */
  count?: string;
  /** The mailbox whose copy has the status. */
  from?: string;
}

/** Reports the number of its destinations, and with exactly one copies the mailbox copy's status. */
export async function returnState(id: SourceKey, deps: SingletonDependencies): Promise<void> {
  const source = deps.getSource(id);
  if (!source) return;
  const { count, from } = decideReturn(source, deps.getWants(id));
  if (count !== undefined) await deps.writeCount(source, count);
  if (from === undefined) return;
  const pair = await deps.readPair(source, from);
  if (!pair?.source || !pair.copy?.status || isEqualJson(pair.copy.status, pair.source.status)) return;
  await deps.writeStatus(source.type, pair.source, pair.copy.status);
}

/** Decides what is to be returned: nothing to an object for which nobody asks for that. */
export function decideReturn({ type, object }: CachedSource, wants: ReadonlyMap<string, Want>): Return {
  const all = [...wants];
  if (!all.some(([, { wantReturn }]) => wantReturn)) return {};
  const count = all.reduce((sum, [, { destinations }]) => sum + destinations.length, 0);
  const told = object.metadata.annotations?.[EXECUTING_COUNT];
  const [from] = all.find(([, { destinations }]) => destinations.length > 0) ?? [];
  const isReturned = count === 1 && !NEVER_RETURNED.has(groupResourceOf(type.resource));
  return {
    ...(count > 0 && told !== String(count) ? { count: String(count) } : {}),
    ...(isReturned && from !== undefined ? { from } : {}),
  };
}
