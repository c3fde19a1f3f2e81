import { API_BINDINGS, MAILBOX_BINDING, MAILBOX_ORIGIN } from '@kubestellar/api';
import { Backoff, explain, type KubeClient } from '@kubestellar/kube';
import type { Logger } from '@kubestellar/program';
import { type Origin, parseOrigin } from '@kubestellar/rules';

/** Where to ask, and whom to tell. */
export interface OriginReaderOptions {
  mailbox: KubeClient;
  /** Called once, when it is known. */
  onKnown: (origin: Origin) => void;
  logger: Logger;
}

/**
 * Reads of which core and SyncTarget the mailbox workspace is, which the mailbox-controller says on the binding to our API.
 * Until that is known, no copy can be told from somebody else's object.
 */
export class OriginReader {
  readonly #options: OriginReaderOptions;
  readonly #backoff = new Backoff(250, 10_000);
  #origin: Origin | undefined;
  #reason = 'it was not asked yet';
  #timer: NodeJS.Timeout | undefined;
  #isStopped = false;

  constructor(options: OriginReaderOptions) {
    this.#options = options;
  }

  /** Undefined until it is known. */
  get origin(): Origin | undefined {
    return this.#origin;
  }

  /** Why it is not known yet. */
  get problem(): string | undefined {
    return this.#origin
      ? undefined
      : `of which core and SyncTarget the mailbox workspace is, is not known yet: ${this.#reason}`;
  }

  start(): void {
    void this.#read();
  }

  stop(): void {
    this.#isStopped = true;
    clearTimeout(this.#timer);
  }

  async #read(): Promise<void> {
    const { mailbox, onKnown } = this.#options;
    try {
      const binding = await mailbox.get(API_BINDINGS, { name: MAILBOX_BINDING });
      const origin = parseOrigin(binding?.metadata.annotations?.[MAILBOX_ORIGIN] ?? '');
      if (this.#isStopped) return;
      if (origin) {
        this.#origin = origin;
        onKnown(origin);
        return;
      }
      this.#say(
        `the APIBinding ${MAILBOX_BINDING} there does not say so; is the mailbox-controller of the core at work, and as new as this syncer?`,
      );
    } catch (error) {
      this.#say(explain(error));
    }
    if (!this.#isStopped) this.#timer = setTimeout(() => void this.#read(), this.#backoff.next());
  }

  #say(reason: string): void {
    if (reason !== this.#reason) this.#options.logger.info({ reason }, 'nothing is written yet');
    this.#reason = reason;
  }
}
