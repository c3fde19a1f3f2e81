/** The form in which an object of the mailbox workspace is applied in the WEC. */
import {
  ADOPTED,
  apiVersionOf,
  DOWNSYNC_OVERWRITE,
  DOWNSYNCED,
  nativeResource,
  type ObjectMeta,
  ORIGIN,
  PROJECTED,
  PROJECTED_VALUE,
  parseApiVersion,
  type Unstructured,
} from '@kubestellar/api';
import { formatMark, identityOf, type Mark, markOf, type Origin, sourceIdsOf } from '@kubestellar/rules';
import { copyOf } from '../copy-form.ts';
import type { Role } from '../marks.ts';
import { withConversion } from './conversion.ts';

/** Whether users want the copy created once and then left alone: anything but "", "true" or absence. */
export function isCreateOnly(annotations: ObjectMeta['annotations']): boolean {
  return !['', 'true'].includes(annotations?.[DOWNSYNC_OVERWRITE] ?? '');
}

const ROLE = { created: DOWNSYNCED, adopted: ADOPTED } as const;

/**
 * The mark of a copy of `source`. What the placement-translator put into the mailbox workspace says what it was made of;
 * of what people put there, it is the source itself.
 * @param resource `<plural>.<group>` of the WEC
 */
export function markFor(source: Unstructured, resource: string, origin: Origin): Mark {
  const { namespace = '', name } = source.metadata;
  const sources = markOf(source, resource)?.sources ?? sourceIdsOf(resource, [source]);
  return { ...origin, resource, namespace, name, sources };
}

/** Makes the WEC form of `source`, with the marks by which the syncer knows its copies, and how they came to be. */
export function toWecForm(source: Unstructured, mark: Mark, role: Role = 'created'): Unstructured {
  return copyOf(withConversion(asNatural(source)), {
    labels: { [PROJECTED]: PROJECTED_VALUE },
    annotations: {
      ...(isCreateOnly(source.metadata.annotations) ? { [DOWNSYNC_OVERWRITE]: 'false' } : {}),
      ...(role === 'foreign' ? {} : { [ROLE[role]]: identityOf(source), [ORIGIN]: formatMark(mark) }),
    },
  });
}

/** Denatured objects become what they stand for, and act. */
export function asNatural(source: Unstructured): Unstructured {
  const apiVersion = apiVersionOf(nativeResource(parseApiVersion(source.apiVersion)));
  return apiVersion === source.apiVersion ? source : { ...source, apiVersion };
}
