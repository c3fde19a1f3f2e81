/** The form in which an object of the mailbox workspace is applied in the WEC. */
import {
  apiVersionOf,
  DOWNSYNC_OVERWRITE,
  DOWNSYNCED,
  identityOf,
  naturalOf,
  type ObjectMeta,
  PROJECTED,
  PROJECTED_VALUE,
  parseApiVersion,
  type Unstructured,
} from '@kubestellar/api';
import { copyOf } from '../copy-form.ts';

/** Whether users want the copy created once and then left alone: anything but "", "true" or absence. */
export function isCreateOnly(annotations: ObjectMeta['annotations']): boolean {
  return !['', 'true'].includes(annotations?.[DOWNSYNC_OVERWRITE] ?? '');
}

/**
 * Makes the WEC form of `source`, with the marks by which the syncer knows its copies.
 * @param claim whether the copy gets the annotation that lets the syncer delete it later
 */
export function toWecForm(source: Unstructured, claim = true): Unstructured {
  return copyOf(asNatural(source), {
    labels: { [PROJECTED]: PROJECTED_VALUE },
    annotations: {
      ...(isCreateOnly(source.metadata.annotations) ? { [DOWNSYNC_OVERWRITE]: 'false' } : {}),
      ...(claim ? { [DOWNSYNCED]: identityOf(source) } : {}),
    },
  });
}

/** Denatured objects become what they stand for, and act. */
function asNatural(source: Unstructured): Unstructured {
  const apiVersion = apiVersionOf(naturalOf(parseApiVersion(source.apiVersion)));
  return apiVersion === source.apiVersion ? source : { ...source, apiVersion };
}
