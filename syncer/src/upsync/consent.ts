import { groupResourceOf, type Resource } from '@kubestellar/api';
import { explain, type KubeClient } from '@kubestellar/kube';
import type { Logger } from '@kubestellar/program';

interface Review {
  status?: { allowed?: boolean };
}

const REVIEWS = '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews';
/** The verb by which the ClusterRole in the syncer's manifest says what may be upsynced; `*` includes it. */
const UPSYNC = 'upsync';

/** What the owner of the cluster lets be upsynced: whatever the syncer's permissions there have the verb for. */
export class Consent {
  readonly #wec: KubeClient;
  readonly #logger: Logger;
  readonly #answers = new Map<string, boolean>();

  constructor(wec: KubeClient, logger: Logger) {
    this.#wec = wec;
    this.#logger = logger;
  }

  /**
   * Asks the cluster.
   * @returns the resources that may be upsynced; of one for which it does not answer, the last answer counts, or no
   */
  async allowed<T extends Resource>(types: readonly T[]): Promise<{ allowed: T[]; complete: boolean }> {
    const answers = await Promise.allSettled(types.map((type) => this.#ask(type)));
    const failure = answers.find((answer) => answer.status === 'rejected');
    const reason = failure && explain(failure.reason);
    if (failure) this.#logger.warn({ reason }, 'cannot ask what the cluster lets be upsynced');
    const known = new Map(this.#answers);
    for (const [n, type] of types.entries()) {
      const answer = answers[n];
      if (answer?.status === 'fulfilled') this.#answers.set(groupResourceOf(type), answer.value);
    }
    const isRefused = (id: string) => this.#answers.get(id) === false;
    this.#log(types.map(groupResourceOf).filter((id) => isRefused(id) && known.get(id) !== false));
    return {
      allowed: types.filter((type) => this.#answers.get(groupResourceOf(type))),
      complete: failure === undefined,
    };
  }

  async #ask({ group, plural: resource }: Resource): Promise<boolean> {
    const body = {
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SelfSubjectAccessReview',
      spec: { resourceAttributes: { verb: UPSYNC, group, resource } },
    };
    const { status } = await this.#wec.request<Review>('POST', REVIEWS, { body });
    return status?.allowed === true;
  }

  /** Once for each resource, as long as it is refused. */
  #log(resources: readonly string[]): void {
    if (resources.length === 0) return;
    const reason = `the permissions of the syncer in the cluster lack the verb "${UPSYNC}" for them`;
    this.#logger.warn({ resources, reason }, 'not upsynced');
  }
}
