import type { JSONValue } from 'json-p3';
import { type Path, type Place, placesOf } from './query.ts';

/**
 * Sets every place that a path selects to a value (spec semantics 8.3). Maps that are missing on the way are
 * not created, arrays are never extended. A place inside another one is gone once that one is set.
 * @returns a new root; the very root given when the path selects nothing
 */
export function setAll(root: JSONValue, path: Path, value: JSONValue): JSONValue {
  const places = outermost(placesOf(path, root));
  if (places.length === 0) return root;
  let result = structuredClone(root);
  for (const place of places) {
    const last = place.at(-1);
    // Each place gets a value of its own: a later replacement may change one of them only.
    if (last === undefined) result = structuredClone(value);
    else setMember(at(result, place.slice(0, -1)), last, structuredClone(value));
  }
  return result;
}

function outermost(places: readonly Place[]): Place[] {
  const all = new Set(places.map((place) => JSON.stringify(place)));
  const isInsideAnother = (place: Place) =>
    place.some((_, length) => all.has(JSON.stringify(place.slice(0, length))));
  return places.filter((place) => !isInsideAnother(place));
}

function at(root: JSONValue, place: Place): object {
  let value: unknown = root;
  for (const step of place) value = (value as { [step: string | number]: unknown })[step];
  return value as object; // what has members is a map or an array
}

/** By definition and not by assignment, which would do something else to a member named `__proto__`. */
function setMember(parent: object, name: string | number, value: JSONValue): void {
  Object.defineProperty(parent, name, { value, enumerable: true, writable: true, configurable: true });
}
