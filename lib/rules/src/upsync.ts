/** Which kinds may be upsynced, and how much an EdgePlacement may ask for; pure. */

import type { KubeObject, UpsyncSet } from '@kubestellar/api';
import { DENATURED_GROUPS, EDGE_GROUP, naturalGroupOf, SYNCER_PREFIX, twinOf } from '@kubestellar/api';
import { isSystemObject } from './eligibility.ts';

/*
 * A resource that may be upsynced can be written by the syncers of a mailbox workspace, and any tenant who places
 * objects on a cluster can ask for it. So nothing may be upsynced that acts in a workspace: that grants rights, judges
 * or limits the writes of others, defines kinds, or is machinery of the core. All else is data there. What a syncer
 * could do wrong with it ends at its own mailbox workspace: the placement-translator restores the copies of others'
 * objects there, and their only reader is the cluster whose administrator the syncer is anyway. Secrets may be
 * upsynced, except those that hold tokens (isNeverUpsynced): the accounts of a mailbox workspace that have any rights
 * are the syncers of that one cluster, so a token Secret that one makes gives it nothing that it lacks.
 */

const GRANTS = 'they grant rights in the mailbox workspace';
const JUDGES = 'they judge the writes of others in the mailbox workspace';
const LIMITS = 'they limit the writes of others in the mailbox workspace';
const MACHINERY = 'they are machinery of the core';
const QUESTIONS = 'they are questions to one server, or tokens of it, and no objects that it keeps';

const GROUPS_NEVER_UPSYNCED: ReadonlyMap<string, string> = new Map([
  ['rbac.authorization.k8s.io', GRANTS],
  ['admissionregistration.k8s.io', JUDGES],
  // They would define kinds for everybody whose objects pass the mailbox workspace; upstream left them out, too.
  ['apiextensions.k8s.io', 'they define kinds in the mailbox workspace'],
  ['authentication.k8s.io', QUESTIONS],
  ['authorization.k8s.io', QUESTIONS],
  // The syncer's own Lease, by which the core judges whether it works, is among them.
  ['coordination.k8s.io', 'they are locks among the processes of one cluster'],
  [EDGE_GROUP, 'they tell KubeStellar its work'],
]);

const RESOURCES_NEVER_UPSYNCED: ReadonlyMap<string, string> = new Map([
  // A syncer that could make accounts would keep access after its own was taken away.
  ['serviceaccounts', 'they are identities in the mailbox workspace'],
  ['resourcequotas', LIMITS],
  ['bindings', 'they are orders to the scheduler of one cluster'],
  ['componentstatuses', 'they are reports of one server on itself, which it does not keep'],
  ['certificatesigningrequests.certificates.k8s.io', 'they are requests to the signers of one server'],
]);

const KCP_GROUPS = '.kcp.io';
const DENATURED = '.denatured';

/** All that is never upsynced, `<plural>.<group>` or `*.<group>`, and why; docs/kinds.md lists the same. */
export const NEVER_UPSYNCED: ReadonlyMap<string, string> = new Map([
  ...[...GROUPS_NEVER_UPSYNCED].map(([group, reason]): [string, string] => [`*.${group}`, reason]),
  [`*${KCP_GROUPS}`, MACHINERY],
  [`*${DENATURED}`, MACHINERY],
  ...RESOURCES_NEVER_UPSYNCED,
]);

