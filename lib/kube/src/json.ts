/** Values that came as JSON from somebody else: their members may have any name, `constructor` and `__proto__` included. */
import { isDeepStrictEqual } from 'node:util';

/** @returns the member that the object has itself; undefined for what every object of JavaScript inherits */
export function ownMember(object: { readonly [name: string]: unknown } | undefined, name: string): unknown {
  return object !== undefined && Object.hasOwn(object, name) ? object[name] : undefined;
}

/** Deep equality. Libraries that are quicker ask values for their `constructor`, which a user may have named so. */
export function isEqualJson(one: unknown, other: unknown): boolean {
  if (one === other) return true;
  return typeof one === 'object' && typeof other === 'object' && isDeepStrictEqual(one, other);
}
