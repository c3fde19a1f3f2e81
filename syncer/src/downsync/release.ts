/** How an adopted object is let go of; pure. */
import { FIELD_MANAGERS, isEdgeKey, type KubeObject, type ManagedFieldsEntry } from '@kubestellar/api';

interface Operation {
  op: 'replace' | 'remove';
  path: string;
  value?: unknown;
}

/** What a server takes for "no managed fields": of an empty list it makes nothing. */
const NONE: ManagedFieldsEntry[] = [{}];

/**
 * @param live the object as it is, with all its managed fields
 * @returns a JSON patch that takes away our labels, annotations and field ownership, and nothing else; it fails when the
 *   object has changed meanwhile
 */
export function releasePatch({ metadata }: KubeObject): Operation[] {
  const { resourceVersion, managedFields = [], labels = {}, annotations = {} } = metadata;
  const others = managedFields.filter((entry) => !isOwn(entry));
  const remove = (field: string, map: object) =>
    Object.keys(map)
      .filter(isEdgeKey)
      .map((key): Operation => ({ op: 'remove', path: `/metadata/${field}/${escaped(key)}` }));
  return [
    { op: 'replace', path: '/metadata/resourceVersion', value: resourceVersion },
    ...(others.length === managedFields.length
      ? []
      : [
          {
            op: 'replace' as const,
            path: '/metadata/managedFields',
            value: others.length > 0 ? others : NONE,
          },
        ]),
    ...remove('labels', labels),
    ...remove('annotations', annotations),
  ];
}

function isOwn({ manager, subresource }: ManagedFieldsEntry): boolean {
  return manager === FIELD_MANAGERS.syncer && !subresource;
}

/** As JSON pointers are written (RFC 6901). */
function escaped(key: string): string {
  return key.replaceAll('~', '~0').replaceAll('/', '~1');
}
