import type { JSONValue } from 'json-p3';
import { Budget } from './budget.ts';
import { type Path, type Place, placesOf } from './query.ts';

/**
 * Sets every place that a path selects to a value (docs/rules.md, semantics 8.3). Maps that are missing on the way are
 * not created, arrays are never extended. A place inside another one is gone once that one is set.
 * @param root a tree: nothing in it is there twice
 * @param value JSON text, so that each place gets a value of its own: a later replacement may change one of them only
 * @returns a new root, which shares with the old one what has not changed; the very root given when the path selects
 *   nothing
 * @throws BudgetError
 */
export function setAll(root: JSONValue, path: Path, value: string, budget = new Budget()): JSONValue {
  const places = outermost(placesOf(path, root, budget));
  const copies = new Map<object, JSONValue & object>();
  let result = root;
  for (const { parent, key } of places) {
    budget.write(value.length);
    const own = JSON.parse(value) as JSONValue;
    if (!parent) return own;
    setMember(copyOf(parent, copies, budget), key, own);
  }
  if (places.length > 0) result = copies.get(root as object) ?? root;
  return result;
}

/** A map or array that is changed is copied once, and so is all that leads there. */
function copyOf(place: Place, copies: Map<object, JSONValue & object>, budget: Budget): JSONValue & object {
  const changed: Place[] = [];
  let at: Place | undefined = place;
  for (; at && !copies.has(at.value as object); at = at.parent) changed.push(at);
  for (const { parent, key, value } of changed.reverse()) {
    const copy = shallowCopy(value as JSONValue & object, budget);
    copies.set(value as object, copy);
    const above = parent && copies.get(parent.value as object);
    if (above) setMember(above, key, copy);
  }
  return copies.get(place.value as object) as JSONValue & object;
}

function shallowCopy(value: JSONValue & object, budget: Budget): JSONValue & object {
  if (Array.isArray(value)) {
    budget.visit(value.length);
    return [...value];
  }
  const entries = Object.entries(value);
  budget.visit(entries.length);
  return Object.fromEntries(entries) as JSONValue & object;
}

/** The places that are inside no other one. */
function outermost(places: readonly Place[]): Place[] {
  const selected = new Set(places.map(({ value }) => value).filter(isContainer));
  /** Whether a map or array is one of them or inside one; each is asked once. */
  const gone = new Map<object, boolean>();
  const isGone = (place: Place): boolean => {
    const asked: object[] = [];
    let answer = false;
    for (let at: Place | undefined = place; at; at = at.parent) {
      const value = at.value as JSONValue & object;
      const known = gone.get(value);
      if (known === undefined) asked.push(value);
      answer = known ?? selected.has(value);
      if (answer || known === false) break;
    }
    for (const value of asked) gone.set(value, answer);
    return answer;
  };
  return places.filter(({ parent }) => !parent || !isGone(parent));
}

function isContainer(value: JSONValue | undefined): value is JSONValue & object {
  return typeof value === 'object' && value !== null;
}

/** By definition and not by assignment, which would do something else to a member named `__proto__`. */
function setMember(parent: object, name: string | number, value: JSONValue): void {
  Object.defineProperty(parent, name, { value, enumerable: true, writable: true, configurable: true });
}
