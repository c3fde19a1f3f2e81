/** Values parsed from others' JSON: their members may have any name, even `constructor` and `__proto__`. */
import { isDeepStrictEqual } from 'node:util';

/** @returns an own member of the object; undefined for members that all JavaScript objects inherit */
export function ownMember(object: { readonly [name: string]: unknown } | undefined, name: string): unknown {
  return object !== undefined && Object.hasOwn(object, name) ? object[name] : undefined;
}

/** Deep equality. Faster libraries read a value's `constructor`, which a user may have named so. */
export function isEqualJson(one: unknown, other: unknown): boolean {
  if (one === other) return true;
  return typeof one === 'object' && typeof other === 'object' && isDeepStrictEqual(one, other);
}
