/** Keys of labels and annotations, and field manager names (docs/rules.md, api 4). */

/** Annotation on a mailbox Workspace: the name of its SyncTarget. */
export const SYNC_TARGET_NAME = 'edge.kubestellar.io/sync-target-name';
/** Label, value `yes`, on everything that the placement-translator keeps in a mailbox workspace. */
export const PROJECTED = 'edge.kubestellar.io/projected';
/** The one value of the label `PROJECTED`. */
export const PROJECTED_VALUE = 'yes';
/** Annotation on a CRD in a mailbox workspace that replaces an APIExport: `<identity hash>/<UID of its schema>`. */
export const API_OF_DEFINITION = 'edge.kubestellar.io/api';
/**
 * Annotation on a CRD in a mailbox workspace: the `spec.conversion` of its source, as JSON, where that names a webhook.
 * The copy itself names none: the core would call it.
 */
export const CONVERSION = 'edge.kubestellar.io/conversion';
/** Annotation on an object in a WEC: the identity of the object that the syncer downsynced (`identity.ts`). */
export const DOWNSYNCED = 'edge.kubestellar.io/downsynced';
/**
 * Annotation on an object in a WEC that existed before and that the syncer adopted: its identity. It is used instead
 * of `DOWNSYNCED`, so that no syncer considers the object its own to delete.
 */
export const ADOPTED = 'edge.kubestellar.io/adopted';
/** Annotation on an object in a mailbox workspace: the identity of the object that the syncer upsynced. */
export const UPSYNCED = 'edge.kubestellar.io/upsynced';
/**
 * Annotation on a copy in a mailbox workspace or WEC: whose it is, and what it was made of (`lib/rules/src/mark.ts`). What
 * does not carry its own is not ours to delete.
 */
export const ORIGIN = 'edge.kubestellar.io/origin';
/** Annotation on the APIBinding to our API in a mailbox workspace: `<UID of the core>/<UID of the SyncTarget>`. */
export const MAILBOX_ORIGIN = 'edge.kubestellar.io/mailbox-origin';
/** Annotation on the syncer's Lease in a mailbox workspace: what identifies its cluster. */
export const CLUSTER_ID = 'edge.kubestellar.io/cluster-id';
/**
 * Annotation on the syncer's Lease in a mailbox workspace: the origin (`lib/rules/src/mark.ts`) for which another syncer
 * works in the cluster, so that this one does not.
 */
export const CLUSTER_HELD_BY = 'edge.kubestellar.io/cluster-held-by';
/**
 * Annotation on the syncer's Lease in a mailbox workspace: the origin for which another syncer wants to work in the cluster,
 * so that this one deletes nothing. On the Lease in the cluster it says the same, and when that was.
 */
export const CLUSTER_CLAIMED_BY = 'edge.kubestellar.io/cluster-claimed-by';
/** Annotation on the syncer's Lease in a mailbox workspace: copies of others in the cluster that nobody asks for, as JSON. */
export const ORPHANS = 'edge.kubestellar.io/orphans';
/** Annotation on a copy: a digest of the names of the fields that it was created with (`lib/kube/src/ownership.ts`). */
export const CREATED_FIELDS = 'edge.kubestellar.io/created-fields';
/** Annotation by users: anything but "", "true" or absence means create once, then don't overwrite. */
export const DOWNSYNC_OVERWRITE = 'edge.kubestellar.io/downsync-overwrite';
/** Annotation by users: `"true"` lets the syncer take over an object that already exists in a WEC. */
export const ADOPT = 'edge.kubestellar.io/adopt';
/** Annotation on a copy in a mailbox workspace: the uids of the EdgePlacements that lead it there, separated by commas. */
export const PLACED_BY = 'edge.kubestellar.io/placed-by';
/** The same: the uids of the CRDs and APIBindings that defined the kinds of its sources. */
export const DEFINED_BY = 'edge.kubestellar.io/defined-by';
/** Annotation by users, and on copies: `Orphan` leaves the object in the clusters when it is wanted no more. */
export const DELETION_POLICY = 'edge.kubestellar.io/deletion-policy';
/** Annotation by users: `"true"` keeps the object in the clusters, even when it is deleted here, until that is approved. */
export const PROTECT = 'edge.kubestellar.io/protect';
/** Annotation on an EdgePlacement: which removals its user has approved (`lib/rules/src/approval.ts`). */
export const APPROVED_REMOVALS = 'edge.kubestellar.io/approved-removals';
/** Annotation by users, on workload objects and Customizers: `"true"` turns on parameter expansion. */
export const EXPAND_PARAMETERS = 'edge.kubestellar.io/expand-parameters';
/** Annotation by users: the Customizer that applies, `name` or `namespace/name`. */
export const CUSTOMIZER = 'edge.kubestellar.io/customizer';
/** Annotation on an object in a WMW: the number of its destinations, a decimal string. */
export const EXECUTING_COUNT = 'kubestellar.io/executing-count';
/** Prefix of the annotations on an EdgePlacement that report what is invalid in it; a number follows. */
export const VALIDATION_ERROR_PREFIX = 'validation-error.kubestellar.io/';
/**
 * Annotation on an object in a WMW whose customization exceeds a limit: a digest of its inputs, so that it is not
 * tried again before they change.
 */
