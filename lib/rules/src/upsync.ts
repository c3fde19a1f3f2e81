/** Which kinds may be upsynced, and how much an EdgePlacement may request; pure. */

import type { KubeObject, UpsyncSet } from '@kubestellar/api';
import {
  DENATURED_GROUPS,
  denaturedResource,
  EDGE_GROUP,
  nativeGroup,
  SYNCER_PREFIX,
} from '@kubestellar/api';
import { isSystemObject } from './eligibility.ts';

/*
 * A resource that may be upsynced can be written by the syncers of a mailbox workspace, and any tenant who places
 * objects on a cluster can request it. So nothing may be upsynced that acts in a workspace: that grants rights, admits
 * or limits the writes of others, defines kinds, or is machinery of the core. All else is data there. What a syncer
 * could do wrong with it ends at its own mailbox workspace: the placement-translator restores the copies of others'
 * objects there, and their only reader is the cluster whose administrator the syncer is anyway. Secrets may be
 * upsynced, except those that hold tokens (isNeverUpsynced): the accounts of a mailbox workspace that have any rights
 * are the syncers of that one cluster, so a token Secret that one makes gives it nothing that it lacks.
 */

const GRANTS = 'they grant rights in the mailbox workspace';
const ADMITS = 'they admit or refuse the writes of others in the mailbox workspace';
const LIMITS = 'they limit the writes of others in the mailbox workspace';
const MACHINERY = 'they are machinery of the core';
const REQUESTS = 'they are requests to one server, or its tokens, and no objects that it stores';

const GROUPS_NEVER_UPSYNCED: ReadonlyMap<string, string> = new Map([
  ['rbac.authorization.k8s.io', GRANTS],
  ['admissionregistration.k8s.io', ADMITS],
  // They would define kinds for all tenants with objects in the mailbox workspace.
  ['apiextensions.k8s.io', 'they define kinds in the mailbox workspace'],
  ['authentication.k8s.io', REQUESTS],
  ['authorization.k8s.io', REQUESTS],
  // The syncer's own Lease, by which the core sees whether it is active, is among them.
  ['coordination.k8s.io', 'they are locks among the processes of one cluster'],
  [EDGE_GROUP, 'they configure KubeStellar'],
]);

const RESOURCES_NEVER_UPSYNCED: ReadonlyMap<string, string> = new Map([
  // A syncer that could create accounts would keep access after its own was removed.
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

/** Represents all resources of a group, in the `resources` of a set; nowhere else in a permission. */
const ALL = '*';
/** As the names of APIs are written: RFC 1123 for groups, RFC 1035 for plurals. */
const GROUP = /^(?=.{1,253}$)[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const PLURAL = /^[a-z]([-a-z0-9]{0,61}[a-z0-9])?$/;

/** @returns why objects of a resource are never upsynced, for their user; undefined when they may be */
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

/** Kinds that will be denatured later act in workspaces, so they are not upsynced either. */
function isDenatured(group: string, plural: string): boolean {
  const resource = { group, plural };
  return (
    DENATURED_GROUPS.includes(group) ||
    denaturedResource(resource) !== resource ||
    nativeGroup(group) !== group
  );
}

function isOf(group: string, suffix: string): boolean {
  return group.endsWith(suffix) || group === suffix.slice(1);
}

/** Limits of the sets of an EdgePlacement: their number, and their bytes of JSON. */
export const UPSYNC_LIMITS = { sets: 100, bytes: 64 * 1024 } as const;

/** The allowed part of the upsync sets of an EdgePlacement, and the problems of the rest. */
export interface CheckedUpsync {
  /** As written, without the refused resources; empty sets are left out. */
  readonly sets: readonly UpsyncSet[];
  /** One sentence for each refused item. */
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
 * Whether an object stays in its cluster although its kind may be upsynced. Each server creates and deletes some objects
 * itself: copies of them, tokens above all, would be changed for ever. The objects of a syncer's installation
 * contain its credentials.
 */
export function isNeverUpsynced(object: KubeObject): boolean {
  return isSystemObject(object) || (object.metadata.namespace ?? '').startsWith(SYNCER_PREFIX);
}

/** @returns the kinds of `served` that the sets name, or include by `*`, without those that are never upsynced */
export function upsyncedOf<T extends { readonly group: string; readonly plural: string }>(
  sets: readonly UpsyncSet[],
  served: readonly T[],
): T[] {
  const requested = new Map<string, Set<string>>();
  for (const { apiGroup = '', resources } of sets) {
    const plurals = requested.get(apiGroup) ?? new Set<string>();
    for (const plural of resources) plurals.add(plural);
    requested.set(apiGroup, plurals);
  }
  return served.filter(({ group, plural }) => {
    const plurals = requested.get(group);
    return (plurals?.has(plural) || plurals?.has(ALL)) && whyNotUpsynced(group, plural) === undefined;
  });
}

/** Longest part of a tenant's text that a message repeats. */
const MAX_QUOTED = 63;

/** Repeats a tenant's text, in printable ASCII and limited length. */
function quoted(text: string): string {
  const characters = [...text.slice(0, MAX_QUOTED * 2)];
  const end = characters.length > MAX_QUOTED || text.length > MAX_QUOTED * 2 ? '…' : '';
  const spelled = characters
    .slice(0, MAX_QUOTED)
    .map((each) => (/^[ !#-[\]-~]$/.test(each) ? each : `\\u{${each.codePointAt(0)?.toString(16)}}`));
  return `"${spelled.join('')}${end}"`;
}
