/** One copy of several sources that are the same object in different workspaces (docs/rules.md, semantics 5.2); pure. */
import type { KubeObject } from '@kubestellar/api';
import { isEqualJson } from '@kubestellar/kube';

type Members = { [name: string]: unknown };

/**
 * Labels, annotations and the members of maps like `data` come together, each from the first source that has it. Of all
 * else, such as `spec`, there is one: that of the first source.
 * @param copies at least one, made from each source, in their order (source-order.ts)
 * @returns the copy, and where the sources disagree, such as `spec` or `data.key`
 */
export function mergeCopies(copies: readonly [KubeObject, ...KubeObject[]]): {
  copy: KubeObject;
  conflicts: string[];
} {
  const [newest, ...older] = copies;
  if (older.length === 0) return { copy: newest, conflicts: [] };
  const conflicts = new Set<string>();
  const { apiVersion, kind, metadata, ...content } = newest as KubeObject & Members;
  const merged = membersOf(content);
  const labels = membersOf(metadata.labels);
  const annotations = membersOf(metadata.annotations);
  for (const other of older) {
    const { apiVersion: _, kind: __, metadata: itsMetadata, ...itsContent } = other as KubeObject & Members;
    addMissing(labels, itsMetadata.labels);
    addMissing(annotations, itsMetadata.annotations);
    for (const field of mergeContent(merged, itsContent)) conflicts.add(field);
  }
  const copy = {
    apiVersion,
    kind,
    metadata: {
      ...metadata,
      labels: Object.fromEntries(labels) as { [key: string]: string },
      ...(annotations.size > 0
        ? { annotations: Object.fromEntries(annotations) as { [key: string]: string } }
        : {}),
    },
    ...Object.fromEntries(merged),
  };
  return { copy, conflicts: [...conflicts].sort() };
}

/** Adds the content of an older source. @returns the fields, such as `spec` or `data.key`, that are not the same */
function mergeContent(merged: Map<string, unknown>, older: Members): string[] {
  const conflicts: string[] = [];
  for (const [field, value] of Object.entries(older)) {
    const own = merged.get(field) ?? undefined;
    if (own === undefined) merged.set(field, value);
    else if (field !== 'spec' && isMap(own) && isMap(value)) {
      const both = membersOf(own);
      conflicts.push(...addMissing(both, value).map((name) => `${field}.${name}`));
      merged.set(field, Object.fromEntries(both));
    } else if (!isEqualJson(own, value)) conflicts.push(field);
  }
  return conflicts;
}

/** A Map has no members but those that it was given: users may call theirs `toString` or `__proto__`. */
function membersOf(map: Members | undefined): Map<string, unknown> {
  return new Map(Object.entries(map ?? {}));
}

/** Adds what is missing. @returns the names of which there was something else */
function addMissing(own: Map<string, unknown>, other: Members | undefined): string[] {
  const different: string[] = [];
  for (const [name, value] of Object.entries(other ?? {})) {
    const known = own.get(name);
    if (known === undefined) own.set(name, value);
    else if (!isEqualJson(known, value)) different.push(name);
  }
  return different;
}

function isMap(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
