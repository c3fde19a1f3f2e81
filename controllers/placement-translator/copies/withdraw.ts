/** Takes copies that nobody wants any more out of a mailbox workspace. */
import { CREATED_FIELDS, FIELD_MANAGERS, type KubeObject, type Resource } from '@kubestellar/api';
import type { Mailbox } from '../cache/mailboxes.ts';
import type { Removability } from '../desired/brake/brake.ts';
import type { Unproven } from '../desired/proof.ts';
import type { LocalObject } from '../keys.ts';
import { isProjected } from './projection.ts';

const FIELD_MANAGER = FIELD_MANAGERS.placementTranslator;
const NAMESPACES = 'namespaces';

/** An object of a mailbox workspace, as a watch has it. */
export interface CachedCopy {
  resource: Resource;
  copy: KubeObject;
}

/** The Namespaces of one name in the workspaces whose EdgePlacements lead to a mailbox workspace. */
export interface SourceNamespaces {
  workspaces: number;
  /** Some workspace has it, and does not delete it. */
  isThere: boolean;
}

/** What the withdrawal reads and does, as functions so that tests need no server. */
export interface WithdrawDependencies {
  /** What the watches have of an object in a mailbox workspace, under whatever identity of its kind. */
  listCopies(mailbox: Mailbox, local: LocalObject): readonly CachedCopy[];
  /** Whether it may leave the mailbox workspace. */
  mayRemove(mailbox: string, local: LocalObject): Promise<Removability>;
  getSourceNamespaces(mailbox: string, name: string): SourceNamespaces;
  /** Deletes exactly this copy. */
  deleteCopy(mailbox: Mailbox, copy: CachedCopy): Promise<void>;
}

/**
 * Deletes the copies of an object that is wanted no more, if that is proven.
 * @returns why one stays, if only for want of proof
 */
export async function withdraw(
  mailbox: Mailbox,
  local: LocalObject,
  deps: WithdrawDependencies,
): Promise<'done' | Unproven> {
  for (const found of deps.listCopies(mailbox, local)) {
    const { copy } = found;
    if (!isOurs(copy)) continue;
    const answer = await deps.mayRemove(mailbox.name, local);
    // Whoever permits what is pending brings us back.
    if (!answer.isProven) return 'isPending' in answer ? 'done' : answer;
    if (local.groupResource === NAMESPACES) {
      const namespaces = deps.getSourceNamespaces(mailbox.name, copy.metadata.name);
      if (!mayNamespaceGo(copy, namespaces)) return { isProven: false, outdated: [] };
    }
    // Before each deletion anew: the SyncTarget may have gone, and what it was a destination of with it.
    if (await mailbox.isOrphan()) return 'done';
    await deps.deleteCopy(mailbox, found);
  }
  return 'done';
}

/** Whether an object of a mailbox workspace is a copy that may be deleted. */
function isOurs(copy: KubeObject): boolean {
  return isProjected(copy) && !copy.metadata.deletionTimestamp;
}

/**
 * Namespaces outlive their being wanted, others may rely on them; only the end of the source Namespace,
 * in all workspaces that lead here, ends a copy that was made of it (docs/rules.md, semantics 6.3).
 */
export function mayNamespaceGo({ metadata }: KubeObject, { workspaces, isThere }: SourceNamespaces): boolean {
  const wasProjected =
    metadata.annotations?.[CREATED_FIELDS] !== undefined ||
    metadata.managedFields?.some(
      ({ manager, operation }) => manager === FIELD_MANAGER && operation === 'Apply',
    ) === true;
  return wasProjected && workspaces > 0 && !isThere;
}
