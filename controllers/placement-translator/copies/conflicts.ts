import { groupResourceOf, type KubeObject } from '@kubestellar/api';
import { clusterOf } from '@kubestellar/kube';
import type { Logger } from '@kubestellar/program';
import type { WatchedType } from '../keys.ts';
import type { EventRecorder } from '../status/events.ts';
import { isOldestFirst } from './source-order.ts';

const MAX_TOLD = 10_000;

/** The same object in one of several workspaces. */
export interface RivalSource {
  type: WatchedType;
  object: KubeObject;
}

/** Tells the users of several workspaces that their objects of one name disagree (docs/rules.md, semantics 5.2). */
export class Conflicts {
  readonly #events: EventRecorder;
  readonly #logger: Logger;
  /** What was told last, by the uid of the object that does not count. */
  readonly #told = new Map<string, string>();

  constructor(events: EventRecorder, logger: Logger) {
    this.#events = events;
    this.#logger = logger;
  }

  /**
   * Takes up how sources go together: what is new is told, once for all clusters that the object goes to.
   * @param sources the one that counts first; one alone has no rival, or none any more
   * @param fields where they disagree
   */
  async found(sources: readonly RivalSource[], fields: readonly string[]): Promise<void> {
    const [winner, ...others] = sources;
    if (!winner) return;
    this.#told.delete(winner.object.metadata.uid ?? '');
    const workspace = clusterOf(winner.object);
    const topic = `${workspace}|${fields}`;
    for (const { type, object } of others) {
      const { uid = '', name, namespace } = object.metadata;
      if (fields.length === 0) this.#told.delete(uid);
      if (fields.length === 0 || this.#told.get(uid) === topic) continue;
      // What is forgotten is told again, once.
      if (this.#told.size >= MAX_TOLD) this.#told.clear();
      this.#told.set(uid, topic);
      const resource = groupResourceOf(type.resource);
      const since = isOldestFirst(resource) ? 'made earlier' : 'written later';
      const message = `the workspace with ID ${workspace} has this object, too, ${since}: there its ${fields.join(', ')} counts`;
      this.#logger.warn({ resource, namespace, name, workspace: clusterOf(object), message }, 'conflict');
      await this.#events.record(object, { type: 'Warning', reason: 'Conflict', message, topic });
    }
  }
}
