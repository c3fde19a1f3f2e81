import { UsageError } from './failure.ts';

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };

/**
 * Reads a duration as kubectl does: `1m30s`, `500ms`, or a number of seconds.
 * @param flag for the message
 * @returns milliseconds; undefined without a text, or for 0, which is kubectl's "no limit"
 * @throws UsageError when it is no duration
 */
export function durationOf(flag: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (/^\d+$/.test(text)) return Number(text) * 1_000 || undefined;
  if (!/^(\d+(\.\d+)?(ms|s|m|h))+$/.test(text))
    throw new UsageError(`${flag} takes a duration such as 30s or 1m, not "${text}"`);
  const parts = text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g);
  const sum = [...parts].reduce(
    (total, [, count, unit]) => total + Number(count) * (UNITS[unit ?? ''] ?? 0),
    0,
  );
  return sum || undefined;
}
