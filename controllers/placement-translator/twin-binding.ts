import {
  API_BINDINGS,
  COMPUTE_PATH,
  computeBindingName,
  FIELD_MANAGERS,
  newAPIBinding,
  twinOf,
} from '@kubestellar/api';
import { isAlreadyExists } from '@kubestellar/kube';
import type { Mailbox } from './mailboxes.ts';
import type { State } from './state.ts';
import type { WatchedType } from './types.ts';

/**
 * Makes a mailbox workspace serve the twins of a kind that acts where it is native, so that the copies don't
 * act there, where no binding of the WMW brings the twins along. Does nothing for kinds without a twin.
 */
export async function bindTwin(state: State, mailbox: Mailbox, { resource }: WatchedType): Promise<void> {
  const { group: exportName } = twinOf(resource);
  if (exportName === resource.group) return;
  const binding = newAPIBinding(computeBindingName(exportName), COMPUTE_PATH, exportName);
  const client = state.everywhere.workspace(mailbox.cluster);
  try {
    await client.create(API_BINDINGS, binding, { fieldManager: FIELD_MANAGERS.placementTranslator });
  } catch (error) {
    if (!isAlreadyExists(error)) throw error;
  }
}
