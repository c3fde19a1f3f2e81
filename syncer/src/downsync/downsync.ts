/** Brings one object of the mailbox workspace down into the WEC, or takes its copy away (docs/rules.md, syncer 4). */
import { ADOPT, type KubeObject, LOGICAL_CLUSTERS, type Resource, type Unstructured } from '@kubestellar/api';
import { coalesced, type KubeClient } from '@kubestellar/kube';
import type { Logger } from '@kubestellar/program';
import { identityOf, type Problem, problem } from '@kubestellar/rules';
import type { SyncedResource } from '../types/synced-resource.ts';
import { type CopyAction, decideCopy, decideEnd } from './decide.ts';
import { intentFor, type Plan } from './intent.ts';
import type { Self } from './protected.ts';
import { readSelf } from './self.ts';
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
  #self: Promise<Self> | undefined;

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
        if (copy) await this.#end(type, copy);
        return undefined;
      case 'existence':
        if (!copy && !(await this.#wec.get(type, { name }))) await this.#writer.createNamespace(name);
        return undefined;
      case 'copy':
        return copy ? this.#bringDown(type, intent.source, copy) : this.#bringNew(type, intent.source);
    }
  }

  /** Takes away a copy that is not wanted any more, or lets go of it. */
  async #end(type: Resource, copy: KubeObject): Promise<void> {
    const action = decideEnd(copy, await this.#who());
    if (action === 'nothing' || !mayConclude(await this.#askForWorkspace(), copy)) return;
    if (action === 'delete') await this.#writer.delete(type, copy);
    else await this.#writer.release(type, copy);
  }

  /** Who we are to the WEC; until it has told, nothing is written. */
  async #who(): Promise<Self> {
    this.#self ??= readSelf(this.#wec);
    try {
      return await this.#self;
    } catch (error) {
      this.#self = undefined;
      throw error;
    }
  }

  /** The cache knows copies only: what else has that name shows when the WEC refuses to create it. */
  async #bringNew(type: Resource, source: Unstructured): Promise<NotDone | undefined> {
    const action = decideCopy(source, undefined, await this.#who());
    if (action.do === 'refuse') return this.#decline(identityOf(source), action);
    if (action.do === 'apply' && (await this.#writer.create(type, action.object))) return undefined;
    const { namespace, name } = source.metadata;
    return this.#bringDown(type, source, await this.#wec.get(type, { namespace, name }));
  }

  async #bringDown(
    type: Resource,
    source: Unstructured,
    live: KubeObject | undefined,
  ): Promise<NotDone | undefined> {
    const action = decideCopy(source, live, await this.#who());
    const identity = identityOf(source);
    if (action.do !== 'leave' && action.do !== 'refuse') this.#told.delete(identity);
    switch (action.do) {
      case 'nothing':
        return undefined;
      case 'apply':
        await this.#writer.apply(type, action.object, live);
        return undefined;
      case 'protect':
        await this.#writer.protect(type, source);
        return undefined;
      case 'leave':
      case 'refuse':
        return this.#decline(identity, action);
    }
  }

  #decline(identity: string, action: Extract<CopyAction, { do: 'leave' | 'refuse' }>): NotDone {
    const found = action.do === 'leave' ? notOurs() : refused(action.why);
    const { reason, message } = found;
    if (!this.#told.has(identity))
      this.#logger.warn({ object: identity, reason, message }, 'not brought down');
    this.#told.add(identity);
    return { requeueAfter: LOOK_AGAIN, problem: found };
  }
}

function notOurs(): Problem {
  const hint = `delete it, or let the syncer take it over by the annotation ${ADOPT}: "true" on the source`;
  return problem('NotOurs', `the cluster had this object before; it is left alone: ${hint}`);
}

function refused(why: string): Problem {
  const hint = 'choose another Namespace or name, or have it changed by who owns the cluster';
  return problem('Protected', `no placement may change this object of the cluster: ${why}; ${hint}`);
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
