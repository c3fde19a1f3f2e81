import type { KubeObject, Location } from '@kubestellar/api';

/** Values by name, for the `%(name)` in objects and Customizers. */
export type Parameters = ReadonlyMap<string, string>;

/** The parameters of a Location: its annotations and, before these, its labels (spec semantics 8.2). */
export function parametersOf(location: Location): Parameters {
  const { annotations = {}, labels = {} } = location.metadata;
  return new Map([...Object.entries(annotations), ...Object.entries(labels)]);
}

/**
 * Puts parameters into a text: `%(name)` becomes the value, `%%` becomes `%`. All else stays as written: the
 * names of unknown parameters, all from a `%(` on that nothing closes, a `%` before anything else. What was
 * put in is not expanded again (spec semantics 8.2, as the design has it).
 */
export function expand(text: string, parameters: Parameters): string {
  let expanded = '';
  let done = 0;
  for (;;) {
    const percent = text.indexOf('%', done);
    const isName = percent >= 0 && text[percent + 1] === '(';
    const end = isName ? text.indexOf(')', percent) : percent + 1;
    if (percent < 0 || end < 0) return expanded + text.slice(done);
    const written = text.slice(percent, end + 1);
    const value = isName ? parameters.get(written.slice(2, -1)) : written === '%%' ? '%' : undefined;
    expanded += text.slice(done, percent) + (value ?? written);
    done = end + 1;
  }
}

/** Expands every string value of an object at any depth, but no map keys. @returns a new object */
export function expandObject<T extends KubeObject>(object: T, parameters: Parameters): T {
  return expandValue(object, parameters) as T;
}

function expandValue(value: unknown, parameters: Parameters): unknown {
  if (typeof value === 'string') return expand(value, parameters);
  if (Array.isArray(value)) return value.map((element) => expandValue(element, parameters));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [name, expandValue(member, parameters)]),
  );
}
