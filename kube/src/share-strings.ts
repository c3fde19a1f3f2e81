/** Shorter strings are not worth the comparison. */
const LONG = 64;

/**
 * Lets `object` hold the long strings of `known` in place of equal ones of its own, wherever both have them at
 * the same path: a copy then costs little memory beside its source.
 * @returns `object`, which reads as before
 */
export function shareStrings<T>(object: T, known: unknown): T {
  if (isObject(object) && isObject(known)) share(object, known);
  return object;
}

function share(object: Members, known: Members): void {
  for (const [key, value] of Object.entries(object)) {
    const other = known[key];
    if (typeof value === 'string') {
      if (value.length >= LONG && value === other) object[key] = other;
    } else {
      shareStrings(value, other);
    }
  }
}

type Members = Record<string, unknown>;

function isObject(value: unknown): value is Members {
  return typeof value === 'object' && value !== null;
}
