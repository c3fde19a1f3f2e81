import type { CollectorResult, KubeObject, Resource } from '@kubestellar/api';
import type { CopyKey } from '../../keys.ts';
import type { Tally } from './object-status.ts';

/** One object that goes to clusters, and what became of it there. */
export interface Entry {
  resource: Resource;
  /** Of the object just what names it. */
  object: KubeObject;
  /** Key of its CombinedStatus. */
  statusKey: string;
  copyKeys: readonly CopyKey[];
  tally: Tally;
  /** StatusCollectors that EdgePlacements name for it, and their tables. */
  collectors: readonly string[];
  results: readonly CollectorResult[];
  /** When it was first seen here (milliseconds). */
  since: number;
}

/** @returns what names the object, and nothing that its cache may drop */
export function nameOnly({ apiVersion, kind, metadata }: KubeObject): KubeObject {
  const { name, namespace, uid, annotations } = metadata;
  const cluster = annotations?.['kcp.io/cluster'];
  return {
    apiVersion,
    kind,
    metadata: {
      name,
      ...(namespace ? { namespace } : {}),
      ...(uid ? { uid } : {}),
      ...(cluster ? { annotations: { 'kcp.io/cluster': cluster } } : {}),
    },
  };
}
