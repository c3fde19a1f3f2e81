import type { ConnectionOptions, KubeClient } from '@kubestellar/kube';

/** A connection that a program has asked for. */
export interface Requested {
  prefix: string;
  context: string | undefined;
  headers: ConnectionOptions['headers'];
}

/**
 * What a controller connects by: every connection is recorded, and all are to the same server. `cores` are the
 * workspaces that it asked for the identity of its core.
 */
export function recordConnections(client: KubeClient) {
  const requested: Requested[] = [];
  const cores: string[] = [];
  return {
    requested,
    cores,
    connect: async (prefix: string, { context, headers }: ConnectionOptions) => {
      requested.push({ prefix, context, headers });
      return client;
    },
    /** @throws Error unless it is asked at the workspace that exports our API */
    connectToVirtualWorkspace: async ({ path }: KubeClient) => {
      if (path !== 'root:espw') throw new Error(`the APIExport is in root:espw, not in ${path}`);
      return client;
    },
    coreUid: async ({ path }: KubeClient) => {
      cores.push(path);
      return 'core';
    },
  };
}
