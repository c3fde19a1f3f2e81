import { isNode, lineOf, type Mutant, type Node, visitSource } from './syntax.ts';

/** What is thrown at bad input and under bad circumstances. */
const FAILURES = new Set(['UsageError', 'CommandFailure', 'KubeconfigError']);

/**
 * Finds every `throw new UsageError(...)` and the like, and how to make it never happen: the condition that leads to it
 * becomes false, or that which leads around it true; where there is none the throw itself goes.
 * @throws Error when the source can't be parsed
 */
export function validationsIn(file: string, source: string): Mutant[] {
  const mutants: Mutant[] = [];
  visitSource(file, source, (node, ancestors) => {
    if (isFailure(node)) mutants.push({ line: lineOf(source, node.start), ...removalOf(node, ancestors) });
  });
  return mutants;
}

function isFailure({ type, argument }: Node): boolean {
  if (type !== 'ThrowStatement' || !isNode(argument) || argument.type !== 'NewExpression') return false;
  const { callee } = argument;
  return isNode(callee) && callee.type === 'Identifier' && FAILURES.has(String(callee.name));
}

/** @param ancestors the innermost last */
function removalOf(thrown: Node, ancestors: readonly Node[]): Omit<Mutant, 'line'> {
  let child = thrown;
  for (const ancestor of ancestors.toReversed()) {
    if (ancestor.type === 'IfStatement') {
      const { test, consequent } = ancestor as Node & { test: Node };
      return replace(test, String(consequent !== child));
    }
    const around = ancestor.type === 'BlockStatement' ? wayAround(ancestor, child) : undefined;
    if (around) return replace(around, 'true');
    if (/Function|CatchClause/.test(ancestor.type)) break;
    child = ancestor;
  }
  return replace(thrown, ';');
}

/** @returns the condition of the last statement before `child` that returns */
function wayAround({ body }: Node, child: Node): Node | undefined {
  const statements = body as Node[];
  const before = statements.slice(0, statements.indexOf(child)).toReversed();
  const leaving = before.find(
    ({ type, consequent }) => type === 'IfStatement' && isNode(consequent) && leaves(consequent),
  );
  return leaving && (leaving.test as Node);
}

function leaves({ type, body }: Node): boolean {
  if (type === 'BlockStatement') return (body as Node[]).some(leaves);
  return type === 'ReturnStatement' || type === 'ContinueStatement';
}

function replace({ start, end }: Node, replacement: string): Omit<Mutant, 'line'> {
  return { start, end, replacement };
}
