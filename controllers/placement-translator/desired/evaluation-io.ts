/** What evaluating, and proof, read from the caches. */
import { formatKey, parseKey } from '@kubestellar/kube';
import type { ObjectWatches } from '../cache/object-informers.ts';
import type { Placements } from '../cache/placements.ts';
import type { Catalog } from '../cache/served-resources.ts';
import type { Desired } from './desired-state.ts';
import { type Evaluation, evaluate, isUnresolved, NAMESPACE_TYPE } from './evaluate.ts';
import type { ProofDependencies } from './proof.ts';

/** The caches that are read. */
export interface EvaluationParts {
  placements: Pick<Placements, 'in'>;
  catalog: Pick<Catalog, 'typeIn' | 'definedBy'>;
  watches: Pick<ObjectWatches, 'of'>;
  desired: Pick<Desired, 'of' | 'needing'>;
}

/** @returns what evaluating reads, on the caches */
export function evaluationOn({ placements, catalog, watches, desired }: EvaluationParts): Evaluation {
  return {
    getPlacements: (cluster) => placements.in(cluster),
    getType: (cluster, groupResource) => catalog.typeIn(cluster, groupResource),
    getNamespaceLabels: (cluster, name) => {
      const found = watches.of(NAMESPACE_TYPE)?.informer.get(formatKey({ cluster, namespace: '', name }));
      return found && (found.metadata.labels ?? {});
    },
    getMailboxesNeeding: (definition) => {
      const { cluster } = parseKey(definition.key);
      return catalog.definedBy(definition).flatMap((resource) => [...desired.needing(cluster, resource)]);
    },
    getWants: (source) => desired.of(source),
  };
}

/** The caches in which proof is looked for. */
export interface ProofParts {
  placements: Pick<Placements, 'in' | 'clusters' | 'synced'>;
  catalog: Pick<Catalog, 'typeIn' | 'synced'>;
  watches: Pick<ObjectWatches, 'of'>;
  desired: Pick<Desired, 'in'>;
}

/** @returns where proof is looked for, on the caches */
export function proofOn(
  { placements, catalog, watches, desired }: ProofParts,
  evaluation: Evaluation,
): ProofDependencies {
  return {
    isComplete: () => placements.synced && catalog.synced,
    listWorkspaces: () => placements.clusters(),
    getPlacements: (cluster) => placements.in(cluster),
    getType: (cluster, groupResource) => catalog.typeIn(cluster, groupResource),
    getObject: (type, key) => {
      const watch = watches.of(type);
      return watch?.informer.synced ? watch.informer.get(formatKey(key)) : 'unlisted';
    },
    judge: (type, object, mailbox) => ({
      isUnresolved: isUnresolved(evaluation, type, object, mailbox),
      isWanted: evaluate(evaluation, type, object).has(mailbox),
    }),
    isDesired: (mailbox, local) => desired.in(mailbox, local).length > 0,
  };
}
