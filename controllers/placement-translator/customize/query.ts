import { JSONPathEnvironment, JSONPathNode, JSONPathQuery, type JSONValue, jsonpath } from 'json-p3';
import type { Budget } from './budget.ts';
import { isDefinite, PathError, parsePath, type Segment, toRFC9535 } from './path.ts';

/** Where something is in an object: a member of a map or array, which may be missing, or (without one) the root. */
export interface Place {
  /** Where the map or array is; undefined for the root. */
  parent: Place | undefined;
  key: string | number;
  value: JSONValue | undefined;
}

/** A path that is ready to be applied. */
export interface Path {
  query: JSONPathQuery;
  /** All that comes before the last segment tells its places by itself, and so does the last one. */
  definite: boolean;
}

const MAX_LENGTH = 4096;
const MAX_SEGMENTS = 200;

const environment = new JSONPathEnvironment();
// Patterns and counts of nested queries can cost any amount of time.
for (const name of ['match', 'search', 'count', 'value']) environment.functionRegister.delete(name);

/** The library does not export this class. */
const DESCENDANT = environment.compile('$..*').segments[0]?.constructor;

/**
 * Reads a path in the dialect of docs/rules.md, semantics 8.3, or, failing that, in RFC 9535's syntax.
 * @throws PathError when it is neither
 */
export function compilePath(text: string): Path {
  if (text.length > MAX_LENGTH) throw new PathError(`longer than ${MAX_LENGTH} characters`);
  const path = compileEither(text);
  if (path.query.segments.length > MAX_SEGMENTS) throw new PathError(`more than ${MAX_SEGMENTS} steps`);
  return path;
}

/** Whether a path is in the dialect and names each of its places: what it costs, its own length tells. */
export function isPlainPath(text: string): boolean {
  try {
    return text.length <= MAX_LENGTH && isDefinite(parsePath(text));
  } catch {
    return false;
  }
}

/**
 * Finds the places that a path selects. A missing last member of a map counts as a place when the path is
 * definite: it is there to be created (docs/rules.md, semantics 8.3).
 * @param root a tree: nothing in it is there twice
 * @returns each place once
 */
export function placesOf(path: Path, root: JSONValue, budget: Budget): Place[] {
  const { segments } = path.query;
  const names = path.definite ? lastNames(path.query) : undefined;
  if (!names) return find(segments, root, budget);
  return find(segments.slice(0, -1), root, budget).flatMap((parent) => {
    if (!isContainer(parent.value) || Array.isArray(parent.value)) return [];
    budget.visit(names.length);
    return [...new Set(names)].map((key): Place => ({ parent, key, value: memberOf(parent.value, key) }));
  });
}

function compileEither(text: string): Path {
  let segments: Segment[];
  try {
    segments = parsePath(text);
  } catch (error) {
    const path = compileRFC9535(text);
    if (path) return path;
    throw error;
  }
  return { query: environment.compile(toRFC9535(segments)), definite: isDefinite(segments) };
}

function compileRFC9535(text: string): Path | undefined {
  try {
    const query = environment.compile(text);
    return hasSimpleFilters(query) ? { query, definite: query.singularQuery() } : undefined;
  } catch {
    return undefined;
  }
}

/** Filters may look at single values only: whole queries within queries cost any amount of time. */
function hasSimpleFilters(part: unknown): boolean {
  if (part instanceof jsonpath.expressions.FilterQuery) return part.path.singularQuery();
  if (Array.isArray(part)) return part.every(hasSimpleFilters);
  if (part instanceof JSONPathQuery) return part.segments.every(hasSimpleFilters);
  if (part instanceof jsonpath.JSONPathSegment) return part.selectors.every(hasSimpleFilters);
  if (part instanceof jsonpath.selectors.FilterSelector) return hasSimpleFilters(part.expression);
  if (part instanceof jsonpath.expressions.FilterExpression)
    return Object.values(part).every(hasSimpleFilters);
  return true;
}

/**
 * Segment by segment, each place once. So descendant segments that follow each other collapse: what is below
 * something that is below is below, and `$..*..*` visits every value twice, not once for each way to reach it.
 */
function find(segments: readonly jsonpath.JSONPathSegment[], root: JSONValue, budget: Budget): Place[] {
  let places: Place[] = [{ parent: undefined, key: '', value: root }];
  for (const segment of segments) {
    budget.visit(1 + segment.selectors.length);
    const from = segment.constructor === DESCENDANT ? withAllBelow(places, budget) : places;
    const next: Place[] = [];
    for (const place of from) for (const found of selectIn(place, segment, root, budget)) next.push(found);
    places = next;
  }
  return places;
}

/** The maps and arrays at some places, and those at any depth within them, each once. */
function withAllBelow(places: readonly Place[], budget: Budget): Place[] {
  const seen = new Set<JSONValue>();
  const found: Place[] = [];
  const waiting = [...places];
  for (let place = waiting.pop(); place; place = waiting.pop()) {
    const parent = place;
    const { value } = parent;
    if (!isContainer(value) || seen.has(value)) continue;
    seen.add(value);
    found.push(parent);
    const entries = entriesOf(value);
    budget.visit(entries.length);
    for (const [key, member] of entries)
      if (isContainer(member)) waiting.push({ parent, key, value: member });
  }
  return found;
}

function selectIn(
  parent: Place,
  { selectors }: jsonpath.JSONPathSegment,
  root: JSONValue,
  budget: Budget,
): Place[] {
  const { value } = parent;
  if (!isContainer(value)) return [];
  // The library selects among the members; where in the object they are is not its concern.
  const node = new JSONPathNode(value, [], root);
  const found = new Map<string | number, Place>();
  for (const selector of selectors) {
    budget.visit(costOf(selector, value));
    for (const { location, value: member } of selector.resolve(node)) {
      const [key = ''] = location;
      found.set(key, { parent, key, value: member });
    }
  }
  return [...found.values()];
}

function costOf(selector: jsonpath.selectors.JSONPathSelector, value: object): number {
  if (selector instanceof jsonpath.selectors.NameSelector) return 1;
  if (selector instanceof jsonpath.selectors.IndexSelector) return 1;
  const members = Array.isArray(value) ? value.length : Object.keys(value).length;
  return selector instanceof jsonpath.selectors.FilterSelector
    ? members * lengthOf(selector.expression)
    : members;
}

/** How many parts a filter has; each is looked at for each member. */
function lengthOf(part: unknown): number {
  if (Array.isArray(part)) return part.reduce((sum: number, each) => sum + lengthOf(each), 0);
  if (part instanceof jsonpath.expressions.FilterQuery) return 1 + part.path.segments.length;
  if (part instanceof jsonpath.expressions.FilterExpression) return 1 + lengthOf(Object.values(part));
  return 0;
}

function lastNames(query: JSONPathQuery): string[] | undefined {
  const selectors = query.segments.at(-1)?.selectors ?? [];
  const names = selectors.flatMap((selector) =>
    selector instanceof jsonpath.selectors.NameSelector ? [selector.name] : [],
  );
  return names.length > 0 && names.length === selectors.length ? names : undefined;
}

function entriesOf(value: object): [string | number, JSONValue][] {
  return Array.isArray(value) ? [...value.entries()] : Object.entries(value);
}

function memberOf(value: unknown, key: string): JSONValue | undefined {
  return Object.getOwnPropertyDescriptor(value, key)?.value;
}

function isContainer(value: unknown): value is JSONValue & object {
  return typeof value === 'object' && value !== null;
}
