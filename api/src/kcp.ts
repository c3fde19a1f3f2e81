/** The kinds of kcp (v0.31) that our programs read and write, in the parts they use. */
import type { PrinterColumn, Subresources } from './kinds/definition.ts';
import type { ResourceNames } from './kubernetes.ts';
import type { Condition, KubeObject } from './meta.ts';
import type { JSONSchema } from './schema.ts';

/** Type reference of a Workspace and of the LogicalCluster behind it. */
export type WorkspacePhase = 'Scheduling' | 'Initializing' | 'Ready' | 'Unavailable';

/** A Workspace (tenancy.kcp.io/v1alpha1): the entry in its parent. */
export type Workspace = KubeObject<
  {
    type?: { name: string; path?: string };
    /** ID of its logical cluster; empty until scheduled. */
    cluster?: string;
    /** Where it is served, with its path; empty until scheduled. */
    URL?: string;
  },
  { phase?: WorkspacePhase; initializers?: string[]; terminators?: string[]; conditions?: Condition[] }
>;

/** A LogicalCluster (core.kcp.io/v1alpha1): the one object named `cluster` in each workspace. */
export type LogicalCluster = KubeObject<
  {
    directlyDeletable?: boolean;
    initializers?: string[];
    owner?: { apiVersion: string; resource: string; name: string; cluster: string; uid: string };
  },
  { URL?: string; phase?: WorkspacePhase; conditions?: Condition[] }
>;

/** An APIResourceSchema (apis.kcp.io/v1alpha1); immutable, so that other contents need another name. */
export interface APIResourceSchema extends KubeObject<unknown, never> {
  spec: {
    group: string;
    names: ResourceNames;
    scope: 'Cluster' | 'Namespaced';
    versions: readonly {
      name: string;
      served: boolean;
      storage: boolean;
      schema: JSONSchema;
      subresources: Subresources;
      additionalPrinterColumns?: readonly PrinterColumn[];
    }[];
  };
}

/** An APIExport (apis.kcp.io/v1alpha2). */
export type APIExport = KubeObject<
  {
    resources?: readonly APIExportResource[];
    /** With this, owners of the export restrict by RBAC in their workspace what users may do with its resources. */
    maximalPermissionPolicy?: { local: Record<string, never> };
  },
  { identityHash?: string; conditions?: Condition[] }
>;

/** A resource of an APIExport: `name` is the plural, `schema` the name of an APIResourceSchema. */
export interface APIExportResource {
  name: string;
  group: string;
  schema: string;
  storage: { crd: Record<string, never> };
}

/** An APIExportEndpointSlice (apis.kcp.io/v1alpha1): the URLs of an export's virtual workspace, per shard. */
export type APIExportEndpointSlice = KubeObject<
  { export: { name: string; path?: string } },
  { endpoints?: { url: string }[]; conditions?: Condition[] }
>;

/** An APIBinding (apis.kcp.io/v1alpha2): makes the resources of an export usable in its workspace. */
export type APIBinding = KubeObject<
  { reference: { export: { name: string; path?: string } }; permissionClaims?: readonly unknown[] },
  {
    phase?: '' | 'Binding' | 'Bound';
    apiExportClusterName?: string;
    boundResources?: {
      group: string;
      resource: string;
      schema: { name: string; UID: string; identityHash: string };
      storageVersions?: string[];
    }[];
    conditions?: Condition[];
  }
>;

/** An APIBinding object ready to be created: binds `exportName` of the workspace `path`. */
export function newAPIBinding(name: string, path: string, exportName: string): APIBinding {
  return {
    apiVersion: 'apis.kcp.io/v1alpha2',
    kind: 'APIBinding',
    metadata: { name },
    spec: { reference: { export: { path, name: exportName } } },
  };
}
