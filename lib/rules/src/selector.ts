/** Evaluation of label selectors (Kubernetes convention; docs/rules.md, api 2). */
import type { LabelSelector } from '@kubestellar/api';

/** Thrown for a selector that Kubernetes itself would refuse; `message` names the requirement. */
export class InvalidSelectorError extends Error {
  override readonly name = 'InvalidSelectorError';
}

type Labels = { readonly [key: string]: string };
type Requirement = NonNullable<LabelSelector['matchExpressions']>[number];

/**
 * Whether `labels` satisfy `selector`: all of its requirements hold. The empty selector matches
 * everything, an absent one nothing.
 * @throws InvalidSelectorError when any requirement is malformed, even if another one already fails.
 */
export function matchesSelector(
  selector: LabelSelector | null | undefined,
  labels: Labels | undefined,
): boolean {
  if (selector == null) return false;
  const wanted = Object.entries(selector.matchLabels ?? {}).map(([key, value]) => labels?.[key] === value);
  const expressed = (selector.matchExpressions ?? []).map((requirement) => holds(requirement, labels ?? {}));
  return wanted.every(Boolean) && expressed.every(Boolean);
}

/** Whether at least one of `selectors` matches; no selector, no match. Throws like `matchesSelector`. */
export function matchesAnySelector(
  selectors: readonly LabelSelector[] | null | undefined,
  labels: Labels | undefined,
): boolean {
  return (selectors ?? []).some((selector) => matchesSelector(selector, labels));
}

function holds(requirement: Requirement, labels: Labels): boolean {
  const { key, operator } = requirement;
  const values = requirement.values ?? [];
  if (key === '') throw new InvalidSelectorError('a label selector requirement has an empty key');
  const value = Object.hasOwn(labels, key) ? labels[key] : undefined;
  switch (operator) {
    case 'In':
      requireValues(requirement, values.length > 0);
      return value !== undefined && values.includes(value);
    case 'NotIn':
      requireValues(requirement, values.length > 0);
      return value === undefined || !values.includes(value);
    case 'Exists':
      requireValues(requirement, values.length === 0);
      return value !== undefined;
    case 'DoesNotExist':
      requireValues(requirement, values.length === 0);
      return value === undefined;
    default:
      throw new InvalidSelectorError(
        `label selector operator "${operator}" of key "${key}" is not one of In, NotIn, Exists, DoesNotExist`,
      );
  }
}

function requireValues({ key, operator }: Requirement, fits: boolean): void {
  if (fits) return;
  const rule = operator.endsWith('In') ? 'needs at least one value' : 'takes no values';
  throw new InvalidSelectorError(`label selector operator ${operator} of key "${key}" ${rule}`);
}
