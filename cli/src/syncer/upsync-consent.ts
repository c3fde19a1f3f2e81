/** What the owner of a cluster allows to be upsynced: the flag `--upsync-resources` and the syncer's ClusterRole. */
import type { PolicyRule } from '@kubestellar/api';
import { whyNotUpsynced } from '@kubestellar/rules';
import { UsageError } from '../shell/failure.ts';

/** Resources by API group; undefined allows everything that can be upsynced. */
export type UpsyncConsent = ReadonlyMap<string, readonly string[]> | undefined;

const ALL = '*';
const NOTHING = 'none';
/** The syncer checks whether it has this verb for a resource; no request of Kubernetes uses it. */
const UPSYNC = 'upsync';
/**
 * The meaning of `*` without `upsync`: a downsynced object may be of any kind, and grant any permission. `bind` and
 * `escalate` are for Roles and their bindings, `use` and `attest` for resources that name security constraints and signers.
 */
const ALL_OTHER_VERBS = [
  ...['get', 'list', 'watch', 'create', 'update', 'patch', 'delete', 'deletecollection'],
  ...['bind', 'escalate', 'use', 'attest'],
];

/**
 * Parses `*`, `none`, or names such as `configmaps,policyreports.wgpolicyk8s.io`.
 * @throws UsageError when something in the list is no resource, or never upsynced anyway
 */
export function parseUpsyncConsent(text: string | undefined): UpsyncConsent {
  if (text === undefined || text === ALL) return undefined;
  const byGroup = new Map<string, string[]>();
  if (text === NOTHING) return byGroup;
  for (const name of text.split(',')) {
    const [plural = '', ...group] = name.trim().split('.');
    const reason = whyNotUpsynced(group.join('.'), plural);
    if (reason)
      throw new UsageError(
        `--upsync-resources: ${reason}; it takes "${ALL}", "${NOTHING}", or PLURAL.GROUP,... with core resources as PLURAL`,
      );
    byGroup.set(group.join('.'), [...(byGroup.get(group.join('.')) ?? []), plural]);
  }
  return byGroup;
}

/** @returns the rules by which the syncer manages objects of any kind, and upsyncs what the owner allows */
export function anyKindRules(consent: UpsyncConsent): PolicyRule[] {
  if (!consent) return [{ apiGroups: ['*'], resources: ['*'], verbs: ['*'] }];
  const consented = [...consent].map(([group, plurals]) => {
    return { apiGroups: [group], resources: [...new Set(plurals)], verbs: [UPSYNC] };
  });
  return [{ apiGroups: ['*'], resources: ['*'], verbs: ALL_OTHER_VERBS }, ...consented];
}
