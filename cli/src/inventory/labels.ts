import { SYNC_TARGET_ID } from '@kubestellar/api';
import { UsageError } from '../shell/failure.ts';

/** Labels by key. */
export type Labels = Readonly<Record<string, string>>;

const DNS = '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*';
const NAME = '[A-Za-z0-9]([-_.A-Za-z0-9]{0,61}[A-Za-z0-9])?';
/** Kubernetes' rule: an optional DNS name and a slash, then a name of at most 63 characters. */
const KEY = new RegExp(`^(${DNS}/)?${NAME}$`);
const VALUE = new RegExp(`^${NAME}$`);

/**
 * Parses the arguments `key=value` of `ensure location` (docs/commands.md, "ensure location").
 * @throws UsageError when there is none, one is malformed, or a key comes twice
 */
export function parseLabels(words: readonly string[]): Labels {
  if (words.length === 0) throw new UsageError('at least one label, as key=value, must be given');
  const labels: Record<string, string> = {};
  for (const word of words) {
    const [key = '', value, ...more] = word.split('=');
    if (value === undefined || more.length > 0)
      throw new UsageError(`label "${word}" is not of the form key=value`);
    if (!KEY.test(key))
      throw new UsageError(`label key "${key}" is not valid; an example of a valid one: env`);
    if (!VALUE.test(value)) {
      throw new UsageError(
        `label value "${value}" is not valid: letters, digits, "-", "_" and ".", 1 to 63 of them`,
      );
    }
    if (key === SYNC_TARGET_ID)
      throw new UsageError(`label key "${key}" is reserved: it holds the SyncTarget's name`);
    if (Object.hasOwn(labels, key)) throw new UsageError(`label key "${key}" is given twice`);
    labels[key] = value;
  }
  return labels;
}

/** @returns those labels of `wanted` that an object does not have with this value, in their order */
export function missingLabels(wanted: Labels, present: Labels | undefined): [key: string, value: string][] {
  return Object.entries(wanted).filter(([key, value]) => present?.[key] !== value);
}
