import type { PolicyRule, Resource } from '@kubestellar/api';
import { upsyncedOf, whyNotUpsynced } from '@kubestellar/rules';

/** Server-side apply creates by `create` and `patch`. Reading, and writing status, every syncer may anyway. */
const VERBS = ['create', 'patch', 'delete'];
/** The syncer creates the Namespaces of what it upsyncs, and does nothing else to them unless a set names them. */
const NAMESPACE_VERBS = ['create'];
/** How a status is written that is no subresource. */
const STATUS_VERBS = ['patch'];

type Named = Pick<Resource, 'group' | 'plural'>;

/**
 * What the syncers of a mailbox workspace may write.
 * @param upsynced what sets ask for, and what has copies that came up: concrete resources that the workspace serves
 * @param reported kinds of which the syncer writes the status into the object itself
 * @returns one rule for each API group, in byte order, for each of the two; empty when nothing is to be written
 */
export function upsyncRules(upsynced: readonly Named[], reported: readonly Named[]): PolicyRule[] {
  const rules = rulesFor(upsynced, VERBS);
  if (rules.length > 0)
    rules.push({ apiGroups: [''], resources: ['namespaces'], verbs: [...NAMESPACE_VERBS] });
  return [...rules, ...rulesFor(reported, STATUS_VERBS)];
}

/**
 * The inverse, for what a role permits already; a role of an older release may hold wildcards and subresources.
 * @param served what the mailbox workspace serves
 * @returns those of the served resources that may be upsynced and that the rules name
 */
export function permittedBy<T extends Named>(rules: readonly PolicyRule[], served: readonly T[]): T[] {
  const isOurs = rules.some(({ verbs, resources = [] }) => isCreateOnly(verbs) && resources.length === 1);
  const named = rules
    .filter(({ verbs }) => VERBS.every((verb) => verbs.includes(verb)))
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

function isCreateOnly(verbs: readonly string[]): boolean {
  return verbs.length === 1 && verbs[0] === 'create';
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
