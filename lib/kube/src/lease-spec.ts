/** What a Lease may say to be believed; pure. Whoever has a client's credentials can write anything into it. */
import type { LeaseSpec } from '@kubestellar/api';

/** How many times as long as our own a Lease may be valid: longer ones may be of a later release. */
const MAX_FACTOR = 3;
/** How far ahead of our clock a renewal may be: clocks are wrong, by a time zone, but not by more than a day. */
const MAX_AHEAD_MS = 24 * 60 * 60 * 1000;
const MAX_INT32 = 2 ** 31 - 1;

/**
 * @param ownSeconds for how long the Leases are valid that our programs write
 * @param now by our own clock (milliseconds)
 * @returns what is wrong with a Lease that somebody holds; undefined when nothing is, or nobody holds it
 */
export function leaseProblem(
  { holderIdentity = '', leaseDurationSeconds: seconds, renewTime }: LeaseSpec,
  ownSeconds: number,
  now: number,
): string | undefined {
  if (holderIdentity === '') return undefined;
  if (seconds === undefined) return 'it has no leaseDurationSeconds';
  const most = ownSeconds * MAX_FACTOR;
  if (!(seconds > 0 && seconds <= most))
    return `its leaseDurationSeconds is ${seconds}, and not within 1 to ${most}`;
  if (renewTime === undefined) return 'it has no renewTime';
  const renewed = Date.parse(renewTime);
  if (!Number.isFinite(renewed)) return `its renewTime "${renewTime}" is no time`;
  if (renewed - now > MAX_AHEAD_MS) return `its renewTime ${renewTime} is more than a day ahead`;
  return undefined;
}

/** @returns the number of transitions after one more; a number that no server takes begins anew */
export function nextTransition(transitions = 0): number {
  return Number.isInteger(transitions) && transitions >= 0 && transitions < MAX_INT32 ? transitions + 1 : 1;
}
