/** Decides which API each kind of a mailbox workspace is of; pure (docs/decisions/0002). */
import { groupIn } from '@kubestellar/rules';
import type { AllowedAPIs, AllowedExport } from './allowed.ts';

/** An API of which objects are wanted in a mailbox workspace, as their workspace serves it. */
export interface Candidate {
  /** As in keys.ts: '' is native to kcp, 'crd' a CustomResourceDefinition, all else the identity hash of an export. */
  identity: string;
  /** `plural.group` in that workspace. */
  groupResource: string;
  /** When its workspace has got it, RFC 3339; '' when that is not known. */
  since: string;
}

/** What a decision is made from; most kinds need no more than their name. */
export interface Situation {
  /** `plural.group` in the mailbox workspace. */
  groupResource: string;
  /** Whether kcp serves it everywhere. */
  isNative: boolean;
  candidates(): readonly Candidate[];
  /** The API of the tenants' that the mailbox workspace has under this name now. */
  present(): string | undefined;
}

/** What serves a kind in a mailbox workspace. */
type Provider =
  | { kind: 'native' }
  | { kind: 'binding'; to: AllowedExport }
  | { kind: 'definition'; of: string };

/** Of which API a kind of a mailbox workspace is. */
export interface Decision {
  /** Undefined when nobody wants objects of it, or only by APIs that may not have it. */
  provider: Provider | undefined;
  /** Whether the kind belongs to kcp, to Kubernetes, or to an approved export: then others stand no chance. */
  isReserved: boolean;
  /** Whether objects of an API are of the kind that the mailbox workspace has. */
  accepts(api: Pick<Candidate, 'identity' | 'groupResource'>): boolean;
}

/**
 * What is native, exported by `root:compute` or approved is nobody else's. Of other APIs of one name the one that is
 * there stays as long as somebody wants it; otherwise the one that a workspace has had for longest comes.
 */
export function decide(
  allowed: AllowedAPIs,
  { groupResource, isNative, candidates, present }: Situation,
): Decision {
  if (isNative || allowed.isReserved(groupIn(groupResource))) {
    const to = allowed.exportOf(groupResource);
    const binding = to && { kind: 'binding' as const, to };
    return {
      provider: isNative ? { kind: 'native' } : binding,
      isReserved: true,
      accepts: (api) => allowed.isGenuine(api.identity, api.groupResource),
    };
  }
  // What is native has no such name; a candidate that claims to be is none.
  const known = candidates().filter(({ identity }) => identity !== '');
  const there = present();
  const oldest = [...known].sort((a, b) => (rankOf(a) < rankOf(b) ? -1 : 1))[0];
  const chosen = known.some(({ identity }) => identity === there) ? there : oldest?.identity;
  return {
    provider: chosen === undefined ? undefined : { kind: 'definition', of: chosen },
    isReserved: false,
    accepts: ({ identity }) => identity === chosen,
  };
}

function rankOf({ since, identity }: Candidate): string {
  return `${since || '9'} ${identity}`;
}
