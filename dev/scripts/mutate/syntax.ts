import { parseSync } from 'oxc-parser';

/** A change of a source that takes one check away. */
export interface Mutant {
  /** Where the check stands, from 1. */
  readonly line: number;
  /** The text from `start` to `end` is replaced. */
  readonly start: number;
  readonly end: number;
  readonly replacement: string;
}

/** A part of a source, as the parser has it. */
export interface Node {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly [field: string]: unknown;
}

/**
 * Looks at every part of a source.
 * @param look gets what is around the part, too; the innermost comes last
 * @throws Error when the source can't be parsed
 */
export function visitSource(
  file: string,
  source: string,
  look: (node: Node, ancestors: readonly Node[]) => void,
): void {
  const { program, errors } = parseSync(file, source);
  if (errors[0]) throw new Error(`${file}: ${errors[0].message}`);
  visit(program as unknown as Node, [], look);
}

/** @returns the number of the line that holds a place of the source */
export function lineOf(source: string, place: number): number {
  return source.slice(0, place).split('\n').length;
}

export function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && typeof Reflect.get(value, 'type') === 'string';
}

function visit(
  node: Node,
  ancestors: readonly Node[],
  look: (node: Node, ancestors: readonly Node[]) => void,
): void {
  look(node, ancestors);
  const inside = [...ancestors, node];
  for (const value of Object.values(node)) {
    for (const child of Array.isArray(value) ? value : [value]) if (isNode(child)) visit(child, inside, look);
  }
}
