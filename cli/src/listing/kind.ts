import type { Resource } from '@kubestellar/api';
import { UsageError } from '../shell/failure.ts';
import type { FlagValues } from '../shell/flags.ts';

/**
 * @returns the kind of objects that --api-group, --api-kind, --api-resource and --api-version ask for
 * @throws UsageError without --api-kind
 */
export function kindFromFlags(flags: FlagValues): Resource {
  const kind = flags.text('api-kind');
  if (!kind) throw new UsageError('--api-kind must be given, for example --api-kind ConfigMap');
  return {
    group: flags.text('api-group') ?? '',
    version: flags.text('api-version') || 'v1',
    plural: flags.text('api-resource') || `${kind.toLowerCase()}s`,
    kind,
    namespaced: true,
  };
}
