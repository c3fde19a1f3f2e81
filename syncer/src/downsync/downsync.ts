/** Brings one object of the mailbox workspace down into the WEC, or takes its copy away (spec syncer 4). */
import {
  ADOPT,
  identityOf,
  type KubeObject,
  LOGICAL_CLUSTERS,
  type Resource,
  type Unstructured,
} from '@kubestellar/api';
import { coalesced, type KubeClient, type Problem, problem } from '@kubestellar/kube';
import type { Logger } from '@kubestellar/kube/program';
import type { SyncedResource } from '../types/synced-resource.ts';
import { decideCopy, mayDelete } from './decide.ts';
import { intentFor, type Plan } from './intent.ts';
import type { WecWriter } from './wec-writer.ts';

/** Nothing tells when somebody else's object goes out of our way: look again after this, in milliseconds. */
const LOOK_AGAIN = 60_000;

/** How long a cluster may take to serve a kind, after its CRD came down, before that is a problem, in milliseconds. */
const SERVE_WITHIN = 2_000;

/** Why an object is not in the WEC as wanted although no request has failed, and when to look again. */
export interface NotDone {
  problem?: Problem;
  /** Milliseconds. */
  requeueAfter?: number;
}

/** The way down. */
export class Downsync {
  readonly #wec: KubeClient;
  readonly #writer: WecWriter;
  readonly #logger: Logger;
  /** Objects of others that the log tells of already, by identity. */
  readonly #told = new Set<string>();
  /** Asks for the mailbox workspace itself. */
  readonly #askForWorkspace: () => Promise<KubeObject | undefined>;

  constructor(mailbox: KubeClient, wec: KubeClient, writer: WecWriter, logger: Logger) {
    this.#askForWorkspace = coalesced(() => mailbox.get(LOGICAL_CLUSTERS, { name: 'cluster' }));
    this.#wec = wec;
    this.#writer = writer;
    this.#logger = logger;
  }

  /**
   * Makes the WEC's object `name`, in `namespace` or '', what the mailbox workspace says.
   * @returns undefined when it is so, or when not enough is known
   * @throws ApiError or ConnectionError when the WEC refuses or can't be reached
   */
  async reconcile(
    resource: SyncedResource,
    namespace: string,
    name: string,
    plan: Plan,
  ): Promise<NotDone | undefined> {
    const { type, synced } = resource.wec;
    const intent = intentFor(resource.id, resource.mailbox, namespace, name, plan);
    if (!type || !synced) return intent.want === 'copy' ? notWatched(resource) : undefined;
    const copy = resource.wec.get(namespace, name);
    switch (intent.want) {
      case 'nothing':
        return undefined;
      case 'absence':
        if (!copy || !mayDelete(copy)) return undefined;
        if (mayConclude(await this.#askForWorkspace(), copy)) await this.#writer.delete(type, copy);
        return undefined;
      case 'existence':
        if (!copy && !(await this.#wec.get(type, { name }))) await this.#writer.createNamespace(name);
        return undefined;
      case 'copy':
        return copy ? this.#bringDown(type, intent.source, copy) : this.#bringNew(type, intent.source);
    }
  }

  /** The cache knows copies only: what else has that name shows when the WEC refuses to create it. */
  async #bringNew(type: Resource, source: Unstructured): Promise<NotDone | undefined> {
    const action = decideCopy(source, undefined);
    if (action.do === 'apply' && (await this.#writer.create(type, action.object))) return undefined;
    const { namespace, name } = source.metadata;
    return this.#bringDown(type, source, await this.#wec.get(type, { namespace, name }));
  }

  async #bringDown(
    type: Resource,
    source: Unstructured,
    live: KubeObject | undefined,
  ): Promise<NotDone | undefined> {
    const action = decideCopy(source, live);
    const identity = identityOf(source);
    if (action.do !== 'leave') this.#told.delete(identity);
    switch (action.do) {
      case 'nothing':
        return undefined;
      case 'apply':
        await this.#writer.apply(type, action.object, live);
        return undefined;
      case 'protect':
        await this.#writer.protect(type, source);
        return undefined;
      case 'leave': {
        const hint = `delete it, or let the syncer take it over by the annotation ${ADOPT}: "true" on the source`;
        const reason = 'the cluster had this object before; it is left alone';
        if (!this.#told.has(identity))
          this.#logger.warn({ object: identity, reason, hint }, 'not brought down');
        this.#told.add(identity);
        return { requeueAfter: LOOK_AGAIN, problem: problem('NotOurs', `${reason}: ${hint}`) };
      }
    }
  }
}

/**
 * Whether what is missing in the mailbox workspace has been taken from it: not while the workspace is being deleted,
 * and its objects with it. A Namespace that is older than the workspace came by another one, of a SyncTarget that
 * was deleted; who knows what else lives in it.
 */
function mayConclude(workspace: KubeObject | undefined, copy: KubeObject): boolean {
  if (!workspace || workspace.metadata.deletionTimestamp) return false;
  if (copy.apiVersion !== 'v1' || copy.kind !== 'Namespace') return true;
  const since = (object: KubeObject) => Date.parse(object.metadata.creationTimestamp ?? '');
  return since(copy) >= since(workspace);
}

/** Nothing is written while it is not known what the WEC has; once it is, all objects of the kind are looked at. */
function notWatched({ wec }: SyncedResource): NotDone | undefined {
  const { obstacle } = wec;
  if (!obstacle) return undefined;
  const left = obstacle.since + SERVE_WITHIN - Date.now();
  return left > 0 ? { requeueAfter: left } : { problem: obstacle.problem };
}
