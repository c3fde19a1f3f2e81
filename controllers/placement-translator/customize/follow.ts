import { CUSTOMIZER, type KubeObject } from '@kubestellar/api';
import { keyOf } from '@kubestellar/kube';
import { destinationsAt } from '../desired/evaluate.ts';
import { copyKeyOf, sourceKey, type WatchedType } from '../keys.ts';
import type { State } from '../state.ts';
import { expands } from './customize.ts';
import { tellsProblems } from './report.ts';

/**
 * Notes what a WMW object's customization depends on, as far as the object is wanted anywhere.
 * @returns true when there may be problems to tell, or told ones to take back
 */
export function followCustomization(state: State, type: WatchedType, object: KubeObject): boolean {
  const source = { type, key: keyOf(object) };
  const asks = Boolean(object.metadata.annotations?.[CUSTOMIZER]) || expands(object);
  const mailboxes = asks ? [...state.desired.of(source).keys()] : [];
  const copies = mailboxes.map(
    (mailbox) => [copyKeyOf(mailbox, type, object), destinationsAt(state, source, mailbox)] as const,
  );
  if (mailboxes.length === 0) state.customized.forget(sourceKey(source));
  state.customizations.follow(sourceKey(source), object, new Map(copies));
  return asks || tellsProblems(object);
}
