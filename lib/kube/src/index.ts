export { writeLimits } from './adaptive-limit.ts';
export { Applier } from './apply.ts';
export { Backoff } from './backoff.ts';
export {
  type DeleteOptions,
  KubeClient,
  type ListOptions,
  METADATA_ONLY,
  type ObjectRef,
  type WatchEvent,
  type WriteOptions,
} from './client.ts';
export { coalesced } from './coalesce.ts';
export { type Connection, type ConnectionOptions, connect } from './connection.ts';
export { discover, type ServedResource } from './discovery.ts';
export {
  ApiError,
  ConnectionError,
  explain,
  isAlreadyExists,
  isApiError,
  isConflict,
  isNotFound,
  isRetriable,
} from './errors.ts';
export { FairSet } from './fair-set.ts';
export { concernsOwner } from './fields.ts';
export { FileStamp } from './file-stamp.ts';
export { Index } from './indexer.ts';
export { Informer, type InformerHandler, type InformerOptions, notListed } from './informer.ts';
export { isEqualJson } from './json.ts';
export { clusterOf, formatKey, keyOf, type ObjectKey, parseKey } from './key.ts';
export { KubeconfigError } from './kubeconfig.ts';
export { type Acquisition, LeaseHolder, type LeaseOptions } from './lease.ts';
export { leaseProblem } from './lease-spec.ts';
export { compareOwned } from './ownership.ts';
export { certificatesIn } from './pem.ts';
export { type Reachability, reachabilityOf } from './reachability.ts';
export { shareStrings } from './share-strings.ts';
export { byteCounts, openWatches, requestCounts } from './traffic.ts';
export { waitForVirtualWorkspace } from './virtual-workspace.ts';
export { type RequeueAfter, WorkQueue, type WorkQueueOptions } from './workqueue.ts';
