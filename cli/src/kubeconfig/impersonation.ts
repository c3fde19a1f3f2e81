import { UsageError } from '../shell/failure.ts';
import type { FlagValues } from '../shell/flags.ts';
import type { Fields } from './kubeconfig.ts';

/**
 * The headers with the groups, the uid and the extra fields of the user that `as` names, from
 * kubectl's flags or else from the kubeconfig. `as` itself is not among them.
 * @throws UsageError when they contradict each other
 */
export function impersonationHeaders(user: Fields, flags: FlagValues | undefined): Record<string, string[]> {
  const headers: Record<string, string[]> = {};
  const groups = flags?.has('as-group') ? [...flags.texts('as-group')] : listOf(user['as-groups']);
  if (groups.length > 0) headers['Impersonate-Group'] = groups;
  const uid = flags?.text('as-uid') ?? user['as-uid'];
  if (uid) headers['Impersonate-Uid'] = [String(uid)];
  for (const [key, values] of extraOf(user, flags))
    headers[`Impersonate-Extra-${encodeURIComponent(key)}`] = values;
  if (Object.keys(headers).length > 0 && !user.as)
    throw new UsageError('--as-group, --as-uid and --as-user-extra need --as, which names the user');
  return headers;
}

function extraOf(user: Fields, flags: FlagValues | undefined): Map<string, string[]> {
  const extra = new Map<string, string[]>();
  if (!flags?.has('as-user-extra')) {
    const fields = (user['as-user-extra'] ?? {}) as Record<string, unknown>;
    for (const [key, values] of Object.entries(fields)) extra.set(key, listOf(values));
    return extra;
  }
  for (const text of flags.texts('as-user-extra')) {
    const [, key = '', value = ''] = /^([^=]+)=(.*)$/s.exec(text) ?? [];
    if (key === '') throw new UsageError(`--as-user-extra takes KEY=VALUE, not "${text}"`);
    extra.set(key, [...(extra.get(key) ?? []), value]);
  }
  return extra;
}

function listOf(value: unknown): string[] {
  return Array.isArray(value) ? value.map(String) : [];
}
