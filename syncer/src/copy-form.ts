/** What of an object is carried from one server to another, in both directions. */
import {
  ADOPTED,
  CONVERSION,
  CREATED_FIELDS,
  DEFINED_BY,
  DOWNSYNCED,
  isSystemKey,
  LAST_APPLIED,
  type ObjectMeta,
  ORIGIN,
  PLACED_BY,
  type Unstructured,
  UPSYNCED,
} from '@kubestellar/api';

type Strings = NonNullable<ObjectMeta['annotations']>;

/** Every apiserver sets this on its Namespaces and lets nobody change it. */
const NAMESPACE_NAME_LABEL = 'kubernetes.io/metadata.name';
/** What says how an object came to be where it was read; it is said anew for the copy. */
const NOT_COPIED = new Set([
  ORIGIN,
  DOWNSYNCED,
  ADOPTED,
  UPSYNCED,
  CREATED_FIELDS,
  CONVERSION,
  LAST_APPLIED,
  PLACED_BY,
  DEFINED_BY,
]);

/** Labels and annotations that mark an object as a copy. */
export interface Marks {
  labels?: Strings;
  annotations?: Strings;
}

/**
 * Copies what the user said, without the status and without what servers and other managers added, and
 * marks the copy. A field that is absent here is never owned.
 */
export function copyOf(source: Unstructured, marks: Marks): Unstructured {
  const { apiVersion, kind, metadata, status: _, ...content } = source;
  const { name, namespace } = metadata;
  return {
    apiVersion,
    kind,
    metadata: {
      name,
      ...(namespace === undefined ? {} : { namespace }),
      labels: { ...kept(metadata.labels, isOwnLabel), ...marks.labels },
      annotations: { ...kept(metadata.annotations, isOwnAnnotation), ...marks.annotations },
    },
    ...contentOf(source, content),
  };
}

/** Per kind, without the content that each server makes for itself. */
function contentOf({ apiVersion, kind }: Unstructured, content: object): object {
  if (apiVersion !== 'v1') return content;
  if (kind === 'Namespace') return {};
  if (kind === 'ServiceAccount') {
    // Its token Secrets: copying them between servers made each create ever more (docs/rules.md, semantics 7.2).
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

function kept(map: Strings | undefined, keep: (key: string) => boolean): Strings {
  return Object.fromEntries(Object.entries(map ?? {}).filter(([key]) => keep(key)));
}
