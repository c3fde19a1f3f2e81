import type { KubeObject, ObjectMeta, Resource } from '@kubestellar/api';
import { type ConnectionOptions, connect } from './connection.ts';
import { ApiError } from './errors.ts';
import { lines } from './http.ts';
import { collectionPath, objectPath } from './paths.ts';
import { RestClient } from './rest-client.ts';
import { countedWatch } from './traffic.ts';

/** Names one object of a resource; `namespace` is absent for cluster-scoped ones. */
export interface ObjectRef {
  name: string;
  namespace?: string | undefined;
}

/** Restrictions of a list or watch. */
export interface ListOptions {
  namespace?: string | undefined;
  labelSelector?: string | undefined;
  fieldSelector?: string | undefined;
}

/** One page of a list. */
export interface ListPage<T> {
  metadata: { resourceVersion?: string; continue?: string };
  items: T[];
}

/** One line of a watch. */
export interface WatchEvent<T> {
  type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR';
  object: T;
}

/** Who writes (field manager) and to which part of the object. */
export interface WriteOptions {
  fieldManager: string;
  subresource?: 'status' | 'scale' | undefined;
  dryRun?: boolean | undefined;
}

/** A deletion succeeds only while the object still is the one that the caller saw. */
export interface DeleteOptions {
  uid?: string | undefined;
  resourceVersion?: string | undefined;
  propagationPolicy?: 'Background' | 'Foreground' | 'Orphan' | undefined;
}

/** Requests metadata only: the only format in which kcp lists kinds from CRDs across workspaces. */
export const METADATA_ONLY = 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1';
/** The same for one object. */
const METADATA_OF_ONE = METADATA_ONLY.replace('MetadataList', 'Metadata');

/** A client of one server at one path of it: a workspace, a virtual workspace or all. */
export class KubeClient extends RestClient {
  /**
   * Makes a client for the server (and workspace, by the URL's path) of a kubeconfig context.
   * @throws KubeconfigError when the kubeconfig cannot be used
   */
  static async fromKubeconfig(options: ConnectionOptions = {}): Promise<KubeClient> {
    const connection = await connect(options);
    return new KubeClient(connection, connection.basePath);
  }

  /** A client for another workspace of the same server and identity: a path (`root:imw1`), a logical cluster's name, or `*`. */
  workspace(workspace: string): KubeClient {
    return new KubeClient(this.connection, `/clusters/${workspace}`);
  }

  /**
   * The same identity at a virtual workspace's URL, whose host may differ from ours by name only.
   * @param url from an APIExportEndpointSlice, without `/clusters/...`
   */
  view(url: string, workspace = '*'): KubeClient {
    const path = new URL(url).pathname.replace(/\/+$/, '');
    return new KubeClient(this.connection, `${path}/clusters/${workspace}`);
  }

  /** The workspace that the path names, for messages: `root:imw1`, or the server for a plain cluster. */
  get workspaceName(): string {
    return /\/clusters\/([^/]+)/.exec(this.path)?.[1] ?? this.connection.server;
  }

  /** @returns the object, or undefined when it does not exist; an unserved type throws (it proves nothing) */
  async get<T extends KubeObject>(resource: Resource, ref: ObjectRef): Promise<T | undefined> {
    try {
      return await this.request<T>('GET', objectPath(resource, ref));
    } catch (error) {
      if (isMissingObject(error, ref)) return undefined;
      throw error;
    }
  }

  /** @returns one page, of at most `limit` objects */
  async listPage<T extends KubeObject>(
    resource: Resource,
    options: ListOptions & { limit?: number; continue?: string; accept?: string; signal?: AbortSignal } = {},
  ): Promise<ListPage<T>> {
    const { namespace, accept, signal, ...query } = options;
    const path = collectionPath(resource, namespace);
    const page = await this.request<ListPage<T>>('GET', path, { query, accept, signal });
    // An empty list of metadata is null.
    return { ...page, items: page.items ?? [] };
  }

  /** @returns all objects of a resource, read in pages of 500 */
  async list<T extends KubeObject>(resource: Resource, options: ListOptions = {}): Promise<T[]> {
    const items: T[] = [];
    let next: string | undefined;
    do {
      const page = await this.listPage<T>(resource, { ...options, limit: 500, continue: next });
      for (const item of page.items) items.push(item);
      next = page.metadata.continue;
    } while (next);
    return items;
  }

