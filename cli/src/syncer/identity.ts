import { createHash, randomUUID } from 'node:crypto';
import { SYNCER_PREFIX } from '@kubestellar/api';

/** One installation of a syncer: each run of prep-for-syncer creates a new one. */
export interface SyncerIdentity {
  /** Name of the ServiceAccount, roles, Secret, Deployment, and of the namespace in the WEC. */
  readonly id: string;
  /** The sources of the ID; passed to the syncer (docs/rules.md, syncer 8.1). */
  readonly uid: string;
}

const HASH_LENGTH = 8;
/** The ID is a namespace's name and a label's value: a DNS label. */
const NAME_LENGTH = 63 - SYNCER_PREFIX.length - 1 - HASH_LENGTH;

/**
 * The identity of a syncer: `kubestellar-syncer-<name>-<hash>`. A name that is too long for it, or has
 * dots, is shortened and gets dashes; the hash keeps the ID unique.
 */
export function newSyncerIdentity(syncTargetName: string, uid: string = randomUUID()): SyncerIdentity {
  const digest = createHash('sha224').update(uid).digest('hex');
  const hash = BigInt(`0x${digest}`).toString(36).slice(0, HASH_LENGTH);
  const name = syncTargetName.replaceAll('.', '-').slice(0, NAME_LENGTH).replace(/-+$/, '');
  return { id: `${SYNCER_PREFIX}${name}-${hash}`, uid };
}