export const QUARANTINED = 'edge.kubestellar.io/quarantined';
/** Label on a SinglePlacementSlice: the name of its EdgePlacement. */
export const SOURCE_PLACEMENT = 'edge.kubestellar.io/source-placement';
/** Label on a CombinedStatus: the kind of its object. */
export const OBJECT_KIND = 'edge.kubestellar.io/object-kind';
/** Label on a CombinedStatus, value `yes`, while the object has a problem on some cluster. */
export const OBJECT_FAILING = 'edge.kubestellar.io/failing';
/** Label on a SyncTarget: its own name; the Location of that name selects on it. */
export const SYNC_TARGET_ID = 'id';
/** Annotation by kcp on everything: the ID of the logical cluster that holds it. */
export const LOGICAL_CLUSTER = 'kcp.io/cluster';
/** Annotation by kcp on a LogicalCluster: the path of its workspace. */
export const WORKSPACE_PATH = 'kcp.io/path';
/** Annotation that protected groups (`*.k8s.io`, `*.kubernetes.io`) need on their schemas. */
export const API_APPROVED = 'api-approved.kubernetes.io';
/** Annotation on a token Secret: the name of its ServiceAccount. */
export const SERVICE_ACCOUNT_NAME = 'kubernetes.io/service-account.name';
/** Annotation that client-side `kubectl apply` leaves behind; copies never carry it. */
export const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';

/** Whether a label or annotation key is one of ours, whoever has written it. */
export function isEdgeKey(key: string): boolean {
  return key.startsWith('edge.kubestellar.io/');
}

/** Whether a label or annotation key belongs to kcp and is never copied (docs/rules.md, api 4). */
export function isSystemKey(key: string): boolean {
  return key.startsWith('kcp.io/') || key.includes('.kcp.io/');
}

/** The names under which our programs own fields in server-side apply. */
export const FIELD_MANAGERS = {
  mailboxController: 'mailbox-controller',
  whereResolver: 'where-resolver',
  placementTranslator: 'placement-translator',
  syncer: 'kubestellar-syncer',
  cli: 'kubestellar-cli',
  operator: 'kubestellar-operator',
} as const;

/** Reason of a SyncTarget's condition SyncerReady: its syncer was active once, and has been unreachable for long. */
export const SYNCER_SILENT = 'SyncerSilent';

/**
 * Reason of the same, and type of a condition that is True when something is wrong: another syncer works in the cluster for another
 * SyncTarget or core.
 */
export const CLUSTER_CLASH = 'ClusterClash';

/** Another reason of it: the Lease has values that no syncer writes. */
export const LEASE_REFUSED = 'LeaseRefused';

/** Another reason of it: another syncer holds its Lease than the one that stands by, and they are not of one installation. */
export const SECOND_SYNCER = 'SecondSyncer';

/** Condition types of a SyncTarget (docs/rules.md, api 3.7). */
export const SYNC_TARGET_CONDITIONS = {
  ready: 'Ready',
  syncerReady: 'SyncerReady',
  heartbeatHealthy: 'HeartbeatHealthy',
} as const;
