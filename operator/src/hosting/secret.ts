import type { KubeObject } from '@kubestellar/api';

/** A Secret; its data is base64. */
export interface Secret extends KubeObject<never, never> {
  type?: string;
  data?: { [key: string]: string };
}

/** The texts in a Secret by key; none when there is no Secret. */
export function textsOf(secret: Secret | undefined): Readonly<Partial<Record<string, string>>> {
  const entries = Object.entries(secret?.data ?? {});
  return Object.fromEntries(entries.map(([key, value]) => [key, Buffer.from(value, 'base64').toString()]));
}

/** A Secret of texts, without apiVersion and kind. */
export function secretOf(
  name: string,
  texts: Readonly<Record<string, string>>,
): Omit<Secret, 'apiVersion' | 'kind'> {
  const entries = Object.entries(texts);
  return {
    metadata: { name },
    type: 'Opaque',
    data: Object.fromEntries(entries.map(([key, value]) => [key, Buffer.from(value).toString('base64')])),
  };
}
