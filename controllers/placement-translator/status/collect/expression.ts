/** CEL expressions of users. */
import { Environment } from '@marcbachmann/cel-js';

/** An expression that can't be read, or evaluated; the message is for its author. */
export class ExpressionError extends Error {
  override readonly name = 'ExpressionError';
}

/** What expressions can name. */
export interface Scope {
  obj: unknown;
  returned: unknown;
  inventory: unknown;
  propagation: unknown;
}

/** @throws ExpressionError */
export type Expression = (scope: Scope) => unknown;

const environment = new Environment({
  homogeneousAggregateLiterals: false,
  enableOptionalTypes: true,
  limits: { maxAstNodes: 300, maxDepth: 40, maxListElements: 50, maxMapEntries: 50, maxCallArguments: 8 },
})
  .registerVariable('obj', 'dyn')
  .registerVariable('returned', 'dyn')
  .registerVariable('inventory', 'dyn')
  .registerVariable('propagation', 'dyn');

/** @throws ExpressionError when the text is not a CEL expression, or names what is not there */
export function parseExpression(text: string): Expression {
  try {
    const parsed = environment.parse(text);
    const { valid, error } = parsed.check();
    if (!valid) throw error;
    return (scope) => {
      try {
        return parsed(scope as unknown as Parameters<typeof parsed>[0]);
      } catch (failure) {
        throw new ExpressionError(firstLine(failure));
      }
    };
  } catch (failure) {
    throw new ExpressionError(firstLine(failure));
  }
}

/** The value as CEL knows it: whole numbers of JSON are ints. */
export function toCel(value: unknown): unknown {
  if (typeof value === 'number') return Number.isInteger(value) ? BigInt(value) : value;
  if (Array.isArray(value)) return value.map(toCel);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, toCel(member)]));
}

function firstLine(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return (message.split('\n')[0] ?? '').slice(0, 300);
}
