import { isNode, lineOf, type Mutant, type Node, visitSource } from './syntax.ts';

const COMPARISONS = new Set(['===', '!==', '==', '!=', '<', '>', '<=', '>=', 'in', 'instanceof']);
/** Methods that ask a function about each element. */
const ASKING = new Set(['filter', 'some', 'every', 'find', 'findLast', 'findIndex']);
/** What is called so is true or false. */
const YES_OR_NO = /^(?:is|are|has|was|may|can|needs|should|accepts|asks)(?:[A-Z]|$)/;

/**
 * Finds every condition of a source and makes each true, and false. What is made of several by `&&`, `||` and `!` is
 * taken apart: each part is a condition of its own.
 * @throws Error when the source can't be parsed
 */
export function conditionsIn(file: string, source: string): Mutant[] {
  const found = new Map<number, Node>();
  const take = (node: unknown) => {
    for (const part of partsOf(node)) found.set(part.start, part);
  };
  visitSource(file, source, (node, ancestors) => {
    take(conditionOf(node));
    if (isComparison(node)) take(node);
    if (node.type === 'ReturnStatement' && isYesOrNo(innermostFunction(ancestors))) take(node.argument);
  });
  return [...found.values()]
    .sort((a, b) => a.start - b.start)
    .flatMap(({ start, end }) =>
      ['true', 'false'].map((replacement) => ({ line: lineOf(source, start), start, end, replacement })),
    );
}

/** @returns what a part of a source asks, if it asks something */
function conditionOf(node: Node): unknown {
  switch (node.type) {
    case 'IfStatement':
    case 'ConditionalExpression':
    case 'WhileStatement':
    case 'ForStatement':
      return node.test;
    case 'LogicalExpression':
      return node.operator === '??' ? undefined : node.left;
    case 'UnaryExpression':
      return node.operator === '!' ? node.argument : undefined;
    case 'CallExpression':
      return isAsking(node.callee) ? answerOf((node.arguments as Node[])[0]) : undefined;
    case 'Property':
      return isYesOrNo(node) ? answerOf(node.value) : undefined;
    default:
      return isYesOrNo(node) ? node.init : undefined;
  }
}

/** @returns the conditions that an expression is made of */
function partsOf(node: unknown): Node[] {
  if (!isNode(node) || node.type === 'Literal') return [];
  if (node.type === 'LogicalExpression' && node.operator !== '??')
    return [...partsOf(node.left), ...partsOf(node.right)];
  if (node.type === 'UnaryExpression' && node.operator === '!') return partsOf(node.argument);
  if (node.type === 'ParenthesizedExpression') return partsOf(node.expression);
  return [node];
}

function isComparison({ type, operator }: Node): boolean {
  return type === 'BinaryExpression' && COMPARISONS.has(String(operator));
}

function isAsking(callee: unknown): boolean {
  return isNode(callee) && callee.type === 'MemberExpression' && ASKING.has(nameOf(callee.property));
}

/** @returns what a function of one expression answers; of anything else, itself if it is an expression that answers */
function answerOf(value: unknown): unknown {
  if (!isNode(value)) return undefined;
  if (value.type === 'ArrowFunctionExpression') return value.expression ? value.body : undefined;
  return /Function|Literal|Identifier|MemberExpression/.test(value.type) ? undefined : value;
}

/** Whether a variable, a property or a function is named as something that is true or false. */
function isYesOrNo(node: Node | undefined): boolean {
  if (node?.type === 'VariableDeclarator') return isNode(node.init) && namedSo(node.id) && isPlain(node.init);
  if (node?.type === 'Property') return !node.shorthand && namedSo(node.key);
  return node?.type === 'FunctionDeclaration' && namedSo(node.id);
}

function isPlain({ type }: Node): boolean {
  return !/Function/.test(type);
}

function namedSo(name: unknown): boolean {
  return YES_OR_NO.test(nameOf(name));
}

function nameOf(node: unknown): string {
  return isNode(node) && node.type === 'Identifier' ? String(node.name) : '';
}

function innermostFunction(ancestors: readonly Node[]): Node | undefined {
  return ancestors.findLast(({ type }) => /Function/.test(type));
}
