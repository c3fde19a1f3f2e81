import { JSONPathEnvironment, JSONPathNode, JSONPathQuery, type JSONValue, jsonpath } from 'json-p3';
import { isDefinite, PathError, parsePath, type Segment, toRFC9535 } from './path.ts';

/** Where something is in an object: member names and array indices from the root. */
export type Place = readonly (string | number)[];

/** A path that is ready to be applied. */
export interface Path {
  query: JSONPathQuery;
  /** All that comes before the last segment tells its places by itself, and so does the last one. */
  definite: boolean;
}

/** Deep enough for any object that a server takes; the library's own limit is less than CRDs need. */
const MAX_DEPTH = 1000;
const MAX_LENGTH = 4096;

const environment = new JSONPathEnvironment({ maxRecursionDepth: MAX_DEPTH });
// Whoever may write a Customizer must not be able to keep the controller busy for all others: patterns and
// counts of nested queries can cost any amount of time.
for (const name of ['match', 'search', 'count', 'value']) environment.functionRegister.delete(name);

/**
 * Reads a path in the spec's dialect (semantics 8.3) or, failing that, in RFC 9535's syntax.
 * @throws PathError when it is neither
 */
export function compilePath(text: string): Path {
  if (text.length > MAX_LENGTH) throw new PathError(`longer than ${MAX_LENGTH} characters`);
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

/**
 * Finds the places that a path selects. A missing last member of a map counts as a place when the path is
 * definite: it is there to be created (spec semantics 8.3).
 * @returns each place once
 */
export function placesOf(path: Path, root: JSONValue): Place[] {
  const names = path.definite ? lastNames(path.query) : undefined;
  if (!names) return find(path.query, root).map(({ location }) => location);
  const parents = find(new JSONPathQuery(environment, path.query.segments.slice(0, -1)), root);
  return parents
    .filter(({ value }) => typeof value === 'object' && value !== null && !Array.isArray(value))
    .flatMap(({ location }) => names.map((name) => [...location, name]));
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

/** Step by step, each node once: a path like `$..*..*..*` would multiply them beyond measure. */
function find(query: JSONPathQuery, root: JSONValue): JSONPathNode[] {
  let nodes = [new JSONPathNode(root, [], root)];
  for (const segment of query.segments) {
    const unique = new Map(segment.resolve(nodes).map((node) => [JSON.stringify(node.location), node]));
    nodes = [...unique.values()];
  }
  return nodes;
}

function lastNames(query: JSONPathQuery): string[] | undefined {
  const selectors = query.segments.at(-1)?.selectors ?? [];
  const names = selectors.flatMap((selector) =>
    selector instanceof jsonpath.selectors.NameSelector ? [selector.name] : [],
  );
  return names.length > 0 && names.length === selectors.length ? names : undefined;
}
