import type { KubeObject, Resource } from '@kubestellar/api';
import { KubeClient, type ObjectRef } from '@kubestellar/kube';

/** A client that reads, and only pretends to write: it sends no request that changes anything. */
export class DryRunClient extends KubeClient {
  override workspace(workspace: string): DryRunClient {
    return new DryRunClient(this.connection, super.workspace(workspace).path);
  }

  override create<T extends KubeObject>(_: Resource, object: T): Promise<T> {
    return Promise.resolve(object);
  }

  /** @returns the object as it is */
  override async mergePatch<T extends KubeObject>(resource: Resource, ref: ObjectRef): Promise<T> {
    const live = await this.get<T>(resource, ref);
    if (live) return live;
    throw new Error(`there is no ${resource.kind} ${ref.name}`);
  }

  override async delete(resource: Resource, ref: ObjectRef): Promise<boolean> {
    return (await this.get(resource, ref)) !== undefined;
  }

  /** @throws Error for a request that would change something and is not handled above */
  override request<T>(...[method, path, options]: Parameters<KubeClient['request']>): Promise<T> {
    if (method !== 'GET') return Promise.reject(new Error(`a dry run may not ${method} ${path}`));
    return super.request(method, path, options);
  }
}
