import { apiVersionOf, CONVERSION, CUSTOM_RESOURCE_DEFINITIONS, type Unstructured } from '@kubestellar/api';

const { kind } = CUSTOM_RESOURCE_DEFINITIONS;
const apiVersion = apiVersionOf(CUSTOM_RESOURCE_DEFINITIONS);

/**
 * A CRD in a mailbox workspace never names a conversion webhook, which the core would call; an annotation has what the
 * user wrote, for the cluster.
 * @returns the object with the conversion that its user wrote
 */
export function withConversion(source: Unstructured): Unstructured {
  const text = source.metadata.annotations?.[CONVERSION];
  if (text === undefined || source.kind !== kind || source.apiVersion !== apiVersion) return source;
  const conversion = parsed(text);
  return conversion ? { ...source, spec: { ...(source.spec as object), conversion } } : source;
}

/** Whoever has put something else there gets no conversion, as without the annotation. */
function parsed(text: string): object | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
