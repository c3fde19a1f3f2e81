/** A KubeStellar and a store of its objects in memory, for the tests of this folder. */
import {
  apiVersionOf,
  type KubeObject,
  type KubeStellar,
  type KubeStellarSpec,
  type Resource,
} from '@kubestellar/api';
import type { Objects } from './hosting/owned.ts';

/** A KubeStellar with `spec`. */
export function coreOf(spec: KubeStellarSpec = {}, annotations: Record<string, string> = {}): KubeStellar {
  return {
    apiVersion: 'operator.kubestellar.io/v1alpha1',
    kind: 'KubeStellar',
    metadata: { name: 'kubestellar', namespace: 'ks', uid: 'uid-1', generation: 3, annotations },
    spec,
  };
}

/** Stores objects as they are ensured, like a server without other writers. */
export class StoredObjects implements Objects {
  readonly stored = new Map<string, KubeObject>();
  /** Names of the written objects, in order. */
  readonly written: string[] = [];

  async get<T extends KubeObject>(resource: Resource, name: string): Promise<T | undefined> {
    return structuredClone(this.stored.get(`${resource.plural}/${name}`)) as T | undefined;
  }

  async ensure<T extends KubeObject>(
    resource: Resource,
    desired: Omit<T, 'apiVersion' | 'kind'>,
  ): Promise<T | undefined> {
    const key = `${resource.plural}/${desired.metadata.name}`;
    const before = await this.get<T>(resource, desired.metadata.name);
    const object = { apiVersion: apiVersionOf(resource), kind: resource.kind, ...desired } as KubeObject;
    if (JSON.stringify(before) !== JSON.stringify(object)) this.written.push(key);
    this.stored.set(key, structuredClone(object));
    return before;
  }

  async remove(resource: Resource, name: string): Promise<void> {
    this.stored.delete(`${resource.plural}/${name}`);
  }
}
