/** One copy of several sources that are the same object in different workspaces (spec semantics 5.2); pure. */
import type { KubeObject } from '@kubestellar/api';
import { dequal } from 'dequal/lite';

type Members = { [name: string]: unknown };

/**
 * Labels, annotations and the members of maps like `data` come together, each from the most recently written source
 * that has it. Of all else, such as `spec`, there is one: that of the most recently written source.
 * @param copies at least one, made from each source, the most recently written one first
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
  const merged: Members = { ...content };
  const labels = { ...metadata.labels };
  const annotations = { ...metadata.annotations };
  for (const other of older) {
    const { apiVersion: _, kind: __, metadata: itsMetadata, ...itsContent } = other as KubeObject & Members;
    addMissing(labels, itsMetadata.labels ?? {});
    addMissing(annotations, itsMetadata.annotations ?? {});
    for (const [field, value] of Object.entries(itsContent)) {
      const own = merged[field] ?? undefined;
      if (own === undefined) merged[field] = value;
      else if (field !== 'spec' && isMap(own) && isMap(value)) {
        const both = { ...own };
        for (const name of addMissing(both, value)) conflicts.add(`${field}.${name}`);
        merged[field] = both;
      } else if (!dequal(own, value)) conflicts.add(field);
    }
  }
  const hasAnnotations = Object.keys(annotations).length > 0;
  const copy = {
    apiVersion,
    kind,
    metadata: { ...metadata, labels, ...(hasAnnotations ? { annotations } : {}) },
    ...merged,
  };
  return { copy, conflicts: [...conflicts].sort() };
}

/** Adds what is missing. @returns the names of which there was something else */
function addMissing(own: Members, other: Members): string[] {
  const different: string[] = [];
  for (const [name, value] of Object.entries(other)) {
    if (own[name] === undefined) own[name] = value;
    else if (!dequal(own[name], value)) different.push(name);
  }
  return different;
}

function isMap(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
