import { type KubeObject, PROJECTED, PROJECTED_VALUE, UPSYNCED } from '@kubestellar/api';
import { carriesOwnIdentity } from '@kubestellar/rules';

/**
 * Whether an object of the mailbox workspace is a copy of one in the WEC (docs/rules.md, syncer 5). One that the
 * placement-translator has taken over since (semantics 6.2) is not: of two ways for one object the way down counts,
 * or both would write it in turn for ever.
 */
export function cameUp(object: KubeObject): boolean {
  return carriesOwnIdentity(object, UPSYNCED) && object.metadata.labels?.[PROJECTED] !== PROJECTED_VALUE;
}
