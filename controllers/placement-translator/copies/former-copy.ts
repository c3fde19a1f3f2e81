/** What becomes of the copy of an object that was deleted and made anew (docs/decisions/0015, 0016); pure. */
import { DEFINED_BY, DELETION_POLICY, type KubeObject, ORIGIN, PROTECT } from '@kubestellar/api';
import { isReplaced, parseMark, type SourceId } from '@kubestellar/rules';
import { isProjected } from './projection.ts';

/** Delete the former copy first, or write the copy with a mark that names these sources. */
export type SourcesDecision =
  | { do: 'replace'; former: KubeObject }
  | { do: 'write'; sources: readonly SourceId[] };

/**
 * A copy ends with the object that it was made of, unless no user has asked for that end, or a user wants no object to be
 * deleted with it. Then it is updated in place, and its mark names no source from then on: so the syncer keeps the
 * object, too, whichever marks it sees of this copy.
 * @param cached what is there, if it is known
 * @param copy what it is to become
 * @param sources what that is made of
 */
export function decideSources(
  cached: KubeObject | undefined,
  copy: KubeObject,
  sources: readonly SourceId[],
): SourcesDecision {
  const mark = cached && isProjected(cached) && parseMark(cached.metadata.annotations?.[ORIGIN] ?? '');
  if (!mark) return { do: 'write', sources };
  if (mark.sources.length === 0) return { do: 'write', sources: [] };
  if (!isReplaced(mark.sources, sources)) return { do: 'write', sources };
  return mayEnd(cached, copy) ? { do: 'replace', former: cached } : { do: 'write', sources: [] };
}

function mayEnd({ metadata: { annotations: former = {} } }: KubeObject, { metadata }: KubeObject): boolean {
  if (former[PROTECT] === 'true' || former[DELETION_POLICY] === 'Orphan') return false;
  // All objects of a kind end with its definition, of which a user may have deleted nothing else.
  return former[DEFINED_BY] === undefined || former[DEFINED_BY] === metadata.annotations?.[DEFINED_BY];
}