/** Stands for all resources of a group, in the `resources` of a set; nowhere else in a right. */
const ALL = '*';
/** As the names of APIs are written: RFC 1123 for groups, RFC 1035 for plurals. */
const GROUP = /^(?=.{1,253}$)[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const PLURAL = /^[a-z]([-a-z0-9]{0,61}[a-z0-9])?$/;

/** @returns why objects of a resource are never upsynced, for who asks for them; undefined when they may be */
export function whyNotUpsynced(group: string, plural: string): string | undefined {
  return whyNotGroup(group) ?? whyNotPlural(group, plural);
}

function whyNotGroup(group: string): string | undefined {
  if (group === '') return undefined;
  if (group === 'core') return '"core" is no API group; the core group is ""';
  if (group === ALL) return 'a set names one API group; "*" is none';
  if (!GROUP.test(group))
    return `${quoted(group)} is no API group${group.includes('/') ? '; leave out the version' : ''}`;
  const reason =
    GROUPS_NEVER_UPSYNCED.get(group) ??
    (isOf(group, KCP_GROUPS) || isOf(group, DENATURED) ? MACHINERY : undefined);
  return reason && `objects of ${group} are never upsynced: ${reason}`;
}

function whyNotPlural(group: string, plural: string): string | undefined {
  if (plural.includes('/')) return `${quoted(plural)} is a subresource, and these are never upsynced`;
  if (!PLURAL.test(plural)) return `${quoted(plural)} is no resource; write its lower-case plural`;
  const name = group === '' ? plural : `${plural}.${group}`;
  const reason = RESOURCES_NEVER_UPSYNCED.get(name) ?? (isDenatured(group, plural) ? MACHINERY : undefined);
  return reason && `${name} are never upsynced: ${reason}`;
}

/** Whatever will be denatured some day acts in workspaces, so it is not upsynced either. */
function isDenatured(group: string, plural: string): boolean {
  const resource = { group, plural };
  return DENATURED_GROUPS.includes(group) || twinOf(resource) !== resource || naturalGroupOf(group) !== group;
}

function isOf(group: string, suffix: string): boolean {
  return group.endsWith(suffix) || group === suffix.slice(1);
}

/** So many sets of an EdgePlacement are honoured, and so many bytes of JSON. */
export const UPSYNC_LIMITS = { sets: 100, bytes: 64 * 1024 } as const;

/** What of the upsync sets of an EdgePlacement is honoured, and what is not. */
export interface CheckedUpsync {
  /** As they were written, without the resources that are refused; sets of which nothing is left are left out. */
  readonly sets: readonly UpsyncSet[];
  /** One sentence for each thing that is refused. */
  readonly problems: readonly string[];
}

/** Checks the upsync sets of one EdgePlacement. */
export function checkUpsync(sets: readonly UpsyncSet[] = []): CheckedUpsync {
  const accepted: UpsyncSet[] = [];
  const problems: string[] = [];
  let bytes = 0;
  for (const [index, set] of sets.entries()) {
    if (index >= UPSYNC_LIMITS.sets) {
      problems.push(
        `upsync[${index}]: an EdgePlacement has at most ${UPSYNC_LIMITS.sets} upsync sets; this and all further ones are ignored`,
      );
      break;
    }
    const size = Buffer.byteLength(JSON.stringify(set));
    if (bytes + size > UPSYNC_LIMITS.bytes) {
      problems.push(
        `upsync[${index}]: the upsync sets of an EdgePlacement have at most ${UPSYNC_LIMITS.bytes} bytes together; this one is ignored`,
      );
      continue;
    }
    bytes += size;
    const checked = checkSet(set);
    problems.push(...checked.problems.map((problem) => `upsync[${index}]: ${problem}`));
    if (checked.set) accepted.push(checked.set);
  }
  return { sets: accepted, problems: [...new Set(problems)] };
}

function checkSet(set: UpsyncSet): { set?: UpsyncSet; problems: string[] } {
  const { apiGroup = '', resources } = set;
  const refusedGroup = whyNotGroup(apiGroup);
  if (refusedGroup) return { problems: [refusedGroup] };
  const problems: string[] = [];
  const left = resources.filter((plural) => {
    const reason = plural === ALL ? undefined : whyNotPlural(apiGroup, plural);
    if (reason) problems.push(reason);
    return !reason;
  });
  if (problems.length === 0) return { set, problems };
  return left.length > 0 ? { set: { ...set, resources: left }, problems } : { problems };
}

/**
 * Whether an object stays in its cluster although its kind may be upsynced. Each server makes and deletes some objects
 * as it likes: copies of them, tokens above all, would be fought about for ever. And what a syncer is installed with
 * holds its credentials.
 */
export function isNeverUpsynced(object: KubeObject): boolean {
  return isSystemObject(object) || (object.metadata.namespace ?? '').startsWith(SYNCER_PREFIX);
}

/** @returns what of `served` the sets ask for by name or by `*`, without what is never upsynced */
export function upsyncedOf<T extends { readonly group: string; readonly plural: string }>(
  sets: readonly UpsyncSet[],
  served: readonly T[],
): T[] {
  const asked = new Map<string, Set<string>>();
  for (const { apiGroup = '', resources } of sets) {
    const plurals = asked.get(apiGroup) ?? new Set<string>();
    for (const plural of resources) plurals.add(plural);
    asked.set(apiGroup, plurals);
  }
  return served.filter(({ group, plural }) => {
    const plurals = asked.get(group);
    return (plurals?.has(plural) || plurals?.has(ALL)) && whyNotUpsynced(group, plural) === undefined;
  });
}

/** Longest part of what a tenant wrote that a message repeats. */
const MAX_QUOTED = 63;

/** Repeats what a tenant wrote, in printable ASCII and not at any length. */
function quoted(text: string): string {
  const characters = [...text.slice(0, MAX_QUOTED * 2)];
  const end = characters.length > MAX_QUOTED || text.length > MAX_QUOTED * 2 ? '…' : '';
  const spelled = characters
    .slice(0, MAX_QUOTED)
    .map((each) => (/^[ !#-[\]-~]$/.test(each) ? each : `\\u{${each.codePointAt(0)?.toString(16)}}`));
  return `"${spelled.join('')}${end}"`;
}
