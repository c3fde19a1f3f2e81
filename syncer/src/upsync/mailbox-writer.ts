/** The writes to the mailbox workspace on the way up. */
import { isDeepStrictEqual } from 'node:util';
import {
  FIELD_MANAGERS,
  type KubeObject,
  NAMESPACES,
  type Resource,
  type Unstructured,
  UPSYNCED,
} from '@kubestellar/api';
import { Applier, isAlreadyExists, type KubeClient } from '@kubestellar/kube';
import type { Logger } from '@kubestellar/program';
import { identityOf } from '@kubestellar/rules';
import type { CountWrite } from '../metrics.ts';
import { isMissingNamespace } from '../missing-namespace.ts';
import type { ServedType } from '../types/served-types.ts';

const fieldManager = FIELD_MANAGERS.syncer;

/** Writes upsynced copies, each write counted and logged. */
export class MailboxWriter {
  readonly #mailbox: KubeClient;
  readonly #count: CountWrite;
  readonly #logger: Logger;
  readonly #applier = new Applier(fieldManager);

  constructor(mailbox: KubeClient, count: CountWrite, logger: Logger) {
    this.#mailbox = mailbox;
    this.#count = count;
    this.#logger = logger;
  }

  get(type: Resource, namespace: string, name: string): Promise<Unstructured | undefined> {
    return this.#mailbox.get<Unstructured>(type, { namespace, name });
  }

  /** Applies `object` unless it is so already, then its status where that is written apart. */
  async apply(
    type: ServedType,
    object: Unstructured,
    status: unknown,
    live: KubeObject | undefined,
  ): Promise<void> {
    await this.#applyWithNamespace(type, object, live);
    if (!type.hasStatus || status === undefined || isDeepStrictEqual(live?.status, status)) return;
    const patch = [{ op: 'add', path: '/status', value: status }];
    const { namespace, name } = object.metadata;
    await this.#mailbox.jsonPatch(type, { namespace, name }, patch, { fieldManager, subresource: 'status' });
    this.#written('status', type, object);
  }

  /** Deletes the copy that was seen, and no successor of it. */
  async delete(type: Resource, copy: KubeObject): Promise<void> {
    const { namespace, name, uid } = copy.metadata;
    this.#applier.forget(this.#mailbox, type, copy);
    if (await this.#mailbox.delete(type, { namespace, name }, { uid })) this.#written('delete', type, copy);
  }

  async #applyWithNamespace(
    type: Resource,
    object: Unstructured,
    live: KubeObject | undefined,
  ): Promise<void> {
    try {
      await this.#applyOnce(type, object, live);
    } catch (error) {
      const { namespace } = object.metadata;
      if (!namespace || !isMissingNamespace(error)) throw error;
      await this.#createNamespace(namespace);
      await this.#applyOnce(type, object, live);
    }
  }

  async #applyOnce(type: Resource, object: Unstructured, live: KubeObject | undefined): Promise<void> {
    const { written } = await this.#applier.ensure(this.#mailbox, type, object, live);
    if (written) this.#written('apply', type, object);
  }

  async #createNamespace(name: string): Promise<void> {
    const namespace: KubeObject = { apiVersion: 'v1', kind: 'Namespace', metadata: { name } };
    namespace.metadata.annotations = { [UPSYNCED]: identityOf(namespace) };
    try {
      await this.#mailbox.create(NAMESPACES, namespace, { fieldManager });
      this.#written('create', NAMESPACES, namespace);
    } catch (error) {
      if (!isAlreadyExists(error)) throw error;
    }
  }

  #written(verb: string, { kind }: Resource, { metadata: { namespace, name } }: KubeObject): void {
    this.#count('mailbox', verb);
    this.#logger.debug(
      { verb, object: `${kind}/${namespace ?? ''}/${name}` },
      'written to the mailbox workspace',
    );
  }
}
