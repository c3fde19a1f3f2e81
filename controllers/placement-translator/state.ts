import type { ClusterRole, SyncerConfig } from '@kubestellar/api';
import type { Applier, Informer, KubeClient } from '@kubestellar/kube';
import type { AllowedExports } from './apis/allowed-exports.ts';
import type { MailboxAPIs } from './apis/mailbox-apis.ts';
import type { Inventory } from './cache/inventory.ts';
import type { Mailboxes } from './cache/mailboxes.ts';
import type { ObjectWatches } from './cache/object-informers.ts';
import type { Placements } from './cache/placements.ts';
import type { Catalog } from './cache/served-resources.ts';
import type { UpsyncCopies } from './cache/upsync-copies.ts';
import type { Customizations } from './customize/customizations.ts';
import type { Customized } from './customize/customized.ts';
import type { Desired } from './desired/desired-state.ts';

/** What the reconciles read and write through; all of it can be rebuilt from the servers. */
export interface State {
  /** A client that may read across all workspaces and write in each. */
  everywhere: KubeClient;
  applier: Applier;
  catalog: Catalog;
  inventory: Inventory;
  placements: Placements;
  mailboxes: Mailboxes;
  watches: ObjectWatches;
  desired: Desired;
  /** Which exports mailbox workspaces may bind. */
  allowed: AllowedExports;
  /** Of which API each kind of each mailbox workspace is. */
  apis: MailboxAPIs;
  customizations: Customizations;
  customized: Customized;
  syncerConfigs: Informer<SyncerConfig>;
  /** The roles of UPSYNC_ROLE_NAME in all workspaces. */
  upsyncRoles: Informer<ClusterRole>;
  /** What has copies that were upsynced, although no set asks for it any more. */
  upsyncCopies: UpsyncCopies;
}
