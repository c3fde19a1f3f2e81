/** The writes to the WEC on the way down. */
import {
  DOWNSYNC_OVERWRITE,
  DOWNSYNCED,
  FIELD_MANAGERS,
  groupResourceOf,
  type KubeObject,
  NAMESPACES,
  ORIGIN,
  PROJECTED,
  PROJECTED_VALUE,
  type Resource,
  type Unstructured,
} from '@kubestellar/api';
import { Applier, isAlreadyExists, type KubeClient } from '@kubestellar/kube';
import type { Logger } from '@kubestellar/program';
import { formatMark, identityOf, type Mark, type Origin, parseMark } from '@kubestellar/rules';
import type { CountWrite } from '../metrics.ts';
import { isMissingNamespace } from '../missing-namespace.ts';
import { releasePatch } from './release.ts';

const fieldManager = FIELD_MANAGERS.syncer;

/** Writes copies into the WEC, each write counted and logged. */
export class WecWriter {
  readonly #wec: KubeClient;
  readonly #count: CountWrite;
  readonly #logger: Logger;
  readonly #applier = new Applier(fieldManager);
  /** The first write into each Namespace, which shows whether it exists; never rejects. Goes with the Namespace. */
  readonly #first = new Map<string, Promise<unknown>>();
  /** Namespaces that are being made. */
  readonly #making = new Map<string, Promise<void>>();

  constructor(wec: KubeClient, count: CountWrite, logger: Logger) {
    this.#wec = wec;
    this.#count = count;
    this.#logger = logger;
  }

  /**
   * Applies `object` unless what we own is so already. A missing Namespace is made on the way.
   * @param live what the WEC has under that name
   * @param resumes whether to take away the mark of a create-only copy first, which we have set
   */
  async apply(
    type: Resource,
    object: Unstructured,
    live: KubeObject | undefined,
    resumes = false,
  ): Promise<void> {
    await this.#inNamespace(object, async () => {
      const resumed =
        live && resumes ? await this.#annotate(type, live, { [DOWNSYNC_OVERWRITE]: null }) : live;
      const { written } = await this.#applier.ensure(this.#wec, type, object, resumed);
      if (written) this.#written('apply', type, object.metadata.namespace, object.metadata.name);
    });
  }

  /**
   * Creates `object`. A missing Namespace is made on the way.
   * @returns false when the WEC has an object of that name, which stays as it is
   */
  async create(type: Resource, object: Unstructured): Promise<boolean> {
    try {
      await this.#inNamespace(object, () => this.#applier.create(this.#wec, type, object));
    } catch (error) {
      if (isAlreadyExists(error)) return false;
      throw error;
    }
    this.#written('create', type, object.metadata.namespace, object.metadata.name);
    return true;
  }

  /** Marks a copy as create-only: its annotations say so, and whose it is, from now on; nothing else changes. */
  async protect(type: Resource, copy: KubeObject, mark: Mark): Promise<void> {
    await this.#annotate(type, copy, { [DOWNSYNC_OVERWRITE]: 'false', [ORIGIN]: formatMark(mark) });
  }

  /** Puts our mark on a copy, and changes nothing else. */
  async mark(type: Resource, copy: KubeObject, mark: Mark): Promise<void> {
    await this.#annotate(type, copy, { [ORIGIN]: formatMark(mark) });
  }

  /** Deletes the copy that was seen, and no successor of it. */
  async delete(type: Resource, copy: KubeObject): Promise<void> {
    const { namespace, name, uid } = copy.metadata;
    const existed = await this.#wec.delete(type, { namespace, name }, { uid });
    this.#applier.forget(this.#wec, type, copy);
    if (type.group === NAMESPACES.group && type.plural === NAMESPACES.plural) this.#first.delete(name);
    if (existed) this.#written('delete', type, namespace, name);
  }

  /** Lets go of an object that was there before us: it stays as it is, without our marks, and its fields are nobody's. */
  async release(type: Resource, copy: KubeObject): Promise<void> {
    const { namespace, name, uid } = copy.metadata;
    const live = await this.#wec.get(type, { namespace, name });
    if (live && live.metadata.uid === uid) {
      await this.#wec.jsonPatch(type, { namespace, name }, releasePatch(live), { fieldManager });
      this.#written('release', type, namespace, name);
    }
    this.#applier.forget(this.#wec, type, copy);
  }

  /** Creates a Namespace that is needed but not described by anybody; one that exists stays as it is. */
  async createNamespace(name: string, origin: Origin | undefined): Promise<void> {
    const namespace: KubeObject = {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name, labels: { [PROJECTED]: PROJECTED_VALUE } },
    };
    namespace.metadata.annotations = {
      [DOWNSYNCED]: identityOf(namespace),
      ...(origin ? { [ORIGIN]: formatMark(namespaceMark(name, origin)) } : {}),
    };
    try {
      await this.#wec.create(NAMESPACES, namespace, { fieldManager });
      this.#written('create', NAMESPACES, undefined, name);
    } catch (error) {
      if (!isAlreadyExists(error)) throw error;
    }
  }

  /**
   * Writes; where that fails for want of the Namespace, makes it and writes again. Of many objects for a Namespace
   * that may not exist yet, one goes ahead, so that not all of them are refused.
   */
  async #inNamespace(
    { metadata: { namespace, annotations } }: Unstructured,
    write: () => Promise<unknown>,
  ): Promise<void> {
    if (!namespace) {
      await write();
      return;
    }
    const first = this.#first.get(namespace);
    if (first !== undefined) await first;
    const origin = parseMark(annotations?.[ORIGIN] ?? '');
    const written = this.#writeOrMake(namespace, origin, write);
    if (first === undefined)
      this.#first.set(
        namespace,
        written.catch(() => {}),
      );
    await written;
  }

  async #writeOrMake(
    namespace: string,
    origin: Origin | undefined,
    write: () => Promise<unknown>,
  ): Promise<void> {
    try {
      await write();
    } catch (error) {
      if (!isMissingNamespace(error)) throw error;
      const making = this.#making.get(namespace) ?? this.createNamespace(namespace, origin);
      this.#making.set(namespace, making);
      await making.finally(() => this.#making.delete(namespace));
      await write();
    }
  }

  /** Fails when another object has the name by now. @returns the copy as it is then */
  async #annotate(
    type: Resource,
    { metadata: { namespace, name, uid } }: KubeObject,
    annotations: { [key: string]: string | null },
  ): Promise<KubeObject> {
    const patch = { metadata: { ...(uid ? { uid } : {}), annotations } };
    const stored = await this.#wec.mergePatch<KubeObject>(type, { namespace, name }, patch, { fieldManager });
    this.#written('patch', type, namespace, name);
    return stored;
  }

  #written(verb: string, { kind }: Resource, namespace: string | undefined, name: string): void {
    this.#count('wec', verb);
    this.#logger.debug({ verb, object: `${kind}/${namespace ?? ''}/${name}` }, 'written to the cluster');
  }
}

/** @returns the mark of a Namespace */
export function namespaceMark(name: string, origin: Origin): Mark {
  return { ...origin, resource: groupResourceOf(NAMESPACES), namespace: '', name, sources: [] };
}
