/** What the cluster statuses read from the caches. */
import { formatKey } from '@kubestellar/kube';
import type { Problem } from '@kubestellar/rules';
import type { MailboxAPIs } from '../../apis/mailbox-apis.ts';
import type { Mailboxes } from '../../cache/mailboxes.ts';
import type { ObjectWatch, ObjectWatches } from '../../cache/object-informers.ts';
import type { Catalog } from '../../cache/served-resources.ts';
import type { Customizations } from '../../customize/customizations.ts';
import type { Customized } from '../../customize/customized.ts';
import { locationKeyOf } from '../../customize/plan.ts';
import { destinationsAt, type Evaluation } from '../../desired/evaluate.ts';
import { type CopyKey, type LocalObject, sourceKey } from '../../keys.ts';
import type { ClusterStatusDependencies } from './cluster-status.ts';
import type { Reports } from './reports.ts';
import type { Silence } from './unreachable-clusters.ts';

/** The caches that are used. */
export interface ClusterStatusParts {
  mailboxes: Pick<Mailboxes, 'get'>;
  catalog: Pick<Catalog, 'typeIn'>;
  watches: Pick<ObjectWatches, 'of' | 'full'>;
  apis: Pick<MailboxAPIs, 'in'>;
  customized: Pick<Customized, 'problemOf'>;
  customizations: Pick<Customizations, 'location'>;
  evaluation: Pick<Evaluation, 'getWants' | 'getPlacements'>;
  reports: Pick<Reports, 'stateOf'>;
  silence: Pick<Silence, 'has'>;
  /** Why mailbox workspaces refuse copies. */
  refusals: ReadonlyMap<CopyKey, Problem>;
}

/** @returns the dependencies of ClusterStatuses on the caches and servers */
export function clusterStatusDependencies(parts: ClusterStatusParts): ClusterStatusDependencies {
  const { mailboxes, watches, apis, customized, customizations, evaluation } = parts;
  return {
    getCopy: (mailbox, local) => {
      const { watch, copy } = find(parts, mailbox, local) ?? {};
      return watch && copy && { resource: watch.type.resource, copy, isPartial: watch.partial };
    },
    readCopy: async (mailbox, local) => {
      const { watch, copy } = find(parts, mailbox, local) ?? {};
      return watch && copy && watches.full(watch, copy);
    },
    getMismatch: (name, type, local) =>
      apis.in({ name, cluster: mailboxes.get(name)?.cluster ?? '' }).problemOf(type, local),
    getRefusal: (source, copy) => customized.problemOf(sourceKey(source)) ?? parts.refusals.get(copy),
    // An unreachable syncer reports nothing; what it reported before says nothing of now.
    getState: (mailbox, object) =>
      parts.silence.has(mailbox) ? 'unknown' : parts.reports.stateOf(mailbox, object),
    getLocation: (source, mailbox) => {
      const [destination] = destinationsAt(evaluation, source, mailbox);
      const location = destination && customizations.location(locationKeyOf(destination));
      return { location: destination?.locationName ?? mailbox, labels: location?.metadata.labels ?? {} };
    },
  };
}

function find(
  { mailboxes, catalog, watches }: ClusterStatusParts,
  mailboxName: string,
  { groupResource, namespace, name }: LocalObject,
): { watch: ObjectWatch; copy: NonNullable<ReturnType<ObjectWatch['informer']['get']>> } | undefined {
  const mailbox = mailboxes.get(mailboxName);
  const type = mailbox && catalog.typeIn(mailbox.cluster, groupResource);
  const watch = type && watches.of(type);
  const copy = watch?.informer.get(formatKey({ cluster: mailbox?.cluster ?? '', namespace, name }));
  return watch && copy && { watch, copy };
}
