import { type Customizer, EXPAND_PARAMETERS, type KubeObject } from '@kubestellar/api';
import type { JSONValue } from 'json-p3';
import { Budget, BudgetError } from './budget.ts';
import { expand, expandObject, type Parameters } from './parameters.ts';
import { compilePath, type Path } from './query.ts';
import { setAll } from './replace.ts';

/** One replacement of a Customizer, ready to be applied. */
export interface Replacement {
  /** The path as its Customizer has it, for messages. */
  written: string;
  path: Path;
  /** JSON text. */
  value: string;
}

/** What is to be done to an object for one destination. */
export interface Customization {
  /** Given when the object itself asks for expansion. */
  parameters: Parameters | undefined;
  replacements: readonly Replacement[];
}

/** Whether parameters are expanded in a workload object or a Customizer (docs/rules.md, semantics 8.1). */
export function expands(object: KubeObject): boolean {
  return object.metadata.annotations?.[EXPAND_PARAMETERS] === 'true';
}

/**
 * Reads the replacements of a Customizer; those that can't be read are left out (docs/rules.md, semantics 8.3).
 * @param parameters to be expanded in paths and values, when the Customizer asks for that
 * @returns the replacements, and one line for each that was left out
 * @throws BudgetError
 */
export function replacementsOf(
  customizer: Pick<Customizer, 'replacements'>,
  parameters: Parameters | undefined,
  budget = new Budget(),
): { replacements: Replacement[]; problems: string[] } {
  const replacements: Replacement[] = [];
  const problems: string[] = [];
  for (const { path: written, value } of customizer.replacements ?? []) {
    const text = (raw: string) => (parameters ? expand(raw, parameters, budget) : raw);
    try {
      budget.visit(written.length); // what reading takes
      const path = compilePath(text(written));
      replacements.push({ written, path, value: checkedValue(text(value), budget) });
    } catch (error) {
      if (error instanceof BudgetError) throw error;
      problems.push(`replacement of ${written}: ${(error as Error).message}`);
    }
  }
  return { replacements, problems };
}

/**
 * Makes an object as one destination gets it: first its parameters are expanded, then the replacements are
 * made in their order (docs/rules.md, semantics 8.1). What identifies the object never changes.
 * @returns the object, and one line for each replacement that could not be made
 * @throws BudgetError: then nothing of it counts
 */
export function customize<T extends KubeObject>(
  source: T,
  { parameters, replacements }: Customization,
  budget = new Budget(),
): { object: T; problems: string[] } {
  let object = parameters ? withIdentityOf(source, expandObject(source, parameters, budget)) : source;
  const problems: string[] = [];
  for (const { written, path, value } of replacements) {
    try {
      const changed = setAll(object as unknown as JSONValue, path, value, budget);
      if (isStill(source, changed)) object = changed as unknown as T;
      else problems.push(`replacement of ${written}: it would change apiVersion, kind, name or namespace`);
    } catch (error) {
      if (error instanceof BudgetError) throw error;
      problems.push(`replacement of ${written}: ${(error as Error).message}`);
    }
  }
  return { object, problems };
}

/** The text of an error would quote the value, which may be a secret. */
function checkedValue(text: string, budget: Budget): string {
  let value: unknown;
  try {
    budget.write(text.length);
    value = JSON.parse(text);
  } catch (error) {
    if (error instanceof BudgetError) throw error;
    throw new Error('the value is not JSON (a string needs quotes of its own, \'"like this"\')');
  }
  budget.visitAll(value);
  return text;
}

function withIdentityOf<T extends KubeObject>({ apiVersion, kind, metadata }: T, expanded: T): T {
  const { name, namespace } = metadata;
  const names = { name, ...(namespace === undefined ? {} : { namespace }) };
  return { ...expanded, apiVersion, kind, metadata: { ...expanded.metadata, ...names } };
}

function isStill(source: KubeObject, changed: JSONValue): boolean {
  const { apiVersion, kind, metadata } = (changed ?? {}) as unknown as Partial<KubeObject>;
  return (
    apiVersion === source.apiVersion &&
    kind === source.kind &&
    metadata?.name === source.metadata.name &&
    metadata.namespace === source.metadata.namespace
  );
}
