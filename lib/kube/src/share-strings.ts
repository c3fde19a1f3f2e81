/** Shorter strings are not worth the comparison. */
const LONG = 64;

/**
 * Replaces long strings of `object` by equal ones of `known`, wherever both have them at
 * the same path: a copy then costs little memory beside its source.
 * @returns `object`, with the same contents
 */
export function shareStrings<T>(object: T, known: unknown): T {
  // Without recursion: an object may be nested deeper than the stack is.
  const waiting: [unknown, unknown][] = [[object, known]];
  for (let pair = waiting.pop(); pair; pair = waiting.pop()) {
    const [mine, theirs] = pair;
    if (!isObject(mine) || !isObject(theirs)) continue;
    for (const [key, value] of Object.entries(mine)) {
      const other = theirs[key];
      if (typeof value !== 'string') waiting.push([value, other]);
      else if (value.length >= LONG && value === other) mine[key] = other;
    }
  }
  return object;
}

type Members = Record<string, unknown>;

function isObject(value: unknown): value is Members {
  return typeof value === 'object' && value !== null;
}
