/** Returns the status of a copy in the WEC to its object in the mailbox workspace (docs/rules.md, syncer 4.6). */
import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import {
  CUSTOM_RESOURCE_DEFINITIONS,
  denaturedName,
  FIELD_MANAGERS,
  groupResourceOf,
  NAMESPACES,
  nativeResource,
  type Unstructured,
} from '@kubestellar/api';
import type { KubeClient } from '@kubestellar/kube';
import { cameDown } from '../came-down.ts';
import type { Wanted } from '../config/wanted.ts';
import type { CountWrite } from '../metrics.ts';
import type { SyncedResource } from '../types/synced-resource.ts';

const fieldManager = FIELD_MANAGERS.syncer;
/** Each server keeps the status of these itself. */
const NEVER = new Set([CUSTOM_RESOURCE_DEFINITIONS, NAMESPACES].map(groupResourceOf));

/** The way of the reported state. */
export class StatusReturn {
  readonly #mailbox: KubeClient;
  readonly #count: CountWrite;
  /** What the mailbox workspace made of a status that it stores in another form, by identity. */
  readonly #settled = new Map<string, string>();

  constructor(mailbox: KubeClient, count: CountWrite) {
    this.#mailbox = mailbox;
    this.#count = count;
  }

  /**
   * Makes the mailbox object's whole status that of the WEC's copy, which has one.
   * @throws ApiError or ConnectionError when the mailbox workspace refuses or can't be reached
   */
  async reconcile(resource: SyncedResource, namespace: string, name: string, wanted: Wanted): Promise<void> {
    const type = resource.mailbox?.type;
    const source = resource.mailbox?.get(namespace, name);
    const key = `${resource.id}|${namespace}|${name}`;
    if (!source) this.#settled.delete(key);
    if (!type || !source || NEVER.has(resource.id) || !wanted.includes(resource.id, namespace, name)) return;
    const copy = resource.wec.get(namespace, name);
    if (copy?.status === undefined || !cameDown(copy)) return;
    if (isDeepStrictEqual(copy.status, source.status)) return;
    if (this.#settled.get(key) === fingerprint(copy.status, source.status)) return;

    // The whole value, so that what vanished down there vanishes up here too.
    const patch = [{ op: 'add', path: '/status', value: copy.status }];
    const ref = { namespace, name: denaturedName(nativeResource(type), name) };
    const subresource = type.hasStatus ? 'status' : undefined;
    const options = { fieldManager, subresource } as const;
    const stored = await this.#mailbox.jsonPatch<Unstructured>(type, ref, patch, options);
    this.#count('mailbox', 'status');
    if (isDeepStrictEqual(copy.status, stored.status)) this.#settled.delete(key);
    else this.#settled.set(key, fingerprint(copy.status, stored.status));
  }
}

function fingerprint(sent: unknown, stored: unknown): string {
  return createHash('sha256')
    .update(JSON.stringify([sent, stored]))
    .digest('base64');
}