  /** Streams a watch until the server ends it or `signal` fires. Errors of the stream are thrown. */
  async *watch<T extends KubeObject>(
    resource: Resource,
    options: ListOptions & {
      resourceVersion?: string | undefined;
      timeoutSeconds: number;
      accept?: string | undefined;
      signal: AbortSignal;
    },
  ): AsyncGenerator<WatchEvent<T>> {
    const { namespace, accept, signal, ...query } = options;
    const response = await this.send('GET', collectionPath(resource, namespace), {
      query: { ...query, watch: true, allowWatchBookmarks: true },
      accept: accept === METADATA_ONLY ? METADATA_OF_ONE : accept,
      signal,
    });
    for await (const line of countedWatch(lines(response.body))) yield JSON.parse(line) as WatchEvent<T>;
  }

  /** Creates an object. @throws ApiError 409 AlreadyExists when it exists */
  create<T extends KubeObject>(resource: Resource, object: T, options: WriteOptions): Promise<T> {
    const path = collectionPath(resource, object.metadata.namespace);
    return this.request('POST', path, { query: writeQuery(options), body: object });
  }

  /**
   * Creates an object, and refuses fields that the server does not know, as server-side apply does.
   * @returns its metadata as stored
   * @throws ApiError 409 AlreadyExists when it exists
   */
  async createForMetadata(
    resource: Resource,
    object: KubeObject,
    options: WriteOptions,
  ): Promise<ObjectMeta> {
    const path = collectionPath(resource, object.metadata.namespace);
    const query = { ...writeQuery(options), fieldValidation: 'Strict' };
    const { metadata } = await this.request<KubeObject>('POST', path, {
      query,
      accept: METADATA_OF_ONE,
      body: object,
    });
    return metadata;
  }

  /**
   * Server-side apply with force: our field manager owns exactly the fields in `object`.
   * @returns the metadata of the stored object; its other fields would cost more than they are worth
   */
  async apply(resource: Resource, object: KubeObject, options: WriteOptions): Promise<ObjectMeta> {
    const { metadata } = await this.request<KubeObject>(
      'PATCH',
      objectPath(resource, object.metadata, options.subresource),
      {
        query: { ...writeQuery(options), force: true },
        contentType: 'application/apply-patch+yaml',
        accept: METADATA_OF_ONE,
        body: object,
      },
    );
    return metadata;
  }

  /** JSON merge patch (RFC 7386). @returns the object as stored */
  mergePatch<T extends KubeObject>(
    resource: Resource,
    ref: ObjectRef,
    patch: object,
    options: WriteOptions,
  ): Promise<T> {
    return this.request('PATCH', objectPath(resource, ref, options.subresource), {
      query: writeQuery(options),
      contentType: 'application/merge-patch+json',
      body: patch,
    });
  }

  /** JSON patch (RFC 6902). @returns the object as stored */
  jsonPatch<T extends KubeObject>(
    resource: Resource,
    ref: ObjectRef,
    patch: readonly object[],
    options: WriteOptions,
  ): Promise<T> {
    return this.request('PATCH', objectPath(resource, ref, options.subresource), {
      query: writeQuery(options),
      contentType: 'application/json-patch+json',
      body: patch,
    });
  }

  /** PUT; the object's resourceVersion makes it conditional. @returns the object as stored */
  replace<T extends KubeObject>(resource: Resource, object: T, options: WriteOptions): Promise<T> {
    return this.request('PUT', objectPath(resource, object.metadata, options.subresource), {
      query: writeQuery(options),
      body: object,
    });
  }

  /**
   * Deletes an object; one that is already deleted is no error.
   * @returns false when there was nothing to delete
   * @throws ApiError 409 when a precondition fails
   */
  async delete(resource: Resource, ref: ObjectRef, options: DeleteOptions = {}): Promise<boolean> {
    const { uid, resourceVersion, propagationPolicy = 'Background' } = options;
    try {
      await this.request('DELETE', objectPath(resource, ref), {
        body: {
          apiVersion: 'v1',
          kind: 'DeleteOptions',
          propagationPolicy,
          ...(uid || resourceVersion ? { preconditions: { uid, resourceVersion } } : {}),
        },
      });
      return true;
    } catch (error) {
      if (isMissingObject(error, ref)) return false;
      throw error;
    }
  }
}

function writeQuery(options: WriteOptions): Record<string, string | undefined> {
  return { fieldManager: options.fieldManager, dryRun: options.dryRun ? 'All' : undefined };
}

/** A 404 about the object itself: for an unserved type, or a workspace, the response names something else. */
function isMissingObject(error: unknown, ref: ObjectRef): boolean {
  if (!(error instanceof ApiError) || error.code !== 404) return false;
  const details = error.status.details as { name?: string } | undefined;
  return error.reason === 'NotFound' && details?.name === ref.name;
}
