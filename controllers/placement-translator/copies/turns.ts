/** Which copies share their turns, so that no workspace delays the changes of others; pure. */
import { parseKey } from '@kubestellar/kube';
import { type CopyKey, parseCopyKey, parseObjectKey, type Want } from '../keys.ts';

/** Who wants which copies. */
export interface Wants {
  in(mailbox: string, object: ReturnType<typeof parseObjectKey>): readonly Want[];
}

/**
 * Thousands of copies for one cluster must not delay one for another, nor those of one workspace one of another there.
 * Of a copy that nobody wants any more its workspace is not known: its Namespace stands for it.
 * @returns the flow of a copy: its cluster and the workspaces of its sources
 */
export function turnOf(desired: Wants, key: CopyKey): string {
  const { mailbox, object } = parseCopyKey(key);
  const local = parseObjectKey(object);
  const workspaces = desired.in(mailbox, local).map(({ source }) => parseKey(source.key).cluster);
  if (workspaces.length === 0) return `${mailbox}//${local.namespace}`;
  return `${mailbox}/${[...new Set(workspaces)].sort().join('+')}`;
}
