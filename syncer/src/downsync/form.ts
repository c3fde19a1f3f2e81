/** The form in which an object of the mailbox workspace is applied in the WEC. */
import {
  ADOPTED,
  apiVersionOf,
  DOWNSYNC_OVERWRITE,
  DOWNSYNCED,
  nativeResource,
  type ObjectMeta,
  PROJECTED,
  PROJECTED_VALUE,
  parseApiVersion,
  type Unstructured,
} from '@kubestellar/api';
import { identityOf } from '@kubestellar/rules';
import { copyOf } from '../copy-form.ts';
import { withConversion } from './conversion.ts';

/** Whether users want the copy created once and then left alone: anything but "", "true" or absence. */
export function isCreateOnly(annotations: ObjectMeta['annotations']): boolean {
  return !['', 'true'].includes(annotations?.[DOWNSYNC_OVERWRITE] ?? '');
}

/** How an object came to be a copy: made by the syncer, which may delete it later, or there before. */
export type Origin = 'created' | 'adopted' | 'foreign';

const MARK = { created: DOWNSYNCED, adopted: ADOPTED } as const;

/** Makes the WEC form of `source`, with the marks by which the syncer knows its copies and their origin. */
export function toWecForm(source: Unstructured, origin: Origin = 'created'): Unstructured {
  return copyOf(withConversion(asNatural(source)), {
    labels: { [PROJECTED]: PROJECTED_VALUE },
    annotations: {
      ...(isCreateOnly(source.metadata.annotations) ? { [DOWNSYNC_OVERWRITE]: 'false' } : {}),
      ...(origin === 'foreign' ? {} : { [MARK[origin]]: identityOf(source) }),
    },
  });
}

/** Denatured objects become what they stand for, and act. */
export function asNatural(source: Unstructured): Unstructured {
  const apiVersion = apiVersionOf(nativeResource(parseApiVersion(source.apiVersion)));
  return apiVersion === source.apiVersion ? source : { ...source, apiVersion };
}
