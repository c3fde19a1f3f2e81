/** Why a copy leaves the desired state: by a user's deletion, or because something no longer matches. */
import type { LocalObject, Source } from '../../keys.ts';

/** What a copy in a mailbox workspace says of how it came there. */
export interface CopyRecord {
  /** The uids of the EdgePlacements that led it there last; undefined when an older release has written it. */
  placedBy: readonly string[] | undefined;
  /** The uids of what defined the kinds of its sources then: CRDs and APIBindings; undefined as above. */
  definedBy: readonly string[] | undefined;
  /** Its user wants no removal without approval. */
  isProtected: boolean;
  /** It stays in the cluster anyway. */
  isOrphaned: boolean;
}

/**
 * What a workspace has of a source: `there` also when that is not known; `unserved` when its kind is not served any
 * more, or is about to be.
 */
type SourceState = 'there' | 'deleted' | 'unserved';

/** An EdgePlacement that led, or may have led, to a copy, and still exists. */
interface Candidate {
  uid: string;
  source: SourceState;
}

/** Why a copy leaves. */
export interface Cause {
  /**
   * The EdgePlacements whose brake decides: those that still exist, although the source, or its kind, no longer matches;
   * none when a user has asked for the removal.
   */
  placements: readonly string[];
  /** A user has asked for it, and for its protection before. */
  isProtected: boolean;
}

/** Where the cause is looked for, as functions so that tests need no server. */
export interface CauseDependencies {
  /** The workspace (its cluster) of an EdgePlacement that exists and is not being deleted. */
  findWorkspace(uid: string): string | undefined;
  /** All workspaces that hold EdgePlacements, with the uids of these. */
  listWorkspaces(): Iterable<{ cluster: string; placements: readonly string[] }>;
  getSource(cluster: string, local: LocalObject, definedBy: CopyRecord['definedBy']): CachedSource;
  /** Asks the server whether what defines a kind has been deleted, or is about to be. */
  isDefinerGone(definer: Definer): Promise<boolean>;
}

/** A CRD or APIBinding. */
export interface Definer {
  source: Source;
  uid: string;
}

/** What the caches say of a source; `definers` are the CRDs and APIBindings whose end would explain that it is gone. */
export type CachedSource =
  | { state: 'there' | 'unknown' | 'unserved' }
  | { state: 'deleted'; definers: readonly Definer[] };

/** @returns why a copy leaves that nobody wants any more */
export async function findCause(
  deps: CauseDependencies,
  local: LocalObject,
  record: CopyRecord,
): Promise<Cause> {
  if (record.isOrphaned) return { placements: [], isProtected: false };
  return decideCause(record, await gatherCandidates(deps, local, record));
}

/** Who is named is asked; if nobody is, all whose workspaces have such an object. */
async function gatherCandidates(
  deps: CauseDependencies,
  local: LocalObject,
  { placedBy, definedBy }: CopyRecord,
): Promise<Candidate[]> {
  if (placedBy) {
    const states = new Map<string, Promise<SourceState>>();
    const found = placedBy.flatMap((uid) => {
      const cluster = deps.findWorkspace(uid);
      if (cluster === undefined) return [];
      const source = states.get(cluster) ?? sourceState(deps, deps.getSource(cluster, local, definedBy));
      states.set(cluster, source);
      return [{ uid, source }];
    });
    return Promise.all(found.map(async ({ uid, source }) => ({ uid, source: await source })));
  }
  return [...deps.listWorkspaces()].flatMap(({ cluster, placements }) =>
    deps.getSource(cluster, local, undefined).state === 'there'
      ? placements.map((uid): Candidate => ({ uid, source: 'there' }))
      : [],
  );
}

/** The watch of a kind may show the end of its objects before the watch of its definition shows why. */
async function sourceState(deps: CauseDependencies, cached: CachedSource): Promise<SourceState> {
  if (cached.state === 'unknown') return 'there';
  if (cached.state !== 'deleted') return cached.state;
  const gone = await Promise.all(cached.definers.map((definer) => deps.isDefinerGone(definer)));
  return gone.includes(true) ? 'unserved' : 'deleted';
}

/** Decides from what is left of those who wanted a copy. */
function decideCause({ isProtected, isOrphaned }: CopyRecord, candidates: readonly Candidate[]): Cause {
  if (isOrphaned) return { placements: [], isProtected: false };
  const indirect = candidates.filter(({ source }) => source !== 'deleted');
  const asked = isProtected && indirect.length === 0 ? candidates : indirect;
  return { placements: asked.map(({ uid }) => uid), isProtected };
}
