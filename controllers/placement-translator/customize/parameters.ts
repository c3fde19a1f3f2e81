import type { KubeObject, Location } from '@kubestellar/api';
import { Budget } from './budget.ts';

/** Values by name, for the `%(name)` in objects and Customizers. */
export type Parameters = ReadonlyMap<string, string>;

/** The parameters of a Location: its annotations and, before these, its labels (docs/rules.md, semantics 8.2). */
export function parametersOf(location: Location): Parameters {
  const { annotations = {}, labels = {} } = location.metadata;
  return new Map([...Object.entries(annotations), ...Object.entries(labels)]);
}

/**
 * Puts parameters into a text: `%(name)` becomes the value, `%%` becomes `%`. All else stays as written: the
 * names of unknown parameters, all from a `%(` on that nothing closes, a `%` before anything else. What was
 * put in is not expanded again (docs/rules.md, semantics 8.2, as the design has it).
 * @throws BudgetError when that makes too much of it
 */
export function expand(text: string, parameters: Parameters, budget = new Budget()): string {
  let expanded = '';
  let done = 0;
  for (;;) {
    const percent = text.indexOf('%', done);
    const isName = percent >= 0 && text[percent + 1] === '(';
    const end = isName ? text.indexOf(')', percent) : percent + 1;
    if (percent < 0 || end < 0) return expanded + text.slice(done);
    const written = text.slice(percent, end + 1);
    const value = isName ? parameters.get(written.slice(2, -1)) : written === '%%' ? '%' : undefined;
    budget.visit();
    if (value !== undefined) budget.write(value.length);
    expanded += text.slice(done, percent) + (value ?? written);
    done = end + 1;
  }
}

/**
 * Expands every string value of an object at any depth, but no map keys.
 * @returns a new object
 * @throws BudgetError when it is too deep or too large, or would become so
 */
export function expandObject<T extends KubeObject>(
  object: T,
  parameters: Parameters,
  budget = new Budget(),
): T {
  budget.visitAll(object); // so that the recursion has an end
  return expandValue(object, parameters, budget) as T;
}

function expandValue(value: unknown, parameters: Parameters, budget: Budget): unknown {
  if (typeof value === 'string') return expand(value, parameters, budget);
  if (Array.isArray(value)) return value.map((element) => expandValue(element, parameters, budget));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [name, expandValue(member, parameters, budget)]),
  );
}
