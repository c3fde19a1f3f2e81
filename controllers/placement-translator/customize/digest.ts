import { createHash } from 'node:crypto';
import { type KubeObject, QUARANTINED, VALIDATION_ERROR_PREFIX } from '@kubestellar/api';

/** Objects of the caches don't change: a changed one is another. */
const known = new WeakMap<object, string>();

/** @returns a digest of what `content` returns, which is asked once for each object */
export function digestOf(object: object, content: () => unknown): string {
  const digest = known.get(object) ?? sha256(JSON.stringify(content()));
  known.set(object, digest);
  return digest;
}

/**
 * @param isPartial whether the cache holds metadata only: then the generation stands for the rest
 * @returns a digest of all in a workload object that its customization may depend on
 */
export function sourceDigest(object: KubeObject, isPartial: boolean): string {
  const { uid, generation } = object.metadata;
  // Lists leave out kind and version of their entries, watches don't: they say nothing here, and neither does the order.
  const { metadata, apiVersion: _version, kind: _kind, ...content } = customizable(object);
  if (isPartial) return digestOf(object, () => [uid, generation, metadata]);
  const fields = Object.entries(content).sort(([a], [b]) => (a < b ? -1 : 1));
  try {
    return digestOf(object, () => [uid, metadata, fields]);
  } catch (error) {
    // Nested too deep for JSON: it can't be customized anyway.
    if (!(error instanceof RangeError)) throw error;
    return digestOf(object, () => [uid, generation, metadata]);
  }
}

/**
 * The object as its customization sees it: what users write, without what servers, clusters and we ourselves report.
 * @returns another object, which shares its content
 */
export function customizable<T extends KubeObject>(object: T): T {
  const { status: _, metadata, ...content } = object;
  const { name, namespace, labels, annotations, finalizers, ownerReferences } = metadata;
  const kept = Object.entries(annotations ?? {}).filter(
    ([key]) => key !== QUARANTINED && !key.startsWith(VALIDATION_ERROR_PREFIX),
  );
  const parts = {
    name,
    namespace,
    labels,
    annotations: Object.fromEntries(kept),
    finalizers,
    ownerReferences,
  };
  const present = Object.entries(parts).filter(([, value]) => value !== undefined);
  return { ...content, metadata: Object.fromEntries(present) } as unknown as T;
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('base64url').slice(0, 22);
}
