import { createHash } from 'node:crypto';
import { EVENTS, FIELD_MANAGERS, type KubeObject, type KubeStellar } from '@kubestellar/api';
import { explain, type KubeClient } from '@kubestellar/kube';
import type { Logger } from '@kubestellar/program';

/** An Event in the parts that are written. */
interface Event extends KubeObject<never, never> {
  involvedObject: object;
  type: 'Normal' | 'Warning';
  reason: string;
  message: string;
  source: { component: string };
  firstTimestamp: string;
  lastTimestamp: string;
  count: number;
}

/** Longest message that the server takes (Kubernetes' API convention). */
const LONGEST = 1024;

/** Writes Events on a KubeStellar. A failed write is only logged: nothing depends on Events. */
export class Events {
  readonly #client: KubeClient;
  readonly #logger: Logger;

  constructor(client: KubeClient, logger: Logger) {
    this.#client = client;
    this.#logger = logger;
  }

  async record(core: KubeStellar, type: Event['type'], reason: string, message: string): Promise<void> {
    const { name, namespace = '', uid = '', resourceVersion = '' } = core.metadata;
    const now = new Date();
    const hash = createHash('sha256').update(`${reason}|${message}|${now.toISOString()}`).digest('hex');
    const event: Event = {
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { name: `${name}.${hash.slice(0, 16)}`, namespace },
      involvedObject: { apiVersion: core.apiVersion, kind: core.kind, name, namespace, uid, resourceVersion },
      type,
      reason,
      message: message.slice(0, LONGEST),
      source: { component: FIELD_MANAGERS.operator },
      firstTimestamp: now.toISOString().replace(/\.\d+/, ''),
      lastTimestamp: now.toISOString().replace(/\.\d+/, ''),
      count: 1,
    };
    this.#logger.info({ reason, type }, message);
    try {
      await this.#client.create(EVENTS, event, { fieldManager: FIELD_MANAGERS.operator });
    } catch (error) {
      this.#logger.warn({ reason: explain(error) }, 'event not written');
    }
  }
}
