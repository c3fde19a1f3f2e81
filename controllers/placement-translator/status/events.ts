import { createHash } from 'node:crypto';
import { EVENTS, FIELD_MANAGERS, type KubeObject, NAMESPACE_OF_CLUSTER_SCOPED } from '@kubestellar/api';
import { clusterOf, explain, isAlreadyExists, type KubeClient, timestamp } from '@kubestellar/kube';
import type { Logger } from '@kubestellar/program';

/** What an Event says of an object. */
export interface Happening {
  type: 'Normal' | 'Warning';
  /** One word in CamelCase. */
  reason: string;
  message: string;
  /** What makes it the same Event when it happens again, although its message may say other numbers. */
  topic: string;
}

interface Event extends KubeObject {
  count?: number;
}

const COMPONENT = FIELD_MANAGERS.placementTranslator;
/** Events that may come at once, and each second from then on: a burst beyond that is told by the EdgePlacement's. */
const BURST = 50;
const PER_SECOND = 5;
const MAX_MESSAGE = 1000;

/** Tells in Events of a WMW what becomes of its objects. An Event that can't be written is lost. */
export class EventRecorder {
  readonly #everywhere: KubeClient;
  readonly #logger: Logger;
  #tokens = BURST;
  #filledAt = Date.now();

  constructor(everywhere: KubeClient, logger: Logger) {
    this.#everywhere = everywhere;
    this.#logger = logger;
  }

  /** @param about the object, of which metadata suffices */
  async record(about: KubeObject, happening: Happening): Promise<void> {
    if (!this.#take()) return;
    const event = eventOf(about, happening, new Date());
    const client = this.#everywhere.workspace(clusterOf(about));
    const options = { fieldManager: COMPONENT };
    try {
      await client.create(EVENTS, event, options).catch(async (error: unknown) => {
        if (!isAlreadyExists(error)) throw error;
        const known = await client.get<Event>(EVENTS, event.metadata);
        const { lastTimestamp, message } = event;
        const again = { count: (known?.count ?? 1) + 1, lastTimestamp, message };
        await client.mergePatch(EVENTS, event.metadata, again, options);
      });
    } catch (error) {
      this.#logger.debug({ event: event.metadata.name, reason: explain(error) }, 'event not written');
    }
  }

  #take(): boolean {
    const now = Date.now();
    this.#tokens = Math.min(BURST, this.#tokens + ((now - this.#filledAt) / 1000) * PER_SECOND);
    this.#filledAt = now;
    if (this.#tokens < 1) return false;
    this.#tokens--;
    return true;
  }
}

/** The same happening makes the same name, so that it is counted and not told twice. */
function eventOf(about: KubeObject, { type, reason, message, topic }: Happening, now: Date) {
  const { apiVersion, kind, metadata } = about;
  const { name, uid, resourceVersion } = metadata;
  const namespace = metadata.namespace ?? NAMESPACE_OF_CLUSTER_SCOPED;
  const digest = createHash('sha256').update(`${kind}|${uid}|${reason}|${topic}`).digest('hex').slice(0, 16);
  const time = timestamp(now);
  // Names of Events are those of their objects as a rule; some objects have names that no Event may have.
  const prefix = name
    .toLowerCase()
    .replaceAll(/[^a-z0-9.-]/g, '-')
    .slice(0, 200)
    .replace(/[.-]+$/, '');
  return {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name: `${prefix || 'object'}.${digest}`, namespace },
    involvedObject: {
      apiVersion,
      kind,
      name,
      ...(metadata.namespace ? { namespace } : {}),
      ...(uid ? { uid } : {}),
      ...(resourceVersion ? { resourceVersion } : {}),
    },
    type,
    reason,
    message: message.slice(0, MAX_MESSAGE),
    source: { component: COMPONENT },
    reportingComponent: COMPONENT,
    reportingInstance: COMPONENT,
    firstTimestamp: time,
    lastTimestamp: time,
    count: 1,
  };
}
