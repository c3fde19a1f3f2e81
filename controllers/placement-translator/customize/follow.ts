import { CUSTOMIZER, type KubeObject, type SinglePlacement } from '@kubestellar/api';
import { keyOf } from '@kubestellar/kube';
import { copyKeyOf, type Source, sourceKey, type WatchedType } from '../keys.ts';
import type { Customizations } from './customizations.ts';
import { expands } from './customize.ts';
import type { Customized } from './customized.ts';
import { tellsProblems } from './report.ts';

/** What is read, and who is to know. */
export interface FollowDependencies {
  /** The mailbox workspaces that a source is wanted in. */
  listMailboxes(source: Source): Iterable<string>;
  getDestinations(source: Source, mailbox: string): readonly SinglePlacement[];
  customizations: Pick<Customizations, 'follow'>;
  customized: Pick<Customized, 'forget'>;
}

/**
 * Notes what a WMW object's customization depends on, as far as the object is wanted anywhere.
 * @returns true when there may be problems to report, or reported ones to take back
 */
export function followCustomization(
  deps: FollowDependencies,
  type: WatchedType,
  object: KubeObject,
): boolean {
  const source = { type, key: keyOf(object) };
  const id = sourceKey(source);
  const asks = Boolean(object.metadata.annotations?.[CUSTOMIZER]) || expands(object);
  const mailboxes = asks ? [...deps.listMailboxes(source)] : [];
  const copies = mailboxes.map(
    (mailbox) => [copyKeyOf(mailbox, type, object), deps.getDestinations(source, mailbox)] as const,
  );
  if (mailboxes.length === 0) deps.customized.forget(id);
  deps.customizations.follow(id, object, new Map(copies));
  return asks || tellsProblems(object);
}
