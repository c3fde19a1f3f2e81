/** The conversion webhooks of CRDs: data in the core, which would call them with the objects of others; pure. */
import { CONVERSION, CUSTOM_RESOURCE_DEFINITIONS, groupResourceOf, type KubeObject } from '@kubestellar/api';

const DEFINITIONS = groupResourceOf(CUSTOM_RESOURCE_DEFINITIONS);

/**
 * @param groupResource `plural.group` of the copy
 * @param copy what all its sources together make
 * @returns the copy as the core may have it: of a CRD whose objects a webhook converts, one without; what the user wrote
 *   is in an annotation, for the syncer
 */
export function withoutWebhook(groupResource: string, copy: KubeObject): KubeObject {
  if (groupResource !== DEFINITIONS) return copy;
  const spec = copy.spec as { conversion?: { strategy?: string } } | undefined;
  if (spec?.conversion?.strategy !== 'Webhook') return copy;
  const annotations = { ...copy.metadata.annotations, [CONVERSION]: JSON.stringify(spec.conversion) };
  return {
    ...copy,
    metadata: { ...copy.metadata, annotations },
    spec: { ...spec, conversion: { strategy: 'None' } },
  };
}
