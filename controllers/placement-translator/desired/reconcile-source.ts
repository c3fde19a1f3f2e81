/** Puts into the desired state where one object of a WMW is wanted. */
import type { KubeObject } from '@kubestellar/api';
import { keyOf, parseKey, type RequeueAfter } from '@kubestellar/kube';
import {
  type LocalObject,
  localObject,
  parseScopeKey,
  type ScopeKey,
  type Source,
  type SourceKey,
  type Want,
  type WatchedType,
} from '../keys.ts';
import type { Desired, WantsChange } from './desired-state.ts';
import type { Slices } from './slices.ts';

/** An object of a WMW, and what its wants have become. */
export interface SourceChange extends WantsChange {
  key: SourceKey;
  source: Source;
  /** The workspace (its cluster). */
  cluster: string;
  object: LocalObject;
}

/** What the reconcile reads and does, as functions so that tests need no server. */
export interface SourceDependencies {
  /**
   * Finds an object; `unlisted` while its type has not been listed, `unwatched` when nothing is known of it, since its
   * type is not watched, undefined when it is gone.
   */
  getObject(key: SourceKey): { type: WatchedType; object: KubeObject } | 'unlisted' | 'unwatched' | undefined;
  /** Works out where an object is wanted. */
  evaluate(type: WatchedType, object: KubeObject): ReadonlyMap<string, Want>;
  desired: Pick<Desired, 'set' | 'find'>;
  /** Notes what the customization of an object depends on. */
  followCustomization(type: WatchedType, object: KubeObject): void;
  /** The object is gone. */
  forgetCustomization(key: SourceKey): void;
  /** Told what may have to be made otherwise. */
  onChange(change: SourceChange): void;
}

/** How soon an object whose type has not been listed yet is looked at again (milliseconds). */
const UNLISTED = 500;

/** Evaluates one object as it is now. @returns when to look again, if that is not known */
export function reconcileSource(key: SourceKey, deps: SourceDependencies): RequeueAfter | undefined {
  const found = deps.getObject(key);
  if (found === 'unlisted') return { requeueAfter: UNLISTED };
  // Its workspace may not serve its kind at the moment: that withdraws nothing.
  if (found === 'unwatched') return undefined;
  const known = deps.desired.find(key);
  if (found) {
    const { type, object } = found;
    const source = { type, key: keyOf(object) };
    const wants = deps.evaluate(type, object);
    if (wants.size > 0 || known) set(key, source, localObject(type, object), wants, deps);
    deps.followCustomization(type, object);
    return undefined;
  }
  if (known) set(key, known.source, known.object, new Map(), deps);
  deps.forgetCustomization(key);
  return undefined;
}

/** What is evaluated in one go. */
export interface ScopeDependencies {
  /** The objects of a workspace, or of one of its Namespaces. */
  listSources(cluster: string, namespace: string | undefined): Iterable<SourceKey>;
  /** Evaluates one object, as it is then. */
  reconcile(source: SourceKey): unknown;
  slices: Pick<Slices, 'next'>;
}

/** Evaluates all objects of a workspace, or of one of its Namespaces; others have their turn meanwhile. */
export async function reconcileScope(scope: ScopeKey, deps: ScopeDependencies): Promise<void> {
  const { cluster, namespace } = parseScopeKey(scope);
  for (const source of [...deps.listSources(cluster, namespace)]) {
    await deps.slices.next();
    deps.reconcile(source);
  }
}

function set(
  key: SourceKey,
  source: Source,
  object: LocalObject,
  wants: ReadonlyMap<string, Want>,
  { desired, onChange }: SourceDependencies,
): void {
  const { cluster } = parseKey(source.key);
  onChange({ ...desired.set(source, cluster, object, wants), key, source, cluster, object });
}
