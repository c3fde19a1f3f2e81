/** Whether something is certainly wanted no more. Only then may it be taken away; nothing here writes. */
import type { KubeObject } from '@kubestellar/api';
import { keyOf } from '@kubestellar/kube';
import type { ResolvedPlacement } from '../cache/placements.ts';
import { type LocalObject, type Source, sourceNameOf, sourceResourcesOf, type WatchedType } from '../keys.ts';
import { mayConcern } from './selection.ts';

/** Where proof is looked for, as functions so that tests need no server. */
export interface ProofDependencies {
  /** Whether all EdgePlacements, and what each workspace serves, are known. */
  isComplete(): boolean;
  /** The workspaces that hold an EdgePlacement. */
  listWorkspaces(): Iterable<string>;
  getPlacements(cluster: string): readonly Pick<ResolvedPlacement, 'placement'>[];
  /** How a workspace serves a resource (`plural.group`). */
  getType(cluster: string, groupResource: string): WatchedType | undefined;
  /** Finds an object of a workspace; `unlisted` as long as its type has not been listed. */
  getObject(
    type: WatchedType,
    key: { cluster: string; namespace: string; name: string },
  ): KubeObject | 'unlisted' | undefined;
  /** What becomes of a source that is there, as to one mailbox workspace. */
  judge(type: WatchedType, object: KubeObject, mailbox: string): Judgement;
  /** Whether the desired state has an object in a mailbox workspace, from whatever source. */
  isDesired(mailbox: string, local: LocalObject): boolean;
}

/** What EdgePlacements say of a source as it is now. */
export interface Judgement {
  /** Some of them select it, and it is not known whether they lead to the mailbox workspace. */
  isUnresolved: boolean;
  /** Some of them lead it there. */
  isWanted: boolean;
}

/** What one workspace that could hold a source has of it. */
export type Finding =
  /** Its type is not listed yet. */
  { kind: 'unlisted'; mayBeSelected: boolean } | ({ kind: 'source'; source: Source } & Judgement);

/** All that counts for one object of one mailbox workspace. */
export interface Evidence {
  isComplete: boolean;
  /** As the desired state has it, which may be behind. */
  isDesired: boolean;
  findings: readonly Finding[];
}

/** The answer of a reconcile by which something stays, for want of proof that nobody wants it. */
export interface Unproven {
  isProven: false;
  /** Sources that are wanted there, which the desired state does not know yet: they are to be evaluated. */
  outdated: readonly Source[];
}

export type Proof = { isProven: true } | Unproven;

/** Looks at every workspace that could hold a source of an object. */
function gatherEvidence(deps: ProofDependencies, mailbox: string, local: LocalObject): Evidence {
  const isComplete = deps.isComplete();
  const isDesired = deps.isDesired(mailbox, local);
  if (!isComplete) return { isComplete, isDesired, findings: [] };
  const resources = sourceResourcesOf(local.groupResource);
  const findings = [...deps.listWorkspaces()].flatMap((cluster) =>
    resources.flatMap((resource): Finding[] => {
      const type = deps.getType(cluster, resource);
      if (!type) return [];
      const name = sourceNameOf(type, local);
      const object = deps.getObject(type, { cluster, namespace: local.namespace, name });
      if (object === 'unlisted') {
        // A type that no EdgePlacement of the workspace names is not watched for it, and need not be.
        const mayBeSelected = deps
          .getPlacements(cluster)
          .some(({ placement }) => mayConcern(placement.spec, type.resource));
        return [{ kind: 'unlisted', mayBeSelected }];
      }
      if (!object) return [];
      return [{ kind: 'source', source: { type, key: keyOf(object) }, ...deps.judge(type, object, mailbox) }];
    }),
  );
  return { isComplete, isDesired, findings };
}

/**
 * Decides whether it is certain that nobody wants an object in a mailbox workspace. Nothing unknown stands for
 * "unwanted".
 */
export function decideProof({ isComplete, isDesired, findings }: Evidence): Proof {
  if (!isComplete) return { isProven: false, outdated: [] };
  const sources = findings.filter((finding) => finding.kind === 'source');
  const outdated = isDesired ? [] : sources.filter(({ isWanted }) => isWanted).map(({ source }) => source);
  const isUnlisted = findings.some((finding) => finding.kind === 'unlisted' && finding.mayBeSelected);
  const isUnresolved = sources.some((source) => source.isUnresolved);
  if (isDesired || isUnlisted || isUnresolved || outdated.length > 0) return { isProven: false, outdated };
  return { isProven: true };
}

/** @returns whether it is certain that nobody wants an object in a mailbox workspace */
export function proveUnwanted(deps: ProofDependencies, mailbox: string, local: LocalObject): Proof {
  return decideProof(gatherEvidence(deps, mailbox, local));
}
