/** The form in which an object of the mailbox workspace is applied in the WEC. */
import {
  DOWNSYNC_OVERWRITE,
  DOWNSYNCED,
  identityOf,
  isSystemKey,
  LAST_APPLIED,
  type ObjectMeta,
  PROJECTED,
  PROJECTED_VALUE,
  type Unstructured,
  UPSYNCED,
} from '@kubestellar/api';

type Annotations = NonNullable<ObjectMeta['annotations']>;

/** Every apiserver sets this on its Namespaces and lets nobody change it. */
const NAMESPACE_NAME_LABEL = 'kubernetes.io/metadata.name';
/** What says how an object came to be where it was read; it is said anew for the copy. */
const NOT_COPIED = new Set([DOWNSYNCED, UPSYNCED, LAST_APPLIED]);

/** Whether users want the copy created once and then left alone: anything but "", "true" or absence. */
export function isCreateOnly(annotations: Annotations | undefined): boolean {
  return !['', 'true'].includes(annotations?.[DOWNSYNC_OVERWRITE] ?? '');
}

/**
 * Makes the WEC form of `source`: what the user said, without what servers and other managers added, and
 * with the marks by which the syncer knows its copies. A field that is absent here is never owned.
 * @param claim whether the copy gets the annotation that lets the syncer delete it later
 */
export function toWecForm(source: Unstructured, claim = true): Unstructured {
  const { apiVersion, kind, metadata, status: _, ...content } = source;
  const { name, namespace } = metadata;
  return {
    apiVersion,
    kind,
    metadata: {
      name,
      ...(namespace === undefined ? {} : { namespace }),
      labels: { ...kept(metadata.labels, isOwnLabel), [PROJECTED]: PROJECTED_VALUE },
      annotations: {
        ...kept(metadata.annotations, isOwnAnnotation),
        ...(isCreateOnly(metadata.annotations) ? { [DOWNSYNC_OVERWRITE]: 'false' } : {}),
        ...(claim ? { [DOWNSYNCED]: identityOf(source) } : {}),
      },
    },
    ...contentOf(source, content),
  };
}

/** Per kind, the content that each cluster makes for itself. */
function contentOf({ apiVersion, kind }: Unstructured, content: object): object {
  if (apiVersion !== 'v1') return content;
  if (kind === 'Namespace') return {};
  if (kind === 'ServiceAccount') {
    // Its token Secrets: copying them between servers made each create ever more (spec semantics 7.2).
    const { secrets: _, ...rest } = content as { secrets?: unknown };
    return rest;
  }
  return content;
}

function isOwnLabel(key: string): boolean {
  return !isSystemKey(key) && key !== NAMESPACE_NAME_LABEL;
}

function isOwnAnnotation(key: string): boolean {
  return !isSystemKey(key) && !NOT_COPIED.has(key);
}

function kept(map: Annotations | undefined, keep: (key: string) => boolean): Annotations {
  return Object.fromEntries(Object.entries(map ?? {}).filter(([key]) => keep(key)));
}
