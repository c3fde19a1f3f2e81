import {
  HOSTED_CORE,
  type KubeObject,
  type KubeStellar,
  PERSISTENT_VOLUME_CLAIMS,
  STATEFUL_SETS,
} from '@kubestellar/api';
import { compare, valid } from 'semver';
import type { Objects } from '../hosting/owned.ts';
import { type Finding, fine, problem } from '../report.ts';
import { DATA_VERSION } from './labels.ts';

/**
 * Whether this operator may change the core. A release never takes over data that a newer one has written, since
 * nobody has tested that it can read them.
 */
export async function versionFinding(core: KubeStellar, release: string, objects: Objects): Promise<Finding> {
  const found = [core.status?.version];
  for (const [resource, name] of [
    [STATEFUL_SETS, HOSTED_CORE.name],
    [PERSISTENT_VOLUME_CLAIMS, HOSTED_CORE.volumeClaim],
  ] as const) {
    const object = await objects.get<KubeObject>(resource, name);
    found.push(object?.metadata.annotations?.[DATA_VERSION]);
  }
  const versions = found.filter((version) => version !== undefined && valid(version) !== null) as string[];
  const newest = versions.sort(compare).at(-1);
  if (newest === undefined || compare(newest, release) <= 0) return fine('Accepted', release);
  return problem(
    'DowngradeRefused',
    `release ${newest} has run this core, but this operator is release ${release}; deploy release ${newest} or newer, ` +
      'or restore a backup that the older release made into a new namespace',
  );
}
