import type { PolicyRule, Resource } from '@kubestellar/api';
import { upsyncedOf, whyNotUpsynced } from '@kubestellar/rules';

/** Server-side apply creates by `create` and `patch`. Reading, and writing status, every syncer may anyway. */
const VERBS = ['create', 'patch', 'delete'];
/** A copy that no set asks for any more is deleted with its original, and not changed before. */
const ORPHAN_VERBS = ['delete'];
/** The syncer creates the Namespaces of what it upsyncs, and does nothing else to them unless a set names them. */
const NAMESPACE_VERBS = ['create'];
/** How a status is written that is no subresource. */
const STATUS_VERBS = ['patch'];

type Named = Pick<Resource, 'group' | 'plural'>;

/**
 * What the syncers of a mailbox workspace may write.
 * @param upsynced what sets ask for: concrete resources that the workspace serves
 * @param orphaned what no set asks for any more and still has upsynced copies
 * @param reported kinds of which the syncer writes the status into the object itself
 * @returns one rule for each API group, in byte order, for each of the three; empty when nothing is to be written
 */
export function upsyncRules(
  upsynced: readonly Named[],
  orphaned: readonly Named[],
  reported: readonly Named[],
): PolicyRule[] {
  const rules = rulesFor(upsynced, VERBS);
  if (rules.length > 0)
    rules.push({ apiGroups: [''], resources: ['namespaces'], verbs: [...NAMESPACE_VERBS] });
  return [...rules, ...rulesFor(orphaned, ORPHAN_VERBS), ...rulesFor(reported, STATUS_VERBS)];
}

/**
 * The inverse, for what a role permits already; a role of an older release may hold wildcards and subresources.
 * @param served what the mailbox workspace serves
 * @param right whether to write, which sets ask for, or at least to delete, which orphaned copies need
 * @returns those of the served resources that may be upsynced and for which the rules give that right
 */
export function permittedBy<T extends Named>(
  rules: readonly PolicyRule[],
  served: readonly T[],
  right: 'write' | 'delete',
): T[] {
  const isOurs = rules.some(
    ({ verbs, resources = [] }) =>
      (isOnly('create', verbs) && resources.length === 1) || isOnly('delete', verbs),
  );
  const needed = right === 'write' ? VERBS : ORPHAN_VERBS;
  const named = rules
    .filter(({ verbs }) => needed.every((verb) => verbs.includes(verb)))
    .flatMap(({ apiGroups = [], resources = [] }) =>
      // Older releases permitted all of it for Namespaces, whether a set named them or not.
      apiGroups.map((apiGroup) => ({
        apiGroup,
        resources: resources.filter(
          (plural) => plural !== '*' && (isOurs || apiGroup !== '' || plural !== 'namespaces'),
        ),
      })),
    );
  return upsyncedOf(named, served);
}

/** Whether a kind's status may be written as part of its objects: not where that would be more than data. */
export function mayBeReportedWithin({ group, plural }: Named, isDenatured: boolean): boolean {
  return isDenatured || whyNotUpsynced(group, plural) === undefined;
}

function isOnly(verb: string, verbs: readonly string[]): boolean {
  return verbs.length === 1 && verbs[0] === verb;
}

function rulesFor(resources: readonly Named[], verbs: readonly string[]): PolicyRule[] {
  const byGroup = new Map<string, Set<string>>();
  for (const { group, plural } of resources) {
    const permitted = byGroup.get(group) ?? new Set<string>();
    byGroup.set(group, permitted.add(plural));
  }
  return [...byGroup]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([group, plurals]) => ({
      apiGroups: [group],
      resources: [...plurals].sort(),
      verbs: [...verbs],
    }));
}
