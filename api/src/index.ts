/** The API of KubeStellar: its kinds and names, and the schemas and manifests by which they are served. */
export * from './annotations.ts';
export { coreValuesSchema } from './chart-values.ts';
export { COMPUTE_CATALOG } from './compute/catalog.ts';
export { computeManifests } from './compute/manifests.ts';
export * from './denature.ts';
export * from './espw.ts';
export * from './hosted.ts';
export * from './images.ts';
export type * from './kcp.ts';
export { newAPIBinding } from './kcp.ts';
export type * from './kinds/api-export-approval.ts';
export type * from './kinds/combined-status.ts';
export type * from './kinds/customizer.ts';
export type * from './kinds/definition.ts';
export type * from './kinds/edge-placement.ts';
export type * from './kinds/edge-sync-config.ts';
export type * from './kinds/kubestellar.ts';
export type * from './kinds/location.ts';
export type * from './kinds/single-placement-slice.ts';
export type * from './kinds/status-collector.ts';
export type * from './kinds/sync-target.ts';
export type * from './kinds/syncer-config.ts';
export type * from './kinds/upsync-set.ts';
export type * from './kubernetes.ts';
export type { AdmissionPolicy, WorkspaceManifests } from './manifests.ts';
export type {
  Condition,
  KubeObject,
  LabelSelector,
  ManagedFieldsEntry,
  ObjectMeta,
  OwnerReference,
  Resource,
  Unstructured,
} from './meta.ts';
export * from './names.ts';
export * from './releases.ts';
export * from './resources.ts';
